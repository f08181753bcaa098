"""What a quantised graph computes in integers, with NumPy: exactly.

TOSA's rescale rounds twice where TFLite's reference kernels do, and other kernels round
once. Both are here: results of deep networks differ by some units."""

import sys
from pathlib import Path

import numpy as np

from . import reference
from .quantised import HIGH, LOW, multiplier_of

sys.path.append(str(Path(__file__).resolve().parents[2] / "numerics"))

from tosa_network import apply_scale, reciprocal  # noqa: E402 (its folder was added above)

SUMS = {"conv": reference.sums_of_conv, "depthwise": reference.sums_of_depthwise,
        "linear": lambda op, x, weight: x @ weight.T}


def rescaled(x, ratio, double):
    return apply_scale(x, *(part.astype(np.int64) for part in multiplier_of(ratio)), double)


def window(quantised, double, op, x):
    """Sums fit the 53 bits of a double, whose products are fast."""
    weights, zero = quantised.weights[op], quantised.scales[op.inputs[0]].zero
    sums = SUMS[op.kind](op, (x - zero).astype(float), weights.weight.astype(float))
    scaled = rescaled(sums.astype(np.int64) + weights.bias, quantised.ratios(op), double)
    return np.clip(scaled + quantised.scales[op.result].zero, *quantised.limits(op))


def mean(quantised, double, op, x):
    zero, (_, h, w, _) = quantised.scales[op.inputs[0]].zero, x.shape
    return np.clip(apply_scale((x - zero).sum((1, 2)), *reciprocal(h * w), False) + zero, LOW, HIGH)


def add(quantised, double, op, x, y):
    first, second, of_sum = quantised.terms(op)
    total = sum(rescaled(term - quantised.scales[value].zero, ratio, double) for term, value, ratio
                in ((x, op.inputs[0], first), (y, op.inputs[1], second)))
    return np.clip(rescaled(total, of_sum, double) + quantised.scales[op.result].zero,
                   *quantised.limits(op))


FORMULAS = {"conv": window, "depthwise": window, "linear": window, "mean": mean, "add": add}


def evaluate(quantised, inputs, double=True):
    """The results of the graph, for a list of int8 arrays; `double` rounds twice."""
    graph = quantised.graph
    values = {x: given.astype(np.int64) for x, given in zip(graph.inputs, inputs)}
    for op in graph.ops:
        values[op.result] = FORMULAS[op.kind](quantised, double, op,
                                              *(values[x] for x in op.inputs))
    return [values[x].astype(np.int8) for x in graph.results]
