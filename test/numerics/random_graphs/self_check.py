"""What is wrong in the outputs of a graph must be reported, and nothing else."""

import sys
import warnings

import numpy as np

from check import problem_of
from random_graphs import make

GRAPHS = 60


def stored(known):
    """What a perfect program gives."""
    with np.errstate(all="ignore"):
        dtype = np.uint8 if known.element.bits == 1 else known.element.dtype
        return known.v.astype(dtype)


def alterations(got, known):
    """The array with one number changed by more than its bound, in several ways."""
    clear = np.argwhere(np.isfinite(known.e))
    if not len(clear):
        return
    at = tuple(clear[len(clear) // 2])
    if not known.element.is_float:
        yield at, got[at] ^ 1
        return
    value, bound = known.v[at], known.e[at]
    if np.isnan(value):
        yield at, 0
        return
    yield at, np.nan
    if bound == 0:
        yield at, -got[at]
    if np.isfinite(value):
        with np.errstate(all="ignore"):
            further = (value + 1.01 * bound + 1.01 * known.element.tiny
                       + 2 * known.element.u * np.abs(value)).astype(got.dtype)
        if np.abs(further - value) > bound:
            yield at, further


def main():
    warnings.simplefilter("ignore")
    problems, altered = [], 0
    for seed in range(GRAPHS):
        trial = make(seed)
        reference = trial.reference()
        outputs = [[stored(known) for known in call] for call in reference]
        if problem := problem_of(trial, reference, outputs):
            problems.append(f"seed {seed}: a perfect program is reported: {problem}")
        for call, knowns in zip(outputs, reference):
            for index, known in enumerate(knowns):
                whole = call[index]
                for at, value in alterations(whole, known):
                    call[index] = whole.copy()
                    call[index][at] = value
                    altered += 1
                    if not problem_of(trial, reference, outputs):
                        problems.append(f"seed {seed}: {value} at {at} is not reported, "
                                        f"expected {known.v[at]} +- {known.e[at]}")
                call[index] = whole
    print("\n".join(problems) or f"{altered} wrong numbers, each is reported")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
