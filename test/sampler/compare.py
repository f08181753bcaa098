"""Compares the probabilities with which tokens are drawn with the formulas in NumPy.

usage: compare.py PROGRAM [--seed S] [--cases N]

The order and the meaning of the steps are those of the documentation (docs/generating-text.md).
"""

import argparse
import struct
import subprocess
import sys

import numpy as np

# Logits are rounded to float behind penalties, and weights are float.
TOLERANCE = 2e-5


def case(chance):
    vocab = int(chance.choice([1, 2, 5, 33, 257, 1000]))
    reals = [float(chance.choice([0.2, 1, 1.7])), float(chance.choice([1, 1, 0.9, 0.3, 1e-6])),
             float(chance.choice([0, 0, 0.05, 0.5, 1])), float(chance.choice([1, 1, 1.3, 0.8])),
             float(chance.choice([0, 0, 0.7])), float(chance.choice([0, 0, 1.5]))]
    top_k = int(chance.choice([0, 0, 1, 3, 40, 10**6]))
    logits = (chance.standard_normal(vocab) * chance.choice([0.5, 3, 10])).astype(np.float32)
    tokens = [chance.integers(0, vocab, int(chance.integers(0, 20))).astype(np.int32)
              for _ in range(2)]
    return reals, top_k, logits, *tokens


def reference(reals, top_k, logits, prompt, generated):
    temperature, top_p, min_p, repetition, frequency, presence = reals
    x = logits.astype(np.float64)
    seen = np.isin(np.arange(len(x)), np.concatenate([prompt, generated]))
    x = np.where(seen, np.where(x > 0, x / repetition, x * repetition), x)
    counts = np.bincount(generated, minlength=len(x))
    x = x - counts * frequency - (counts > 0) * presence
    x = x / temperature
    p = np.exp(x - x.max())
    order = np.lexsort((np.arange(len(p)), -p))
    kept = order[:top_k] if 0 < top_k < len(p) else order
    if top_p < 1:
        before = np.cumsum(p[kept]) - p[kept]
        kept = kept[before < top_p * p[kept].sum()]
    kept = kept[p[kept] >= min_p * p.max()]
    result = np.zeros(len(p))
    result[kept] = p[kept] / p[kept].sum()
    return result


def is_on_the_edge(found, wanted, inputs):
    """Does the number of kept tokens depend on the last bits?"""
    moved = [reference([inputs[0][0], inputs[0][1] * (1 + d), inputs[0][2] * (1 + d),
                        *inputs[0][3:]], *inputs[1:]) for d in (-1e-5, 1e-5)]
    return any(np.abs(found - each).max() < TOLERANCE for each in moved)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=2000)
    options = parser.parse_args()
    chance = np.random.default_rng(options.seed)
    cases = [case(chance) for _ in range(options.cases)]
    data = b"".join(
        struct.pack("<6d4q", *reals, top_k, len(logits), len(prompt), len(generated))
        + logits.tobytes() + prompt.tobytes() + generated.tobytes()
        for reals, top_k, logits, prompt, generated in cases)
    out = subprocess.run([options.program], input=data, capture_output=True, check=True).stdout
    wrong, at, largest = 0, 0, 0
    for number, inputs in enumerate(cases):
        size = len(inputs[2])
        found = np.frombuffer(out, np.float32, size, at)
        at += 4 * size
        wanted = reference(*inputs)
        error = np.abs(found - wanted).max()
        if error > TOLERANCE and not is_on_the_edge(found, wanted, inputs):
            wrong += 1
            print(f"WRONG case {number}: {inputs[:2]}, off by {error}")
        elif error <= TOLERANCE:
            largest = max(largest, error)
    print(f"{len(cases)} cases, {wrong} wrong; off by at most {largest:.2g}")
    return wrong > 0 or at != len(out)


if __name__ == "__main__":
    sys.exit(main())
