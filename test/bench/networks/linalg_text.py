"""Writes a graph in f32 as linalg on tensors, as front ends do."""

import numpy as np

from .mlir import ELEMENTS, Body, dense, tensor

LETTERS = "abcdef"


def identity(rank):
    return LETTERS[:rank]


def map_of(rank, results):
    """An affine map from `rank` loops; `results` are the loops of each dimension."""
    return f"affine_map<({', '.join(LETTERS[:rank])}) -> ({', '.join(results)})>"


class Writer:
    def __init__(self, graph):
        self.graph, self.body = graph, Body()
        self.names = {x: f"%{x.name}" for x in graph.inputs}

    def text(self):
        for op in self.graph.ops:
            self.names[op.result] = getattr(self, op.kind)(
                op, *(self.names[x] for x in op.inputs), **op.weights)
        return self.body.function(
            [(self.names[x], tensor(x.shape)) for x in self.graph.inputs],
            [(self.names[x], tensor(x.shape)) for x in self.graph.results])

    # Pieces.

    def constant(self, array):
        type = tensor(array.shape, ELEMENTS[array.dtype.name])
        return self.body.emit(f"arith.constant dense<{dense(array)}> : {type}")

    def number(self, value):
        return self.body.emit(f"arith.constant {float(np.float32(value))!r} : f32"
                              .replace("inf", "0x7F800000"))

    def empty(self, shape):
        return self.body.emit(f"tensor.empty() : {tensor(shape)}")

    def filled(self, shape, value=0.0):
        number, empty, type = self.number(value), self.empty(shape), tensor(shape)
        return self.body.emit(f"linalg.fill ins({number} : f32) outs({empty} : {type}) -> {type}")

    def generic(self, shape, inputs, lines, loops=None, into=None, result=None):
        """Computes `lines`, of which the last one names the result, at each place.
        `inputs` are (name, shape, loops of its dimensions), and %i0, %i1 … in the lines;
        `into`, if given, is what a reduction starts from, and %o."""
        loops = loops or identity(len(shape))
        result = result or loops
        maps = [map_of(len(loops), used) for _, _, used in inputs]
        maps.append(map_of(len(loops), result))
        kinds = ", ".join('"parallel"' if loop in result else '"reduction"' for loop in loops)
        types = ", ".join(tensor(given) for _, given, _ in inputs)
        names = ", ".join(name for name, _, _ in inputs)
        into, type = into or self.empty(shape), tensor(shape)
        arguments = ", ".join([f"%i{i}: f32" for i in range(len(inputs))] + ["%o: f32"])
        body = "\n".join(f"      {line}" for line in lines[:-1])
        return self.body.emit(
            f"linalg.generic {{indexing_maps = [{', '.join(maps)}], iterator_types = [{kinds}]}}\n"
            f"      ins({names} : {types}) outs({into} : {type}) {{\n"
            f"    ^bb0({arguments}):\n{body}\n"
            f"      linalg.yield {lines[-1]} : f32\n    }} -> {type}")

    def pointwise(self, shape, names, *lines):
        """Of tensors of one shape."""
        loops = identity(len(shape))
        return self.generic(shape, [(name, shape, loops) for name in names], lines)

    def broadcast(self, bias, shape):
        """A constant of the last dimension, everywhere."""
        empty = self.empty(shape)
        return self.body.emit(
            f"linalg.broadcast ins({self.constant(bias)} : {tensor(bias.shape)}) outs({empty} : "
            f"{tensor(shape)}) dimensions = [{', '.join(map(str, range(len(shape) - 1)))}]")

    def cut(self, op, name):
        most = op.options.get("most")
        if most is None:
            return name
        lines = ["%r = arith.maximumf %i0, " + self.number(0.0) + " : f32", "%r"]
        if np.isfinite(most):
            lines[1:] = ["%s = arith.minimumf %r, " + self.number(most) + " : f32", "%s"]
        return self.pointwise(op.result.shape, [name], *lines)

    def padded(self, x, shape, pad):
        if not any(pad):
            return x, shape
        top, bottom, left, right = pad
        grown = (shape[0], shape[1] + top + bottom, shape[2] + left + right, shape[3])
        zero = self.number(0.0)
        return self.body.emit(
            f"tensor.pad {x} low[0, {top}, {left}, 0] high[0, {bottom}, {right}, 0] {{\n"
            "    ^bb0(%i: index, %j: index, %k: index, %l: index):\n"
            f"      tensor.yield {zero} : f32\n"
            f"    }} : {tensor(shape)} to {tensor(grown)}"), grown

    def named(self, name, inputs, into, shape):
        """A named op; `inputs` are pairs of a name and a shape."""
        names = ", ".join(given for given, _ in inputs)
        types = ", ".join(tensor(given) for _, given in inputs)
        type = tensor(shape)
        return self.body.emit(f"linalg.{name} ins({names} : {types}) outs({into} : {type}) -> {type}")

    # Layers of images.

    def window(self, name, op, x, weight, bias):
        stride = op.options["stride"]
        x, shape = self.padded(x, op.inputs[0].shape, op.options["pad"])
        into = self.broadcast(bias, op.result.shape)
        found = self.named(
            f"{name} {{dilations = dense<1> : tensor<2xi64>, strides = dense<{stride}> : tensor<2xi64>}}",
            [(x, shape), (self.constant(weight), weight.shape)], into, op.result.shape)
        return self.cut(op, found)

    def conv(self, op, x, weight, bias):
        return self.window("conv_2d_nhwc_hwcf", op, x, weight.transpose(1, 2, 3, 0), bias)

    def depthwise(self, op, x, weight, bias):
        return self.window("depthwise_conv_2d_nhwc_hwc", op, x, weight, bias)

    def mean(self, op, x):
        shape = op.inputs[0].shape
        total = self.generic(op.result.shape, [(x, shape, "abcd")],
                             ["%s = arith.addf %o, %i0 : f32", "%s"],
                             "abcd", self.filled(op.result.shape), "ad")
        return self.scaled(total, op.result.shape, 1 / (shape[1] * shape[2]))

    # Layers of rows.

    def linear(self, op, x, weight, bias):
        shape = op.result.shape
        product = self.named("matmul", [(x, op.inputs[0].shape),
                                        (self.constant(weight.T), weight.T.shape)],
                             self.filled(shape), shape)
        return self.generic(shape, [(product, shape, "ab"), (self.constant(bias), bias.shape, "b")],
                            ["%s = arith.addf %i0, %i1 : f32", "%s"])

    def matmul(self, op, x, y):
        return self.named("batch_matmul", [(x, op.inputs[0].shape), (y, op.inputs[1].shape)],
                          self.filled(op.result.shape), op.result.shape)

    def mean_of_rows(self, x, shape):
        loops, rows = identity(len(shape)), shape[:-1]
        total = self.generic(rows, [(x, shape, loops)], ["%s = arith.addf %o, %i0 : f32", "%s"],
                             loops, self.filled(rows), loops[:-1])
        return self.scaled(total, rows, 1 / shape[-1])

    def layer_norm(self, op, x, weight, bias):
        shape = op.result.shape
        loops, rows, last = identity(len(shape)), shape[:-1], identity(len(shape))[-1]
        mean = self.mean_of_rows(x, shape)
        centred = self.generic(shape, [(x, shape, loops), (mean, rows, loops[:-1])],
                               ["%s = arith.subf %i0, %i1 : f32", "%s"])
        squares = self.pointwise(shape, [centred], "%s = arith.mulf %i0, %i0 : f32", "%s")
        variance, epsilon = self.mean_of_rows(squares, shape), self.number(op.options["epsilon"])
        factor = self.pointwise(rows, [variance], f"%s = arith.addf %i0, {epsilon} : f32",
                                "%t = math.rsqrt %s : f32", "%t")
        return self.generic(
            shape, [(centred, shape, loops), (factor, rows, loops[:-1]),
                    (self.constant(weight), weight.shape, last),
                    (self.constant(bias), bias.shape, last)],
            ["%r = arith.mulf %i0, %i1 : f32", "%s = arith.mulf %r, %i2 : f32",
             "%t = arith.addf %s, %i3 : f32", "%t"])

    def softmax(self, op, x):
        shape, empty = op.result.shape, self.empty(op.result.shape)
        return self.named(f"softmax dimension({len(shape) - 1})", [(x, shape)], empty, shape)

    def lstm(self, op, x, weight, recurrent, bias):
        steps, size = op.result.shape
        shape = (steps, 4 * size)
        product = self.named("matmul", [(x, op.inputs[0].shape),
                                        (self.constant(weight.T), weight.T.shape)],
                             self.broadcast(bias, shape), shape)
        return self.recurrence(product, self.constant(recurrent.T), steps, size)

    def recurrence(self, given, recurrent, steps, size):
        """Steps over the rows of `given`, in which the product with the input is."""
        rows, row, gates = tensor((steps, size)), tensor((1, size)), tensor((1, 4 * size))
        zero, empty, one = self.filled((1, size)), self.empty((steps, size)), self.number(1.0)
        first, last, step = (self.body.emit(f"arith.constant {i} : index") for i in (0, steps, 1))
        start, self.body.lines = self.body.lines, []
        turn = self.body.emit(f"tensor.extract_slice {given}[%t, 0] [1, {4 * size}] [1, 1] : "
                              f"{tensor((steps, 4 * size))} to {gates}")
        turn = self.named("matmul", [("%h", (1, size)), (recurrent, (size, 4 * size))], turn,
                          (1, 4 * size))
        i, f, g, o = (self.body.emit(f"tensor.extract_slice {turn}[0, {at * size}] [1, {size}] "
                                     f"[1, 1] : {gates} to {row}") for at in range(4))
        cell = self.pointwise(
            (1, size), [i, f, g, "%c"], *sigmoid("%i0", "%i", one), *sigmoid("%i1", "%f", one),
            "%g = math.tanh %i2 : f32", "%kept = arith.mulf %f, %i3 : f32",
            "%new = arith.mulf %i, %g : f32", "%s = arith.addf %kept, %new : f32", "%s")
        hidden = self.pointwise(
            (1, size), [o, cell], *sigmoid("%i0", "%g", one), "%t2 = math.tanh %i1 : f32",
            "%s = arith.mulf %g, %t2 : f32", "%s")
        written = self.body.emit(f"tensor.insert_slice {hidden} into %y[%t, 0] [1, {size}] [1, 1] "
                                 f": {row} into {rows}")
        inside, self.body.lines = self.body.lines, start
        self.body.count += 1
        name = f"%{self.body.count}"
        self.body.lines += [
            f"  {name}:3 = scf.for %t = {first} to {last} step {step} iter_args(%y = {empty}, "
            f"%h = {zero}, %c = {zero}) -> ({rows}, {row}, {row}) {{", *inside,
            f"    scf.yield {written}, {hidden}, {cell} : {rows}, {row}, {row}", "  }"]
        return f"{name}#0"

    # Any shape.

    def scaled(self, x, shape, factor):
        return self.pointwise(shape, [x], f"%s = arith.mulf %i0, {self.number(factor)} : f32", "%s")

    def scale(self, op, x):
        return self.scaled(x, op.result.shape, op.options["factor"])

    def add(self, op, x, y):
        found = self.pointwise(op.result.shape, [x, y], "%s = arith.addf %i0, %i1 : f32", "%s")
        return self.cut(op, found)

    def gelu(self, op, x):
        half, one, root = (self.number(n) for n in (0.5, 1.0, 0.5 ** 0.5))
        return self.pointwise(
            op.result.shape, [x], f"%r = arith.mulf %i0, {root} : f32", "%s = math.erf %r : f32",
            f"%t = arith.addf %s, {one} : f32", "%u = arith.mulf %i0, %t : f32",
            f"%v = arith.mulf %u, {half} : f32", "%v")

    def reshape(self, op, x):
        """Joins or splits the columns: what the networks here need."""
        old, new = op.inputs[0].shape, op.result.shape
        action, last = (("expand", len(new)) if len(old) < len(new) else ("collapse", len(old)))
        groups = f"[[0], [{', '.join(map(str, range(1, last)))}]]"
        sizes = f" output_shape [{', '.join(map(str, new))}]" if action == "expand" else ""
        return self.body.emit(f"tensor.{action}_shape {x} {groups}{sizes} : {tensor(old)} into {tensor(new)}")

    def transpose(self, op, x):
        order, empty = op.options["order"], self.empty(op.result.shape)
        return self.body.emit(
            f"linalg.transpose ins({x} : {tensor(op.inputs[0].shape)}) outs({empty} : "
            f"{tensor(op.result.shape)}) permutation = [{', '.join(map(str, order))}]")


def sigmoid(x, name, one):
    """Lines for the logistic function of x."""
    return (f"{name}n = arith.negf {x} : f32", f"{name}e = math.exp {name}n : f32",
            f"{name}d = arith.addf {name}e, {one} : f32", f"{name} = arith.divf {one}, {name}d : f32")


def write(graph):
    return Writer(graph).text()
