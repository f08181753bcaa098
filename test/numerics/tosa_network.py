"""A small int8 network in TOSA, as converters write it, against an evaluation of the
specification's integer formulas in NumPy: equal bit for bit.

usage: tosa_network.py --eke EKE --work FOLDER [TARGET...]

The network is made here, with random weights of a fixed seed: a convolution and a
depthwise one with zero points and scales per channel, max and average pooling, a
logistic table, an addition of two scales, a product, and a softmax of tables. Its large
constants have to be weights in the image.
"""

import argparse
import re
import shutil
import sys

import numpy as np

from programs import Compiler, run

TARGETS = ["host", "cortex-a53", "cortex-a76"]
SAMPLES = 4


# The specification's integers.

def apply_scale(value, multiplier, shift, double):
    """(value * multiplier + half) >> shift, where half is rounded twice with `double`."""
    value = value.astype(np.int64)
    multiplier, shift = np.int64(multiplier), np.int64(shift)
    half = np.int64(1) << (shift - 1)
    if double:
        half = half + np.where(shift > 31, np.where(value >= 0, 1 << 30, -(1 << 30)), 0)
    return (value * multiplier + half) >> shift


def reciprocal(count):
    k = int(count - 1).bit_length()
    return (((1 << 30) + 1) << k) // count, 30 + k


def windows(x, kernel, stride, pad, fill):
    """x[n, h, w, c] -> [n, oh, ow, kh, kw, c]"""
    top, bottom, left, right = pad
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    rows, columns = ((x.shape[i + 1] - kernel[i]) // stride[i] + 1 for i in (0, 1))
    out = np.empty((x.shape[0], rows, columns, *kernel, x.shape[3]), x.dtype)
    for i in range(rows):
        for j in range(columns):
            a, b = i * stride[0], j * stride[1]
            out[:, i, j] = x[:, a:a + kernel[0], b:b + kernel[1]]
    return out


class Network:
    """Builds the text, and for each op what computes it."""

    def __init__(self, rng):
        self.rng, self.lines, self.steps, self.count = rng, [], [], 0
        self.constants = []

    def name(self):
        self.count += 1
        return f"%{self.count}"

    def constant(self, array, element):
        name = self.name()
        self.constants.append(array.astype(np.dtype(element.replace("i", "int"))))
        shape = "x".join(map(str, array.shape))
        data = self.constants[-1].tobytes().hex().upper()
        text = f'"0x{data}"' if array.size > 1 else str(int(array.reshape(-1)[0]))
        type_ = f"tensor<{shape}x{element}>"
        self.lines.append(f'{name} = "tosa.const"() <{{values = dense<{text}> : {type_}}}> '
                          f": () -> {type_}")
        return name, type_

    def scalar(self, value, element):
        return self.constant(np.array([value]), element)

    def emit(self, op, attributes, operands, shape, element, formula, inputs):
        """`operands` are pairs of name and type; `formula` takes the values of `inputs`."""
        name = self.name()
        type_ = f"tensor<{'x'.join(map(str, shape))}x{element}>"
        attributes = f" {{{attributes}}}" if attributes else ""
        self.lines.append(f"{name} = tosa.{op} {', '.join(o[0] for o in operands)}{attributes} "
                          f": ({', '.join(o[1] for o in operands)}) -> {type_}")
        self.steps.append((name, formula, [i[0] for i in inputs]))
        return name, type_, tuple(shape)

    # Ops.

    def conv(self, x, channels, kernel, stride, pad, zero, depthwise=False):
        rng, (n, h, w, c) = self.rng, x[2]
        top, bottom, left, right = pad
        rows = (h + top + bottom - kernel[0]) // stride[0] + 1
        columns = (w + left + right - kernel[1]) // stride[1] + 1
        shape = (*kernel, c, 1) if depthwise else (channels, *kernel, c)
        weights = rng.integers(-127, 128, shape)
        out = c if depthwise else channels
        bias = rng.integers(-3000, 3000, out)

        def formula(x):
            seen = windows(x, kernel, stride, pad, zero).astype(np.int64) - zero
            sums = (np.einsum("nijhwc,hwc->nijc", seen, weights[..., 0]) if depthwise else
                    np.einsum("nijhwc,fhwc->nijf", seen, weights))
            return sums + bias
        operands = [x, self.constant(weights, "i8"), self.constant(bias, "i32"),
                    self.scalar(zero, "i8"), self.scalar(0, "i8")]
        return self.emit(
            "depthwise_conv2d" if depthwise else "conv2d",
            f"acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: {top}, {bottom}, "
            f"{left}, {right}>, stride = array<i64: {stride[0]}, {stride[1]}>",
            operands, (n, rows, columns, out), "i32", formula, [x])

    def rescale(self, x, ratio, from_zero, zero, source, element="i8", per_channel=True):
        """About `ratio` times x, of another scale for each channel."""
        count = x[2][-1] if per_channel else 1
        ratios = ratio * self.rng.uniform(0.5, 1.5, count)
        exponents = np.ceil(np.log2(ratios)).astype(int)
        multipliers = np.rint(ratios / 2.0**exponents * 2**31).astype(np.int64)
        multipliers = np.minimum(multipliers, 2**31 - 1)
        shifts = 31 - exponents
        bits = int(element[1:])

        def formula(x):
            scaled = apply_scale(x.astype(np.int64) - from_zero, multipliers, shifts, True) + zero
            return np.clip(scaled, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        operands = [x, self.constant(multipliers, "i32"), self.constant(shifts, "i8"),
                    self.scalar(from_zero, source), self.scalar(zero, element)]
        return self.emit(
            "rescale", "input_unsigned = false, output_unsigned = false, per_channel = "
            f"{'true' if per_channel else 'false'}, rounding_mode = DOUBLE_ROUND, scale32 = true",
            operands, x[2], element, formula, [x])

    def clamp(self, x, low, high):
        return self.emit("clamp", f"max_val = {high} : i8, min_val = {low} : i8", [x], x[2], "i8",
                         lambda x: np.clip(x, low, high), [x])

    def max_pool(self, x, kernel, stride):
        n, h, w, c = x[2]
        shape = (n, (h - kernel[0]) // stride[0] + 1, (w - kernel[1]) // stride[1] + 1, c)
        return self.emit(
            "max_pool2d", f"kernel = array<i64: {kernel[0]}, {kernel[1]}>, "
            f"pad = array<i64: 0, 0, 0, 0>, stride = array<i64: {stride[0]}, {stride[1]}>",
            [x], shape, "i8",
            lambda x: windows(x, kernel, stride, (0, 0, 0, 0), 0).max((3, 4)), [x])

    def average(self, x, zero):
        n, h, w, c = x[2]
        multiplier, shift = reciprocal(h * w)

        def formula(x):
            sums = (x.astype(np.int64) - zero).sum((1, 2), keepdims=True)
            return np.clip(apply_scale(sums, multiplier, shift, False) + zero, -128, 127)
        return self.emit(
            "avg_pool2d", f"acc_type = i32, kernel = array<i64: {h}, {w}>, "
            f"pad = array<i64: 0, 0, 0, 0>, stride = array<i64: {h}, {w}>",
            [x, self.scalar(zero, "i8"), self.scalar(zero, "i8")], (n, 1, 1, c), "i8",
            formula, [x])

    def table(self, x, entries):
        return self.emit("table", "", [x, self.constant(entries, "i8")], x[2], "i8",
                         lambda x: entries[x.astype(np.int64) + 128], [x])

    def add(self, x, y):
        return self.emit("add", "", [x, y], x[2], "i32",
                         lambda x, y: x.astype(np.int64) + y, [x, y])

    def reshape(self, x, shape):
        name = self.name()
        self.lines.append(f"{name} = tosa.const_shape {{values = dense<[{', '.join(map(str, shape))}]> "
                          f": tensor<{len(shape)}xindex>}} : () -> !tosa.shape<{len(shape)}>")
        element = x[1][:-1].split("x")[-1]
        return self.emit("reshape", "", [x, (name, f"!tosa.shape<{len(shape)}>")], shape, element,
                         lambda x: x.reshape(shape), [x])

    def product(self, x, columns, zero):
        weights = self.rng.integers(-127, 128, (1, x[2][2], columns))
        return self.emit(
            "matmul", "", [x, self.constant(weights, "i8"), self.scalar(zero, "i8"),
                           self.scalar(0, "i8")], (1, x[2][1], columns), "i32",
            lambda x: (x.astype(np.int64) - zero) @ weights, [x])

    def softmax(self, x):
        """exp by a table of 513 entries between which TOSA interpolates, over the largest."""
        shape = x[2]
        most = self.emit("reduce_max", f"axis = {len(shape) - 1} : i32", [x], (*shape[:-1], 1),
                         "i32", lambda x: x.max(-1, keepdims=True), [x])
        centred = self.emit("sub", "", [x, most], shape, "i32", lambda x, m: x - m, [x, most])
        short = self.rescale(centred, 0.2, 0, 0, "i32", "i16", per_channel=False)
        entries = np.rint(32767 * np.exp(np.minimum(np.arange(-256, 257), 0) / 32)).astype(np.int64)

        def interpolated(x):
            high, low = (x >> 7) + 256, x & 127
            return (entries[high] << 7) + (entries[np.minimum(high + 1, 512)] - entries[high]) * low
        terms = self.emit("table", "", [short, self.constant(entries, "i16")], shape, "i32",
                          interpolated, [short])
        total = self.emit("reduce_sum", f"axis = {len(shape) - 1} : i32", [terms],
                          (*shape[:-1], 1), "i32", lambda x: x.sum(-1, keepdims=True), [terms])
        return terms, total

    def text(self, x, results):
        types = ", ".join(r[1] for r in results)
        names = ", ".join(r[0] for r in results)
        body = "\n".join(f"  {line}" for line in self.lines)
        return (f"func.func @main({x[0]}: {x[1]}) -> ({types}) {{\n{body}\n"
                f"  return {names} : {types}\n}}\n")

    def evaluate(self, x, value, results):
        values = {x[0]: value.astype(np.int64)}
        for name, formula, inputs in self.steps:
            values[name] = formula(*(values[i] for i in inputs))
        return [values[r[0]] for r in results]


def build(rng):
    net = Network(rng)
    x = ("%x", "tensor<1x11x9x3xi8>", (1, 11, 9, 3))
    y = net.conv(x, 8, (3, 4), (2, 1), (1, 1, 1, 2), 5)
    y = net.clamp(net.rescale(y, 0.002, 0, -128, "i32"), -128, 127)
    z = net.conv(y, 0, (3, 3), (1, 1), (1, 1, 1, 1), -128, depthwise=True)
    z = net.clamp(net.rescale(z, 0.004, 0, -128, "i32"), -128, 100)
    y = net.rescale(y, 2.0**18, -128, 0, "i8", "i32", per_channel=False)
    z = net.rescale(z, 2.0**18, -128, 0, "i8", "i32", per_channel=False)
    y = net.rescale(net.add(y, z), 2.0**-19, 0, -3, "i32", per_channel=False)
    y = net.max_pool(y, (2, 3), (2, 3))
    logistic = np.clip(np.rint(256 / (1 + np.exp(-np.arange(-128, 128) / 20))) - 128, -128, 127)
    y = net.table(y, logistic.astype(np.int64))
    y = net.average(y, -7)
    y = net.product(net.reshape(y, (1, 1, 8)), 10, -7)
    logits = net.rescale(y, 0.0015, 0, 11, "i32", per_channel=False)
    terms, total = net.softmax(y)
    return net, x, [logits, terms, total]


def list_sizes(module, op):
    """Elements, and their bits, of each constant or weight of integers of several values."""
    types = re.findall(op + r'dense<[\["][^\n]*?> : tensor<((?:\d+x)+)i(\d+)>', module)
    return [(np.prod([int(n) for n in shape.split("x")[:-1]]), int(bits)) for shape, bits in types]


def check_weights(eke, path, net):
    """Are the large constants, and no others, weights?"""
    module = run([eke, "compile", path, "--stop-after=memory"])
    weights = list_sizes(module, r"eke\.weight @\S+ : \S+ = ")
    constants = list_sizes(module, r"arith\.constant ")
    expected = [c for c in net.constants if c.size > 64 and c.nbytes > 128]
    is_large = lambda size, bits: size > 64 and size * bits > 8 * 128
    failed = (len(weights) < len(expected) or not expected
              or not all(is_large(*w) for w in weights) or any(is_large(*c) for c in constants))
    if failed:
        print(f"weights {weights}, constants {constants}, expected {len(expected)} weights")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("targets", nargs="*", default=TARGETS)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    compiler = Compiler(options.eke, options.work)
    rng = np.random.default_rng(7)
    net, x, results = build(rng)
    path = compiler.folder / "network.mlir"
    path.write_text(net.text(x, results))
    failed = check_weights(options.eke, path, net)
    programs = [(target, compiler.compile(path, target, kernels))
                for target in options.targets
                for kernels in (("halide", "loops") if target == "host" else ("halide",))]
    for number in range(SAMPLES):
        value = rng.integers(-128, 128, x[2]).astype(np.int8)
        expected = net.evaluate(x, value, results)
        assert all(len(np.unique(e)) > 2 for e in expected[:2]), "the network says nothing"
        files = [compiler.folder / f"out{i}" for i in range(len(results))]
        (compiler.folder / "in").write_bytes(value.tobytes())
        for target, program in programs:
            run([*program.emulator, program.path, "--in", compiler.folder / "in", "--out", *files])
            for index, (file, want) in enumerate(zip(files, expected)):
                dtype = np.int8 if results[index][1].endswith("i8>") else np.int32
                got = np.frombuffer(file.read_bytes(), dtype).reshape(want.shape)
                if (got != want).any():
                    failed += 1
                    print(f"{program.path.name}: sample {number}, output {index}: "
                          f"{(got != want).sum()} of {want.size} differ\n{got}\n{want}")
    print(f"{SAMPLES} samples on {len(programs)} programs, {failed} outputs differ")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
