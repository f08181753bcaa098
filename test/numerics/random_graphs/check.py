"""Compares what a program gave with the reference."""

import numpy as np

from known import LONG


class Tally:
    """How many numbers were compared, and how."""

    def __init__(self):
        self.exact, self.bounded, self.unknown = 0, 0, 0

    def __str__(self):
        total = max(self.exact + self.bounded + self.unknown, 1)
        return (f"{total} numbers, {100 * self.exact / total:.0f} % of them bit for bit, "
                f"{100 * self.unknown / total:.1f} % not known")


def wrong_numbers(got, known):
    """Where `got` is not what is known."""
    if not known.element.is_float:
        return (got.astype(np.int64) != known.v) & (known.e == 0)
    value = got.astype(LONG)
    with np.errstate(all="ignore"):
        same = (value == known.v) & (np.signbit(value) == np.signbit(known.v))
        same |= np.isnan(value) & np.isnan(known.v)
        near = (np.abs(value - known.v) <= known.e) | (value == known.v)
    return ~np.where(known.e == 0, same, near | np.isinf(known.e))


def problem_of(trial, reference, outputs, tally=None):
    """What is wrong with the outputs of a trial, or None."""
    if isinstance(outputs, Exception):
        return str(outputs)
    for call, (step, arrays, knowns) in enumerate(zip(trial.steps, outputs, reference)):
        for index, (got, known) in enumerate(zip(arrays, knowns)):
            if tally:
                tally.exact += int((known.e == 0).sum())
                tally.unknown += int(np.isinf(known.e).sum())
                tally.bounded += int(((known.e > 0) & np.isfinite(known.e)).sum())
            wrong = wrong_numbers(got, known)
            if wrong.any():
                at = tuple(int(i) for i in np.argwhere(wrong)[0])
                return (f"call {call}, {step.entry} output {index} {step.graph.outputs[index].type}: "
                        f"{int(wrong.sum())} of {wrong.size} numbers are wrong, the first at "
                        f"{list(at)}: {got[at]!r}, expected {known.v[at]!r} +- {known.e[at]:.3g}")
    return None
