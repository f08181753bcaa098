"""A network as a plain description, from which every side's file is written.

    graph = Graph("name", (1, 32, 32, 3))
    x = graph.conv(graph.inputs[0], 16, 3)
    graph.results = [graph.linear(graph.mean(x), 10)]

Images are [n, h, w, c], matrices of weights [outputs, inputs]. Weights are random, of a
seed of the graph's name, and about as large as training leaves them, so that numbers
stay of one size from the first layer to the last.
"""

import zlib
from dataclasses import dataclass, field

import numpy as np


@dataclass(eq=False)
class Value:
    name: str
    shape: tuple


@dataclass(eq=False)
class Op:
    kind: str
    inputs: list
    result: Value
    weights: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)


def same_padding(size, kernel, stride):
    """Zeros before and after, for ceil(size / stride) results: TensorFlow's SAME."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Graph:
    def __init__(self, name, *shapes, images=False):
        self.name, self.images = name, images
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.inputs = [Value(f"x{i}", tuple(shape)) for i, shape in enumerate(shapes)]
        self.ops, self.results = [], []

    def sample(self, number):
        """The inputs of a call; the same ones for a number, whoever asks."""
        rng = np.random.default_rng(number)
        return [rng.standard_normal(x.shape).astype(np.float32) for x in self.inputs]

    def multiplications(self):
        """Of convolutions and products, of one call."""
        total = 0
        for op in self.ops:
            if op.kind == "matmul":
                total += int(np.prod(op.result.shape)) * op.inputs[0].shape[-1]
            elif op.kind == "lstm":
                total += op.inputs[0].shape[0] * (op.weights["weight"].size
                                                  + op.weights["recurrent"].size)
            elif op.kind == "depthwise":
                total += int(np.prod(op.result.shape)) * op.weights["weight"][..., 0].size
            elif "weight" in op.weights:
                weight = op.weights["weight"]
                total += int(np.prod(op.result.shape[:-1])) * weight.size
        return total

    def _random(self, *shape, inputs):
        return (self.rng.standard_normal(shape) / np.sqrt(inputs)).astype(np.float32)

    def _op(self, kind, inputs, shape, weights=None, **options):
        result = Value(f"v{len(self.ops)}", tuple(shape))
        self.ops.append(Op(kind, inputs, result, weights or {}, options))
        return result

    # Layers of images.

    def conv(self, x, channels, kernel, stride=1, most=None):
        """A convolution; `most` is None, or the number at which its results are cut, and
        at zero."""
        n, h, w, c = x.shape
        weights = {"weight": self._random(channels, kernel, kernel, c,
                                          inputs=kernel * kernel * c / 2),
                   "bias": self._random(channels, inputs=10)}
        return self._window("conv", x, weights, channels, kernel, stride, most)

    def depthwise(self, x, kernel, stride=1, most=None):
        weights = {"weight": self._random(kernel, kernel, x.shape[3],
                                          inputs=kernel * kernel / 2),
                   "bias": self._random(x.shape[3], inputs=10)}
        return self._window("depthwise", x, weights, x.shape[3], kernel, stride, most)

    def _window(self, kind, x, weights, channels, kernel, stride, most):
        n, h, w, _ = x.shape
        pad = same_padding(h, kernel, stride) + same_padding(w, kernel, stride)
        return self._op(kind, [x], (n, -(-h // stride), -(-w // stride), channels), weights,
                        stride=stride, pad=pad, kernel=kernel, most=most)

    def mean(self, x):
        """Of all places of a channel."""
        return self._op("mean", [x], (x.shape[0], x.shape[3]))

    # Layers of rows.

    def linear(self, x, outputs):
        return self._op("linear", [x], (*x.shape[:-1], outputs), {
            "weight": self._random(outputs, x.shape[-1], inputs=x.shape[-1]),
            "bias": self._random(outputs, inputs=10)})

    def layer_norm(self, x):
        return self._op("layer_norm", [x], x.shape, {
            "weight": 1 + self._random(x.shape[-1], inputs=10),
            "bias": self._random(x.shape[-1], inputs=10)}, epsilon=1e-6)

    def lstm(self, x, size):
        """Rows are steps in time; gates are in, forget, cell, out. States start at zero."""
        return self._op("lstm", [x], (x.shape[0], size), {
            "weight": self._random(4 * size, x.shape[1], inputs=x.shape[1]),
            "recurrent": self._random(4 * size, size, inputs=size),
            "bias": self._random(4 * size, inputs=10)})

    def softmax(self, x):
        return self._op("softmax", [x], x.shape)

    def matmul(self, x, y):
        """Products of two batches of matrices."""
        return self._op("matmul", [x, y], (*x.shape[:-1], y.shape[-1]))

    # Any shape.

    def add(self, x, y, most=None):
        return self._op("add", [x, y], x.shape, most=most)

    def gelu(self, x):
        return self._op("gelu", [x], x.shape)

    def scale(self, x, factor):
        return self._op("scale", [x], x.shape, factor=factor)

    def reshape(self, x, *shape):
        return self._op("reshape", [x], shape)

    def transpose(self, x, *order):
        return self._op("transpose", [x], (x.shape[i] for i in order), order=order)
