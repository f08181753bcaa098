"""Writes a quantised graph as TOSA, as converters do."""

import numpy as np

from .mlir import ELEMENTS, Body, dense, tensor
from .quantised import multiplier_of


class Writer:
    def __init__(self, quantised):
        self.quantised, self.graph, self.body = quantised, quantised.graph, Body()
        self.names = {x: f"%{x.name}" for x in self.graph.inputs}

    def text(self):
        for op in self.graph.ops:
            self.names[op.result] = getattr(self, op.kind)(op, *(self.names[x] for x in op.inputs))
        return self.body.function(
            [(self.names[x], tensor(x.shape, "i8")) for x in self.graph.inputs],
            [(self.names[x], tensor(x.shape, "i8")) for x in self.graph.results])

    # Pieces: operands are pairs of a name and a type.

    def constant(self, array):
        type = tensor(array.shape, ELEMENTS[array.dtype.name])
        return self.body.emit(f'"tosa.const"() <{{values = dense<{dense(array)}> : {type}}}> '
                              f": () -> {type}"), type

    def zero(self, value, element):
        return self.constant(np.array([value], element))

    def op(self, name, attributes, operands, type):
        attributes = f" {{{attributes}}}" if attributes else ""
        return self.body.emit(
            f"tosa.{name} {', '.join(o[0] for o in operands)}{attributes} : "
            f"({', '.join(o[1] for o in operands)}) -> {type}"), type

    def shape(self, sizes):
        type = f"!tosa.shape<{len(sizes)}>"
        return self.body.emit(f"tosa.const_shape {{values = dense<{list(sizes)}> : "
                              f"tensor<{len(sizes)}xindex>}} : () -> {type}"), type

    def reshaped(self, x, sizes):
        return self.op("reshape", "", [x, self.shape(sizes)], tensor(sizes, "i8"))

    def rescaled(self, x, shape, ratio, zeros, elements):
        """`zeros` and `elements` are those of the operand and of the result."""
        multipliers, shifts = multiplier_of(ratio)
        per_channel = "true" if multipliers.size > 1 else "false"
        operands = [x, self.constant(multipliers), self.constant(shifts),
                    *(self.zero(z, e) for z, e in zip(zeros, elements))]
        return self.op("rescale", "input_unsigned = false, output_unsigned = false, "
                       f"per_channel = {per_channel}, rounding_mode = DOUBLE_ROUND, scale32 = true",
                       operands, tensor(shape, ELEMENTS[elements[1]]))

    def cut(self, op, x, shape):
        if op.options.get("most") is None:
            return x
        low, high = self.quantised.limits(op)
        return self.op("clamp", f"max_val = {high} : i8, min_val = {low} : i8", [x], tensor(shape, "i8"))

    # Layers.

    def used(self, op, x):
        """The pad of a convolution, and its input as far as it is used: strides have to
        divide what is left."""
        kernel, stride, pad = (op.options[name] for name in ("kernel", "stride", "pad"))
        shape = list(op.inputs[0].shape)
        for i in (1, 2):
            needed = (op.result.shape[i] - 1) * stride + kernel - sum(pad[2 * i - 2:2 * i])
            shape[i] = min(shape[i], needed)
        x = x, tensor(op.inputs[0].shape, "i8")
        if tuple(shape) != op.inputs[0].shape:
            x = self.op("slice", "", [x, self.shape([0] * 4), self.shape(shape)], tensor(shape, "i8"))
        return x, pad

    def window(self, name, op, x, weight, pad, stride, shape):
        weights, scale = self.quantised.weights[op], self.quantised.scales
        zero = scale[op.inputs[0]].zero
        sums = self.op(name, "acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: "
                       f"{', '.join(map(str, pad))}>, stride = array<i64: {stride}, {stride}>",
                       [x, self.constant(weight), self.constant(weights.bias),
                        self.zero(zero, "int8"), self.zero(0, "int8")], tensor(shape, "i32"))
        scaled = self.rescaled(sums, shape, self.quantised.ratios(op),
                               (0, scale[op.result].zero), ("int32", "int8"))
        return self.cut(op, scaled, shape)

    def conv(self, op, x):
        x, pad = self.used(op, x)
        return self.window("conv2d", op, x, self.quantised.weights[op].weight, pad,
                           op.options["stride"], op.result.shape)[0]

    def depthwise(self, op, x):
        x, pad = self.used(op, x)
        return self.window("depthwise_conv2d", op, x, self.quantised.weights[op].weight[..., None],
                           pad, op.options["stride"], op.result.shape)[0]

    def linear(self, op, x):
        """Converters write a convolution of images of one place."""
        rows, columns = op.inputs[0].shape
        x = self.reshaped((x, tensor((rows, columns), "i8")), (rows, 1, 1, columns))
        weight = self.quantised.weights[op].weight[:, None, None, :]
        y = self.window("conv2d", op, x, weight, (0, 0, 0, 0), 1, (rows, 1, 1, len(weight)))
        return self.reshaped(y, op.result.shape)[0]

    def mean(self, op, x):
        n, h, w, c = op.inputs[0].shape
        zero = self.quantised.scales[op.result].zero
        y = self.op("avg_pool2d", f"acc_type = i32, kernel = array<i64: {h}, {w}>, pad = array<i64: "
                    f"0, 0, 0, 0>, stride = array<i64: {h}, {w}>",
                    [(x, tensor((n, h, w, c), "i8")), self.zero(zero, "int8"), self.zero(zero, "int8")],
                    tensor((n, 1, 1, c), "i8"))
        return self.reshaped(y, (n, c))[0]

    def add(self, op, x, y):
        *ratios, of_sum = self.quantised.terms(op)
        shape, scales = op.result.shape, self.quantised.scales
        terms = [self.rescaled((name, tensor(shape, "i8")), shape, ratio,
                               (scales[value].zero, 0), ("int8", "int32"))
                 for name, value, ratio in zip((x, y), op.inputs, ratios)]
        total = self.op("add", "", terms, tensor(shape, "i32"))
        y = self.rescaled(total, shape, of_sum, (0, scales[op.result].zero), ("int32", "int8"))
        return self.cut(op, y, shape)[0]


def write(quantised):
    return Writer(quantised).text()
