"""A graph in 8-bit integers: scales, zero points and weights that all sides share.

    real = scale * (integer - zero)

Activations have one scale each, found by running samples in floating point; weights one
for each output, and no zero point. All integers are signed.
"""

from dataclasses import dataclass

import numpy as np

from . import reference

SAMPLES = range(100, 104)
LOW, HIGH = -128, 127


@dataclass(frozen=True)
class Scale:
    scale: float
    zero: int

    def integers(self, x):
        return np.clip(np.rint(x / self.scale) + self.zero, LOW, HIGH).astype(np.int8)


@dataclass(frozen=True)
class Weights:
    weight: np.ndarray  # int8
    bias: np.ndarray    # int32, of the sums' scale
    scales: np.ndarray  # of the weight, for each output


def scale_of_range(low, high):
    """Zero is a number of its own, as padding needs it."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = float(np.float32((high - low) / (HIGH - LOW)))
    return Scale(scale, int(np.clip(np.rint(LOW - low / scale), LOW, HIGH)))


def weights_of(op, scale_of_input):
    """Outputs are the last axis of a depthwise weight, and the first one of others."""
    weight, outputs = op.weights["weight"], 2 if op.kind == "depthwise" else 0
    others = tuple(i for i in range(weight.ndim) if i != outputs)
    scales = np.abs(weight).max(others) / np.float32(HIGH)
    shape = [-1 if i == outputs else 1 for i in range(weight.ndim)]
    return Weights(np.rint(weight / scales.reshape(shape)).astype(np.int8),
                   np.rint(op.weights["bias"] / (scales * scale_of_input)).astype(np.int32),
                   scales)


class Quantised:
    def __init__(self, graph):
        self.graph, self.scales, self.weights = graph, {}, {}
        ranges = {}
        for number in SAMPLES:
            for value, found in reference.evaluate(graph, graph.sample(number)).items():
                low, high = ranges.get(value, (0.0, 0.0))
                ranges[value] = min(low, found.min()), max(high, found.max())
        for x in graph.inputs:
            self.scales[x] = scale_of_range(*ranges[x])
        for op in graph.ops:
            first = self.scales[op.inputs[0]]
            self.scales[op.result] = (first if op.kind == "mean"
                                      else scale_of_range(*ranges[op.result]))
            if op.weights:
                self.weights[op] = weights_of(op, first.scale)

    def sample(self, number):
        return [self.scales[x].integers(array)
                for x, array in zip(self.graph.inputs, self.graph.sample(number))]

    def ratios(self, op):
        """What sums are multiplied by to be of the result's scale, for each output."""
        return (self.weights[op].scales.astype(float) * self.scales[op.inputs[0]].scale
                / self.scales[op.result].scale)

    def limits(self, op):
        """Between which the results of an activation are."""
        result, most = self.scales[op.result], op.options.get("most")
        if most is None:
            return LOW, HIGH
        high = HIGH if np.isinf(most) else min(HIGH, round(most / result.scale) + result.zero)
        return result.zero, high

    def terms(self, op):
        """An addition: the ratios of its two terms and of their sum, which have 20 bits
        more than the terms."""
        x, y = (self.scales[term].scale for term in op.inputs)
        common = 2 * max(x, y)
        return x / common * 2**20, y / common * 2**20, common / 2**20 / self.scales[op.result].scale


def multiplier_of(ratio):
    """A ratio as an integer of 31 bits and a shift to the right."""
    fraction, exponent = np.frexp(np.atleast_1d(np.asarray(ratio, float)))
    integers = np.minimum(np.rint(fraction * 2**31), 2**31 - 1).astype(np.int32)
    return integers, (31 - exponent).astype(np.int8)
