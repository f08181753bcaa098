"""Writes a graph, or a quantised one, as ONNX: images as [n, c, h, w], integers with a
QuantizeLinear behind each layer and a DequantizeLinear before it.

Activations are unsigned, and so are their zero points: the same numbers, 128 higher. On
x86 that is what ONNX Runtime is fast with; signed ones take it up to ten times as long.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20  # the first with Gelu
IR_VERSION = 9
OFFSET = 128


def first_channels(shape):
    return (shape[0], shape[3], shape[1], shape[2])


class Writer:
    def __init__(self, graph, quantised=None):
        self.graph, self.quantised = graph, quantised
        self.nodes, self.constants, self.count = [], [], 0
        self.names = {x: x.name for x in graph.inputs}

    def model(self):
        for op in self.graph.ops:
            inputs = [self.real(x) for x in op.inputs]
            self.names[op.result] = self.stored(op.result, getattr(self, op.kind)(op, *inputs))
        type = TensorProto.UINT8 if self.quantised else TensorProto.FLOAT

        def information(values):
            return [helper.make_tensor_value_info(self.names[x], type, self.shape(x)) for x in values]
        graph = helper.make_graph(self.nodes, self.graph.name, information(self.graph.inputs),
                                  information(self.graph.results), self.constants)
        model = helper.make_model(graph, ir_version=IR_VERSION,
                                  opset_imports=[helper.make_opsetid("", OPSET)])
        onnx.checker.check_model(model)
        return model

    # Pieces.

    def shape(self, value):
        image = self.graph.images and len(value.shape) == 4
        return first_channels(value.shape) if image else value.shape

    def node(self, kind, *inputs, **attributes):
        self.count += 1
        name = f"{kind}_{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, array):
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def number(self, value):
        return self.constant(np.float32(value))

    def scale_of(self, value):
        scale = self.quantised.scales[value]
        return self.number(scale.scale), self.constant(np.uint8(scale.zero + OFFSET))

    def real(self, value):
        if not self.quantised:
            return self.names[value]
        return self.node("DequantizeLinear", self.names[value], *self.scale_of(value))

    def stored(self, value, name):
        if not self.quantised:
            return name
        return self.node("QuantizeLinear", name, *self.scale_of(value))

    def parameters(self, op, order=None):
        """The weight, in this order of its axes and outputs first, and the bias."""
        source = self.quantised.weights[op] if self.quantised else None
        weight, bias = ((source.weight, source.bias) if source else
                        (op.weights["weight"], op.weights["bias"]))
        if order:
            weight = weight.transpose(order)
        if op.kind == "depthwise":
            weight = weight[:, None]
        if not source:
            return self.constant(weight), self.constant(bias)
        scales = source.scales.astype(np.float32)
        sums = scales * np.float32(self.quantised.scales[op.inputs[0]].scale)
        return [self.node("DequantizeLinear", self.constant(integers), self.constant(each),
                          self.constant(np.zeros(scales.shape, integers.dtype)), axis=0)
                for integers, each in ((weight, scales), (bias, sums))]

    def cut(self, op, name):
        """Integers are cut by their range: the lowest one is zero."""
        most = op.options.get("most")
        if most is None or self.quantised:
            return name
        if np.isinf(most):
            return self.node("Relu", name)
        return self.node("Clip", name, self.number(0), self.number(most))

    # Layers.

    def window(self, op, x, order, groups):
        top, bottom, left, right = op.options["pad"]
        return self.cut(op, self.node(
            "Conv", x, *self.parameters(op, order), group=groups, pads=[top, left, bottom, right],
            strides=[op.options["stride"]] * 2, kernel_shape=[op.options["kernel"]] * 2))

    def conv(self, op, x):
        return self.window(op, x, (0, 3, 1, 2), 1)

    def depthwise(self, op, x):
        return self.window(op, x, (2, 0, 1), op.result.shape[3])

    def mean(self, op, x):
        y = self.stored(op.result, self.node("GlobalAveragePool", x))
        if self.quantised:
            y = self.node("DequantizeLinear", y, *self.scale_of(op.result))
        return self.node("Flatten", y)

    def linear(self, op, x):
        return self.node("Gemm", x, *self.parameters(op), transB=1)

    def layer_norm(self, op, x):
        return self.node("LayerNormalization", x, *self.parameters(op), axis=-1,
                         epsilon=op.options["epsilon"])

    def lstm(self, op, x):
        """ONNX has the gates in another order, and dimensions of directions and batches."""
        def gates(array):
            i, f, g, o = np.split(array, 4)
            return np.concatenate([i, o, f, g])[None]
        size, weights = op.result.shape[1], {n: gates(a) for n, a in op.weights.items()}
        bias = np.concatenate([weights["bias"], np.zeros_like(weights["bias"])], 1)
        batch = self.node("Unsqueeze", x, self.constant(np.array([1])))
        rows = self.node("LSTM", batch, self.constant(weights["weight"]),
                         self.constant(weights["recurrent"]), self.constant(bias), hidden_size=size)
        return self.node("Squeeze", rows, self.constant(np.array([1, 2])))

    def softmax(self, op, x):
        return self.node("Softmax", x, axis=-1)

    def matmul(self, op, x, y):
        return self.node("MatMul", x, y)

    def add(self, op, x, y):
        return self.cut(op, self.node("Add", x, y))

    def gelu(self, op, x):
        return self.node("Gelu", x)

    def scale(self, op, x):
        return self.node("Mul", x, self.number(op.options["factor"]))

    def reshape(self, op, x):
        return self.node("Reshape", x, self.constant(np.array(op.result.shape)))

    def transpose(self, op, x):
        return self.node("Transpose", x, perm=op.options["order"])


def write(path, graph, quantised=None):
    onnx.save(Writer(graph, quantised).model(), path)
