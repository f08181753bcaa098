"""Says whether a side computed what it had to: the speed of a wrong result is no figure."""

import numpy as np

from . import integers, reference

# Of the largest number of a result, what f32 may be off by.
BOUND = 1e-4


def expected(graph, quantised, inputs):
    """The results, and those of integers that are rounded once."""
    if not quantised:
        values = reference.evaluate(graph, inputs)
        results = [values[x] for x in graph.results]
        return results, results
    return (integers.evaluate(quantised, inputs),
            integers.evaluate(quantised, inputs, double=False))


def worst(got, wanted):
    """The largest difference of several results, relative in floating point; infinite if
    one is not a number."""
    ratios = []
    for one, other in zip(got, wanted):
        difference = np.abs(one.reshape(other.shape).astype(float) - other).max()
        size = 1 if other.dtype.kind == "i" else np.abs(other).max()
        ratios.append(difference / (size or 1))
    found = float(np.max(ratios))
    return found if np.isfinite(found) else float("inf")


def bound(exact, side):
    """Eke's integers are TOSA's, bit for bit; a peer may round a tie in another way."""
    return BOUND if not exact else 0 if side == "Eke" else 1
