"""What a graph computes, in double precision with NumPy."""

import math

import numpy as np

erf = np.vectorize(math.erf, otypes=[float])


def windows(x, op):
    """The places that each result sees: [n, h, w, kernel, kernel, c]."""
    top, bottom, left, right = op.options["pad"]
    kernel, stride = op.options["kernel"], op.options["stride"]
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (1, 2))
    return np.moveaxis(seen[:, ::stride, ::stride], 3, 5)


def cut(x, op):
    most = op.options.get("most")
    return x if most is None else np.clip(x, 0, most)


def sums_of_conv(op, x, weight):
    seen = windows(x, op)
    return seen.reshape(*seen.shape[:3], -1) @ weight.reshape(len(weight), -1).T


def sums_of_depthwise(op, x, weight):
    return np.einsum("nijhwc,hwc->nijc", windows(x, op), weight)


def conv(op, x, weight, bias):
    return cut(sums_of_conv(op, x, weight) + bias, op)


def depthwise(op, x, weight, bias):
    return cut(sums_of_depthwise(op, x, weight) + bias, op)


def mean(op, x):
    return x.mean((1, 2))


def linear(op, x, weight, bias):
    return x @ weight.T + bias


def layer_norm(op, x, weight, bias):
    centred = x - x.mean(-1, keepdims=True)
    variance = np.square(centred).mean(-1, keepdims=True)
    return centred / np.sqrt(variance + op.options["epsilon"]) * weight + bias


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(op, x, weight, recurrent, bias):
    h = c = np.zeros(op.result.shape[1])
    rows = []
    for given in x @ weight.T + bias:
        i, f, g, o = np.split(given + recurrent @ h, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append(h)
    return np.stack(rows)


def softmax(op, x):
    terms = np.exp(x - x.max(-1, keepdims=True))
    return terms / terms.sum(-1, keepdims=True)


def matmul(op, x, y):
    return x @ y


def add(op, x, y):
    return cut(x + y, op)


def gelu(op, x):
    return x * (1 + erf(x / math.sqrt(2))) / 2


def scale(op, x):
    return x * op.options["factor"]


def reshape(op, x):
    return x.reshape(op.result.shape)


def transpose(op, x):
    return x.transpose(op.options["order"])


def evaluate(graph, inputs):
    """The value of everything in the graph, by Value."""
    values = {x: given.astype(float) for x, given in zip(graph.inputs, inputs)}
    for op in graph.ops:
        weights = {name: array.astype(float) for name, array in op.weights.items()}
        values[op.result] = globals()[op.kind](op, *(values[x] for x in op.inputs), **weights)
    return values
