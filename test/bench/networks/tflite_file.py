"""Writes a graph, or a quantised one, as a TFLite file."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATOR, OPTIONS = schema.BuiltinOperator, schema.BuiltinOptions
TYPES = {"float32": schema.TensorType.FLOAT32, "int8": schema.TensorType.INT8,
         "int32": schema.TensorType.INT32}
ABSENT = -1


def activation(op):
    most = op.options.get("most")
    kinds = schema.ActivationFunctionType
    return kinds.NONE if most is None else kinds.RELU if np.isinf(most) else kinds.RELU6


def filled(options, **members):
    for name, value in members.items():
        setattr(options, name, value)
    return options


def quantisation(scales, zeros, axis=0):
    return filled(schema.QuantizationParametersT(), scale=np.asarray(scales, np.float32),
                  zeroPoint=np.asarray(zeros, np.int64), quantizedDimension=axis)


class Writer:
    def __init__(self, graph, quantised=None):
        self.graph, self.quantised = graph, quantised
        self.buffers, self.tensors, self.operators, self.codes = [schema.BufferT()], [], [], []
        self.places = {}

    def bytes(self):
        for x in self.graph.inputs:
            self.value(x)
        for op in self.graph.ops:
            getattr(self, op.kind)(op, *(self.places[x] for x in op.inputs))
        subgraph = filled(schema.SubGraphT(), tensors=self.tensors, operators=self.operators,
                          inputs=[self.places[x] for x in self.graph.inputs],
                          outputs=[self.places[x] for x in self.graph.results])
        model = filled(schema.ModelT(), version=3, subgraphs=[subgraph], buffers=self.buffers,
                       operatorCodes=[filled(schema.OperatorCodeT(), builtinCode=code, version=1,
                                             deprecatedBuiltinCode=min(code, 127))
                                      for code in self.codes])
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    # Pieces.

    def tensor(self, shape, type="float32", quantization=None, buffer=0, variable=False):
        self.tensors.append(filled(
            schema.TensorT(), name=f"t{len(self.tensors)}", shape=list(map(int, shape)),
            type=TYPES[type], buffer=buffer, quantization=quantization, isVariable=variable))
        return len(self.tensors) - 1

    def constant(self, array, quantization=None):
        data = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
        self.buffers.append(filled(schema.BufferT(), data=data))
        return self.tensor(array.shape, array.dtype.name, quantization, len(self.buffers) - 1)

    def value(self, x):
        """The tensor of a value of the graph."""
        if self.quantised:
            scale = self.quantised.scales[x]
            self.places[x] = self.tensor(x.shape, "int8", quantisation([scale.scale], [scale.zero]))
        else:
            self.places[x] = self.tensor(x.shape)
        return self.places[x]

    def operator(self, name, inputs, output, options=None):
        code = getattr(OPERATOR, name)
        if code not in self.codes:
            self.codes.append(code)
        operator = filled(schema.OperatorT(), opcodeIndex=self.codes.index(code), inputs=inputs,
                          outputs=[output])
        if options:
            operator.builtinOptionsType = getattr(OPTIONS, type(options).__name__[:-1])
            operator.builtinOptions = options
        self.operators.append(operator)
        return output

    def parameters(self, op, axis=0):
        """The weight, whose outputs are this axis, and the bias."""
        if not self.quantised:
            weight = op.weights["weight"]
            return self.constant(weight[None] if axis == 3 else weight), self.constant(op.weights["bias"])
        source, zeros = self.quantised.weights[op], np.zeros(op.result.shape[-1])
        weight = source.weight[None] if axis == 3 else source.weight
        sums = source.scales * self.quantised.scales[op.inputs[0]].scale
        return (self.constant(weight, quantisation(source.scales, zeros, axis)),
                self.constant(source.bias, quantisation(sums, zeros)))

    # Layers of images.

    def window(self, name, options, op, x, axis):
        stride = op.options["stride"]
        filled(options, padding=schema.Padding.SAME, strideH=stride, strideW=stride,
               fusedActivationFunction=activation(op))
        self.operator(name, [x, *self.parameters(op, axis)], self.value(op.result), options)

    def conv(self, op, x):
        self.window("CONV_2D", schema.Conv2DOptionsT(), op, x, 0)

    def depthwise(self, op, x):
        options = filled(schema.DepthwiseConv2DOptionsT(), depthMultiplier=1)
        self.window("DEPTHWISE_CONV_2D", options, op, x, 3)

    def mean(self, op, x):
        self.mean_of(x, [1, 2], self.value(op.result))

    def mean_of(self, x, axes, output, keep=False):
        return self.operator("MEAN", [x, self.constant(np.array(axes, np.int32))], output,
                             filled(schema.ReducerOptionsT(), keepDims=keep))

    # Layers of rows.

    def linear(self, op, x):
        self.operator("FULLY_CONNECTED", [x, *self.parameters(op)], self.value(op.result),
                      filled(schema.FullyConnectedOptionsT(), keepNumDims=len(op.result.shape) > 2))

    def binary(self, name, x, y, output):
        options = {"ADD": schema.AddOptionsT, "MUL": schema.MulOptionsT, "SUB": schema.SubOptionsT}
        return self.operator(name, [x, y], output, options[name]())

    def layer_norm(self, op, x):
        shape, rows, last = op.result.shape, (*op.result.shape[:-1], 1), [len(op.result.shape) - 1]
        mean = self.mean_of(x, last, self.tensor(rows), keep=True)
        centred = self.binary("SUB", x, mean, self.tensor(shape))
        squares = self.binary("MUL", centred, centred, self.tensor(shape))
        variance = self.mean_of(squares, last, self.tensor(rows), keep=True)
        epsilon = self.constant(np.array(op.options["epsilon"], np.float32))
        variance = self.binary("ADD", variance, epsilon, self.tensor(rows))
        factor = self.operator("RSQRT", [variance], self.tensor(rows))
        weight, bias = self.parameters(op)
        y = self.binary("MUL", centred, factor, self.tensor(shape))
        y = self.binary("MUL", y, weight, self.tensor(shape))
        self.binary("ADD", y, bias, self.value(op.result))

    def lstm(self, op, x):
        """Gates are in the order of ours; states and what is absent are inputs, too."""
        steps, size = op.result.shape
        batch = self.operator("RESHAPE", [x, self.constant(np.array(
            [steps, 1, op.inputs[0].shape[1]], np.int32))], self.tensor((steps, 1, op.inputs[0].shape[1])))
        weights, recurrent, biases = ([self.constant(part) for part in np.split(op.weights[name], 4)]
                                      for name in ("weight", "recurrent", "bias"))
        states = [self.tensor((1, size), variable=True) for _ in range(2)]
        inputs = [batch, *weights, *recurrent, *[ABSENT] * 3, *biases, *[ABSENT] * 2, *states,
                  *[ABSENT] * 4]
        options = filled(schema.UnidirectionalSequenceLSTMOptionsT(), timeMajor=True,
                         fusedActivationFunction=schema.ActivationFunctionType.TANH)
        rows = self.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, self.tensor((steps, 1, size)), options)
        self.operator("RESHAPE", [rows, self.constant(np.array(op.result.shape, np.int32))],
                      self.value(op.result))

    def softmax(self, op, x):
        self.operator("SOFTMAX", [x], self.value(op.result),
                      filled(schema.SoftmaxOptionsT(), beta=1.0))

    def matmul(self, op, x, y):
        self.operator("BATCH_MATMUL", [x, y], self.value(op.result), schema.BatchMatMulOptionsT())

    # Any shape.

    def add(self, op, x, y):
        self.operator("ADD", [x, y], self.value(op.result),
                      filled(schema.AddOptionsT(), fusedActivationFunction=activation(op)))

    def gelu(self, op, x):
        self.operator("GELU", [x], self.value(op.result), schema.GeluOptionsT())

    def scale(self, op, x):
        factor = self.constant(np.array(op.options["factor"], np.float32))
        self.binary("MUL", x, factor, self.value(op.result))

    def reshape(self, op, x):
        shape = self.constant(np.array(op.result.shape, np.int32))
        self.operator("RESHAPE", [x, shape], self.value(op.result),
                      filled(schema.ReshapeOptionsT(), newShape=list(op.result.shape)))

    def transpose(self, op, x):
        order = self.constant(np.array(op.options["order"], np.int32))
        self.operator("TRANSPOSE", [x, order], self.value(op.result), schema.TransposeOptionsT())


def write(path, graph, quantised=None):
    path.write_bytes(Writer(graph, quantised).bytes())
