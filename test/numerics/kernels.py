"""Kernels of linalg ops against NumPy: products, convolutions, windows, rows.

Shapes are chosen around the edges of tiles: fewer than a vector, a vector and some,
no multiple of anything. A sum of K products in f32 is off by at most
gamma(K + 2) sum |a b| in any order; integers and what is only moved are exact."""

import math

import numpy as np

from bounded import gamma
from programs import run

TYPES = {np.dtype(t): n for t, n in
         ((np.float16, "f16"), (np.float32, "f32"), (np.int32, "i32"), (np.int8, "i8"))}


def tensor(array):
    return f"tensor<{'x'.join(map(str, (*array.shape, TYPES[array.dtype])))}>"


def memref(array):
    return tensor(array).replace("tensor", "memref")


class Case:
    """`body` computes %r from %0, %1, …; `expected` may be off by `bound`."""

    def __init__(self, name, inputs, body, expected, bound, dtype=np.float32):
        self.name, self.inputs, self.body = name, inputs, body
        self.expected, self.bound = expected, bound
        self.result = np.zeros(expected.shape, dtype)

    def text(self):
        arguments = "".join(f"%a{i}: {memref(a)}, " for i, a in enumerate(self.inputs))
        names = ", ".join(f'#eke.argument<"a{i}">' for i in range(len(self.inputs)))
        tensors = "\n".join(
            f"  %{i} = bufferization.to_tensor %a{i} restrict : {memref(a)} to {tensor(a)}"
            for i, a in enumerate(self.inputs))
        y = self.result
        return f"""func.func @{self.name}({arguments}%y: {memref(y)}, %s: memref<0xi8>)
    attributes {{eke.entry = #eke.entry<name = "{self.name}", rows = 1, inputs = [{names}],
                                         outputs = [#eke.argument<"y">]>}} {{
{tensors}
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0 : i32
  %e = tensor.empty() : {tensor(y)}
{self.body}
  bufferization.materialize_in_destination %r in restrict writable %y : ({tensor(y)}, {memref(y)}) -> ()
  return
}}
"""

    def run(self, program):
        folder = program.path.with_name(f"{program.path.name}.{self.name}")
        folder.mkdir(exist_ok=True)
        files = [folder / f"in{i}" for i in range(len(self.inputs))]
        for file, array in zip(files, self.inputs):
            file.write_bytes(array.tobytes())
        run([*program.emulator, program.path, "--entry", self.name, "--threads", 2,
             "--in", *files, "--out", folder / "out"])
        return np.frombuffer((folder / "out").read_bytes(), self.result.dtype).reshape(
            self.result.shape)

    def check(self, program):
        found = self.run(program).astype(np.float64)
        with np.errstate(invalid="ignore"):  # of infinities
            off = np.abs(found - self.expected)
        wrong = ~((off <= self.bound)
                  | (found == self.expected) | (np.isnan(found) & np.isnan(self.expected)))
        if not wrong.any():
            return []
        at = tuple(np.argwhere(wrong)[0])
        return [f"{program.path.name}: {self.name}: {wrong.sum()} of {wrong.size} wrong, first at "
                f"{at}: {found[at]}, expected {self.expected[at]}"]


def windows(x, kernel, strides, dilations):
    """x[n, h, w, c] as [n, oh, ow, kh, kw, c]."""
    span = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    view = np.lib.stride_tricks.sliding_window_view(x, span, axis=(1, 2))
    view = view[:, ::strides[0], ::strides[1], :, ::dilations[0], ::dilations[1]]
    return view.transpose(0, 1, 2, 4, 5, 3)


def summed(name, inputs, body, equation, operands, terms, then=lambda v: v, start=0):
    """A sum of products by einsum, with its bound."""
    wide = [a.astype(np.float64) for a in operands]
    value = np.einsum(equation, *wide) + start
    size = np.einsum(equation, *map(np.abs, wide)) + np.abs(start)
    return Case(name, inputs, body, then(value), gamma(terms + 2) * size)


def generic(maps, kinds, operands, body, result):
    """linalg.generic; `operands` as [(value, array)]."""
    ins = ", ".join(v for v, _ in operands)
    types = ", ".join(tensor(a) for _, a in operands)
    maps = ", ".join(f"affine_map<{m}>" for m in maps)
    kinds = ", ".join(f'"{ {"p": "parallel", "r": "reduction"}[k]}"' for k in kinds)
    return (f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}} ins({ins} : {types}) "
            f"outs({result[0]} : {tensor(result[1])}) {{\n{body}\n  }} -> {tensor(result[1])}")


MULTIPLY_ADD = """  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %t = arith.addf %o, %m : f32
    linalg.yield %t : f32"""
RELU = """  ^bb0(%p: f32, %o: f32):
    %m = arith.maximumf %p, %zero : f32
    linalg.yield %m : f32"""


def named(op, attributes, a, b, y, start="%f", result="%r"):
    return (f"  {result} = linalg.{op} {attributes} ins(%0, %1 : {tensor(a)}, {tensor(b)}) "
            f"outs({start} : {tensor(y)}) -> {tensor(y)}")


def zeros(y):
    return f"  %f = linalg.fill ins(%zero : f32) outs(%e : {tensor(y)}) -> {tensor(y)}\n"


def products(rng):
    def array(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    for m, k, n in ((1, 7, 5), (5, 13, 19), (7, 16, 33), (4, 64, 8), (3, 2, 1), (70, 96, 65)):
        a, b, y = array(m, k), array(k, n), np.zeros((m, n), np.float32)
        yield summed(f"matmul_{m}_{k}_{n}", [a, b], zeros(y) + named("matmul", "", a, b, y),
                     "mk,kn->mn", [a, b], k)
        c = array(n, k)
        body = generic(["(m,n,k)->(m,k)", "(m,n,k)->(n,k)", "(m,n,k)->(m,n)"], "ppr",
                       [("%0", a), ("%1", c)], MULTIPLY_ADD, ("%f", y))
        yield summed(f"matmul_t_{m}_{k}_{n}", [a, c], zeros(y) + "  %r = " + body,
                     "mk,nk->mn", [a, c], k)
        d = array(k, m)
        body = generic(["(m,n,k)->(k,m)", "(m,n,k)->(k,n)", "(m,n,k)->(m,n)"], "ppr",
                       [("%0", d), ("%1", b)], MULTIPLY_ADD, ("%f", y))
        yield summed(f"matmul_at_{m}_{k}_{n}", [d, b], zeros(y) + "  %r = " + body,
                     "km,kn->mn", [d, b], k)
    a, b, y = array(3, 5, 9), array(3, 9, 18), np.zeros((3, 5, 18), np.float32)
    yield summed("batch_matmul", [a, b], zeros(y) + named("batch_matmul", "", a, b, y),
                 "bmk,bkn->bmn", [a, b], 9)
    a, b, y = array(19, 37), array(37), np.zeros(19, np.float32)
    yield summed("matvec", [a, b], zeros(y) + named("matvec", "", a, b, y), "mk,k->m", [a, b], 37)


def convolutions(rng):
    def array(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    for f, c, k, s, d in ((8, 4, 3, 1, 1), (10, 3, 3, 2, 1), (5, 7, 2, 1, 2), (24, 16, 1, 1, 1),
                          (1, 9, 5, 2, 1), (16, 1, 3, 1, 1)):
        x, w, bias = array(2, 11, 13, c), array(k, k, c, f), array(f)
        view = windows(x, (k, k), (s, s), (d, d))
        y = np.zeros((*view.shape[:3], f), np.float32)
        attributes = f"{{dilations = dense<{d}> : tensor<2xi64>, strides = dense<{s}> : tensor<2xi64>}}"
        start = (f"  %b = linalg.broadcast ins(%2 : {tensor(bias)}) outs(%e : {tensor(y)}) "
                 "dimensions = [0, 1, 2]\n")
        yield summed(f"conv_{f}_{c}_{k}_{s}_{d}", [x, w, bias],
                     start + named("conv_2d_nhwc_hwcf", attributes, x, w, y, "%b"),
                     "nhwijc,ijcf->nhwf", [view, w], k * k * c, start=bias.astype(np.float64))
        wd = array(k, k, c)
        y = np.zeros((*view.shape[:3], c), np.float32)
        identity = "(a,b,c,d)->(a,b,c,d)"
        relu = "\n  %r = " + generic([identity, identity], "pppp", [("%t", y)], RELU, ("%e", y))
        yield summed(f"depthwise_{f}_{c}_{k}_{s}_{d}", [x, wd],
                     zeros(y) + named("depthwise_conv_2d_nhwc_hwc", attributes, x, wd, y, result="%t")
                     + relu, "nhwijc,ijc->nhwc", [view, wd], k * k,
                     then=lambda v: np.maximum(v, 0))
        xc, wc = np.ascontiguousarray(x.transpose(0, 3, 1, 2)), array(f, c, k, k)
        y = np.zeros((view.shape[0], f, *view.shape[1:3]), np.float32)
        yield summed(f"conv_nchw_{f}_{c}_{k}_{s}_{d}", [xc, wc],
                     zeros(y) + named("conv_2d_nchw_fchw", attributes, xc, wc, y),
                     "nhwijc,fcij->nfhw", [view, wc], k * k * c)
        window = np.zeros((k, k), np.float32)
        y = np.zeros((*view.shape[:3], c), np.float32)
        yield summed(f"pool_sum_{f}_{c}_{k}_{s}_{d}", [x, window],
                     zeros(y) + named("pooling_nhwc_sum", attributes, x, window, y),
                     "nhwijc->nhwc", [view], k * k)
        low = (f"  %low = arith.constant 0xFF800000 : f32\n"
               f"  %f = linalg.fill ins(%low : f32) outs(%e : {tensor(y)}) -> {tensor(y)}\n")
        yield Case(f"pool_max_{f}_{c}_{k}_{s}_{d}", [x, window],
                   low + named("pooling_nhwc_max", attributes, x, window, y),
                   view.max(axis=(3, 4)).astype(np.float64), 0)
    x, w = array(1, 20, 6), array(3, 6, 9)
    view = np.lib.stride_tricks.sliding_window_view(x, 3, axis=1)
    y = np.zeros((1, 18, 9), np.float32)
    yield summed("conv_1d", [x, w], zeros(y) + named(
        "conv_1d_nwc_wcf", "{dilations = dense<1> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>}",
        x, w, y), "nwck,kcf->nwf", [view, w], 18)


def integers(rng):
    def array(*shape):
        return rng.integers(-128, 128, shape).astype(np.int8)

    start = "  %f = linalg.fill ins(%none : i32) outs(%e : {0}) -> {0}\n"
    points = "  %zx = arith.constant -3 : i32\n  %zw = arith.constant 5 : i32\n"
    for m, k, n in ((1, 7, 5), (5, 13, 19), (9, 32, 16)):
        a, b, y = array(m, k), array(k, n), np.zeros((m, n), np.int32)
        body = (f"  %r = linalg.quantized_matmul ins(%0, %1, %zx, %zw : {tensor(a)}, {tensor(b)}, i32, i32) "
                f"outs(%f : {tensor(y)}) -> {tensor(y)}")
        yield Case(f"matmul_q_{m}_{k}_{n}", [a, b], points + start.format(tensor(y)) + body,
                   (a.astype(np.int64) + 3) @ (b.astype(np.int64) - 5), 0, np.int32)
    x, w = array(1, 9, 10, 6), array(3, 3, 6, 12)
    view = windows(x, (3, 3), (1, 1), (1, 1)).astype(np.int64) + 3
    expected = np.einsum("nhwijc,ijcf->nhwf", view, w.astype(np.int64) - 5)
    y = np.zeros(expected.shape, np.int32)
    body = (f"  %r = linalg.conv_2d_nhwc_hwcf_q {{dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}} "
            f"ins(%0, %1, %zx, %zw : {tensor(x)}, {tensor(w)}, i32, i32) outs(%f : {tensor(y)}) -> {tensor(y)}")
    yield Case("conv_q", [x, w], points + start.format(tensor(y)) + body, expected, 0, np.int32)


def rows(rng):
    x = rng.standard_normal((5, 6, 37)).astype(np.float32)
    wide = x.astype(np.float64)
    for axes in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)):
        expected = wide.sum(axes)
        y = np.zeros(expected.shape, np.float32)
        terms = x.size // max(expected.size, 1)
        body = (f"  %r = linalg.reduce {{arith.addf}} ins(%0 : {tensor(x)}) outs(%f : {tensor(y)}) "
                f"dimensions = {list(axes)}")
        name = "_".join(map(str, axes))
        yield Case(f"sum_{name}", [x], zeros(y) + body, expected, gamma(terms) * np.abs(wide).sum(axes))
        low = (f"  %low = arith.constant 0xFF800000 : f32\n"
               f"  %f = linalg.fill ins(%low : f32) outs(%e : {tensor(y)}) -> {tensor(y)}\n")
        for op, numpy in (("maximumf", np.max), ("maxnumf", np.fmax.reduce)):
            holed = x.copy()
            holed[1, 2, 3] = holed[4, 5, 36] = np.nan
            holed[0, 0, 0] = np.inf
            body = (f"  %r = linalg.reduce {{arith.{op}}} ins(%0 : {tensor(x)}) outs(%f : {tensor(y)}) "
                    f"dimensions = {list(axes)}")
            yield Case(f"{op}_{name}", [holed], low + body,
                       np.asarray(numpy(holed.astype(np.float64), axis=axes)), 0)
    for length in (8, 9, 10, 16, 17, 33):  # what is left over of vectors of 4 and 8
        part = rng.standard_normal((4, length)).astype(np.float32)
        powers = np.exp(part.astype(np.float64) - part.max(0))
        y = np.zeros_like(part)
        body = (f"  %r = linalg.softmax dimension(0) ins(%0 : {tensor(part)}) "
                f"outs(%e : {tensor(y)}) -> {tensor(y)}")
        yield Case(f"softmax_{length}", [part], body, powers / powers.sum(0), 2e-6)
    for order in ((0, 2, 1), (2, 1, 0), (1, 0, 2)):
        y = np.zeros(x.transpose(order).shape, np.float32)
        body = (f"  %r = linalg.transpose ins(%0 : {tensor(x)}) outs(%e : {tensor(y)}) "
                f"permutation = {list(order)}")
        yield Case(f"transpose_{''.join(map(str, order))}", [x], body, wide.transpose(order), 0)


erf = np.vectorize(math.erf, otypes=[np.float64])

UNORDERED = {"ueq": lambda a, b: a == b, "une": lambda a, b: a != b, "ult": lambda a, b: a < b,
             "ule": lambda a, b: a <= b, "ugt": lambda a, b: a > b, "uge": lambda a, b: a >= b,
             "uno": lambda a, b: a != a}


def special(rng):
    """NaN, infinities and zeros of both signs go through everything as IEEE says."""
    values = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -2.0, 3e38, 1e-30, 89.0, -104.0],
                      np.float32)
    a, b = (g.ravel() for g in np.meshgrid(values, values))
    identity = "(i)->(i)"

    def elementwise(name, op, expected, bound=0):
        body = f"  ^bb0(%p: f32, %q: f32, %o: f32):\n{op}\n    linalg.yield %v : f32"
        with np.errstate(all="ignore"):
            value = np.asarray(expected(a, b), np.float64)
        return Case(name, [a, b], "  %one = arith.constant 1.0 : f32\n  %r = " + generic(
            [identity] * 3, "p", [("%0", a), ("%1", b)], body, ("%e", a)), value,
            bound * np.abs(np.where(np.isfinite(value), value, 0)) + (1.2e-38 if bound else 0))

    for name, numpy in (("addf", np.add), ("subf", np.subtract), ("mulf", np.multiply),
                        ("divf", np.divide)):
        yield elementwise(name, f"    %v = arith.{name} %p, %q : f32", numpy)
    for name, numpy in (("maximumf", np.maximum), ("minimumf", np.minimum), ("maxnumf", np.fmax),
                        ("minnumf", np.fmin)):
        yield elementwise(name, f"    %v = arith.{name} %p, %q : f32", numpy)
    for name, numpy in UNORDERED.items():
        isNaN = np.isnan(a) | np.isnan(b)
        for predicate, value in ((name, isNaN | numpy(a, b)),
                                 ("ord" if name == "uno" else f"o{name[1:]}",
                                  ~isNaN & (numpy(a, b) if name != "uno" else True))):
            yield elementwise(f"cmpf_{predicate}", f"""    %c = arith.cmpf {predicate}, %p, %q : f32
    %v = arith.select %c, %one, %zero : f32""", lambda *_: value.astype(np.float64))
    yield elementwise("infinity", """    %i = arith.constant 0xFF800000 : f32
    %c = arith.cmpf uno, %p, %q : f32
    %v = arith.select %c, %one, %i : f32""",
                      lambda p, q: np.where(np.isnan(p) | np.isnan(q), 1, -np.inf))
    for name, numpy, bound in (("exp", np.exp, 4e-7), ("log", np.log, 4e-7), ("sqrt", np.sqrt, 1e-7),
                               ("absf", np.abs, 0), ("tanh", np.tanh, 4e-7), ("floor", np.floor, 0),
                               ("erf", erf, 4e-7)):
        yield elementwise(f"math_{name}", f"    %v = math.{name} %p : f32",
                          lambda p, q: numpy(p.astype(np.float64)).astype(np.float32), bound)
    # Minus infinity where the root is that of -0.
    yield elementwise("erf_of_rsqrt", "    %u = math.rsqrt %p : f32\n    %v = math.erf %u : f32",
                      lambda p, q: erf(1 / np.sqrt(p)), 8e-7)
    yield elementwise("erf_of_truth", """    %b = arith.cmpf ogt, %p, %q : f32
    %t = arith.sitofp %b : i1 to f32
    %v = math.erf %t : f32""", lambda p, q: erf(np.where(p > q, -1.0, 0.0)), 8e-7)
    # One over shows the sign of a zero.
    yield elementwise("negf", """    %n = arith.negf %p : f32
    %v = arith.divf %one, %n : f32""", lambda p, q: 1 / -p)
    yield elementwise("constants", """    %z = arith.constant 0.0 : f32
    %m = arith.constant -0.0 : f32
    %n = arith.constant 0x7FC00000 : f32
    %c = arith.cmpf olt, %p, %z : f32
    %a = arith.select %c, %m, %z : f32
    %u = arith.cmpf uno, %q, %q : f32
    %k = arith.select %u, %n, %a : f32
    %v = arith.divf %one, %k : f32""", lambda p, q: np.where(
        np.isnan(q), np.nan, np.where(p < 0, -np.inf, np.inf)))
    yield from extrema(rng)
    yield from sums_of_sums(rng)
    yield from functions_of_sums(rng)
    yield sum_of_divided_truth(rng)
    yield sum_of_divided_zero(rng)
    yield constant_index(rng)
    yield strided(rng)
    yield conversion()
    yield from divisions()
    yield from overflows()


def reduction(name, x, op, start, expected):
    """Reduces the rows of `x`."""
    y = np.zeros(len(x), np.float32)
    body = (f"  ^bb0(%p: f32, %o: f32):\n    %v = arith.{op} %o, %p : f32\n"
            "    linalg.yield %v : f32")
    filled = (f"  %low = arith.constant {start} : f32\n"
              f"  %f = linalg.fill ins(%low : f32) outs(%e : {tensor(y)}) -> {tensor(y)}\n")
    return Case(name, [x], filled + "  %r = " + generic(
        ["(i,j)->(i,j)", "(i,j)->(i)"], "pr", [("%0", x)], body, ("%f", y)), expected, 0)


def whole(name, op, start, length, limit):
    """Reduces numbers to one, all of them NaN."""
    x = np.full(length, np.nan, np.float32)
    y = np.zeros((), np.float32)
    body = (f"  ^bb0(%p: f32, %o: f32):\n    %v = arith.{op} %o, %p : f32\n"
            "    linalg.yield %v : f32")
    filled = (f"  %low = arith.constant {start} : f32\n"
              f"  %f = linalg.fill ins(%low : f32) outs(%e : {tensor(y)}) -> {tensor(y)}\n")
    expected = np.array(np.nan if op in ("maximumf", "minimumf") else limit)
    return Case(name, [x], filled + "  %r = " + generic(
        ["(i)->(i)", "(i)->()"], "r", [("%0", x)], body, ("%f", y)), expected, 0)


def extrema(rng):
    """Rows shorter than a vector and longer, of which no number, some or all are NaN."""
    for length in (1, 2, 3, 5, 6, 7, 15, 16, 17, 37):
        x = rng.standard_normal((16, length)).astype(np.float32)
        for row in range(12):
            x[row, rng.integers(0, length, row)] = np.nan
        x[12] = np.nan
        for op, numpy, start in (("maximumf", np.maximum, "0xFF800000"),
                                 ("minimumf", np.minimum, "0x7F800000"),
                                 ("maxnumf", np.fmax, "0xFF800000"),
                                 ("minnumf", np.fmin, "0x7F800000")):
            limit = -np.inf if start[2] == "F" else np.inf
            yield reduction(f"{op}_of_{length}", x, op, start,
                            numpy.reduce(x.astype(np.float64), axis=1, initial=limit))
            yield whole(f"{op}_of_{length}_nan", op, start, length, limit)
            if op in ("maxnumf", "minnumf"):  # which begin with NaN as well as with infinity
                yield reduction(f"{op}_of_{length}_from_nan", x, op, "0x7FC00000",
                                numpy.reduce(x.astype(np.float64), axis=1))


def sums_of_sums(rng):
    """What is added up is itself a sum or a difference, of which nothing may cancel that is
    infinite."""
    for length in (3, 8, 37):
        x = rng.standard_normal((6, length)).astype(np.float32)
        x[1, 2], x[2, 0], x[3, 1] = np.inf, -np.inf, np.nan
        y = np.zeros(len(x), np.float32)
        x[4, 0] = 0
        for name, op, term in (
                ("difference", "    %t = arith.subf %p, %p : f32", lambda a: a - a),
                ("sum_and_difference",
                 "    %u = arith.addf %p, %one : f32\n    %t = arith.subf %u, %p : f32",
                 lambda a: (a + 1.0) - a),
                ("chosen_difference",
                 "    %u = arith.subf %p, %p : f32\n    %c = arith.cmpf ule, %u, %u : f32\n"
                 "    %t = arith.select %c, %u, %p : f32", lambda a: a - a),
                ("negated_difference",
                 "    %u = arith.subf %p, %p : f32\n    %w = arith.negf %u : f32\n"
                 "    %t = arith.mulf %w, %one : f32", lambda a: -(a - a)),
                ("divided_zero", "    %t = arith.divf %zero, %p : f32", lambda a: 0 / a),
                ("divided_zero_integer",
                 "    %j = linalg.index 1 : index\n    %n = arith.index_cast %j : index to i32\n"
                 "    %d = arith.addi %n, %n : i32\n    %m = arith.muli %n, %two : i32\n"
                 "    %z = arith.subi %m, %d : i32\n    %u = arith.sitofp %z : i32 to f32\n"
                 "    %t = arith.divf %u, %p : f32", lambda a: 0 / a),
                ("zero_product",
                 "    %u = arith.mulf %zero, %p : f32\n    %t = math.absf %u : f32",
                 lambda a: np.abs(0 * a))):
            body = (f"  ^bb0(%p: f32, %o: f32):\n{op}\n    %v = arith.addf %o, %t : f32\n"
                    "    linalg.yield %v : f32")
            with np.errstate(all="ignore"):
                expected = term(x.astype(np.float64)).sum(1)
            yield Case(f"sum_of_{name}_{length}", [x], f"""  %one = arith.constant 1.0 : f32
  %two = arith.constant 2 : i32
  %f = linalg.fill ins(%zero : f32) outs(%e : {tensor(y)}) -> {tensor(y)}
  %r = """ + generic(["(i,j)->(i,j)", "(i,j)->(i)"], "pr", [("%0", x)], body, ("%f", y)),
                expected, gamma(3 * length) * length * 4)


def functions_of_sums(rng):
    """A sum of products may be NaN, and whoever asks has to be told."""
    x = rng.standard_normal((21, 6)).astype(np.float32)
    w = rng.standard_normal((6, 21)).astype(np.float32)
    x[::2, 0], x[::3, 1], x[5] = np.inf, -np.inf, np.nan
    y = np.zeros(21, np.float32)
    added = ("  ^bb0(%p: f32, %q: f32, %o: f32):\n    %t = arith.mulf %p, %q : f32\n"
             "    %v = arith.addf %o, %t : f32\n    linalg.yield %v : f32")
    chosen = "    %c = arith.cmpf {}, %p, %p : f32\n    %v = arith.select %c, %one, %p : f32"
    with np.errstate(all="ignore"):
        sums = (x.astype(np.float64) * w.T).sum(1)
        magnitudes = (np.abs(x.astype(np.float64)) * np.abs(w.T)).sum(1)
    slack = gamma(12) * magnitudes
    for name, op, value, slope in (
            ("exp", "    %v = math.exp %p : f32", np.exp, np.exp),
            ("unordered", chosen.format("uno"), lambda s: np.where(np.isnan(s), 1, s), np.ones_like),
            ("unequal", chosen.format("une"), lambda s: np.where(np.isnan(s), 1, s), np.ones_like),
            ("below_or_unordered", "    %c = arith.cmpf ult, %p, %zero : f32\n"
             "    %v = arith.select %c, %one, %p : f32",
             lambda s: np.where((s >= 0), s, 1), np.ones_like)):
        body = f"  ^bb0(%p: f32, %o: f32):\n{op}\n    linalg.yield %v : f32"
        with np.errstate(all="ignore"):
            expected = value(sums)
            error = np.where(np.isfinite(sums), slack * 2 * slope(sums + slack), 0)
            error = np.where(np.isfinite(expected), error + 4e-7 * np.abs(expected), 0)
        yield Case(f"{name}_of_sum", [x, w], f"""  %one = arith.constant 1.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : {tensor(y)}) -> {tensor(y)}
  %es = tensor.empty() : {tensor(y)}
  %sum = """ + generic(["(i,j)->(i,j)", "(i,j)->(j,i)", "(i,j)->(i)"], "pr",
                     [("%0", x), ("%1", w)], added, ("%f", y)) + "\n  %r = " + generic(
                         ["(i)->(i)", "(i)->(i)"], "p", [("%sum", y)], body, ("%es", y)),
                   expected, error)


def sum_of_divided_truth(rng):
    """0 / 0, of which only the code generator can tell: the zeros are made of integers, in
    another stage."""
    x, y = rng.standard_normal((6, 8)).astype(np.float32), np.zeros(6, np.float32)
    truths = x.astype(np.int32)
    made = ("  ^bb0(%p: f32, %q: f32, %o: i32):\n    %c = arith.cmpf une, %p, %q : f32\n"
            "    %d = arith.cmpf une, %p, %q : f32\n    %n = arith.xori %c, %d : i1\n"
            "    %t = arith.extui %n : i1 to i32\n    linalg.yield %t : i32")
    added = ("  ^bb0(%p: i32, %o: f32):\n    %u = arith.sitofp %p : i32 to f32\n"
             "    %t = arith.divf %u, %u : f32\n    %v = arith.addf %o, %t : f32\n"
             "    linalg.yield %v : f32")
    return Case("sum_of_divided_truth", [x], f"""  %et = tensor.empty() : {tensor(truths)}
  %n = """ + generic(["(i,j)->(i,j)", "(i,j)->(i,j)", "(i,j)->(i,j)"], "pp",
                     [("%0", x), ("%0", x)], made, ("%et", truths)) + f"""
  %f = linalg.fill ins(%zero : f32) outs(%e : {tensor(y)}) -> {tensor(y)}
  %r = """ + generic(["(i,j)->(i,j)", "(i,j)->(i)"], "pr", [("%n", truths)], added, ("%f", y)),
                np.full(6, np.nan), 0)


def sum_of_divided_zero(rng):
    """The same, of which the zeros are numbers by the time they are read."""
    x, y = rng.standard_normal((4, 6)).astype(np.float32), np.zeros(4, np.float32)
    made = ("  ^bb0(%p: f32, %o: f32):\n    %c = arith.cmpf une, %p, %p : f32\n"
            "    %n = arith.xori %c, %c : i1\n    %t = arith.sitofp %n : i1 to f32\n"
            "    linalg.yield %t : f32")
    added = ("  ^bb0(%p: f32, %o: f32):\n    %q = arith.divf %p, %p : f32\n"
             "    %t = arith.minnumf %q, %q : f32\n    %v = arith.addf %o, %t : f32\n"
             "    linalg.yield %v : f32")
    return Case("sum_of_divided_zero", [x], f"""  %et = tensor.empty() : {tensor(x)}
  %n = """ + generic(["(i,j)->(i,j)", "(i,j)->(i,j)"], "pp", [("%0", x)], made, ("%et", x)) + f"""
  %f = linalg.fill ins(%zero : f32) outs(%e : {tensor(y)}) -> {tensor(y)}
  %r = """ + generic(["(i,j)->(i,j)", "(i,j)->(i)"], "pr", [("%n", x)], added, ("%f", y)),
                np.full(4, np.nan), 0)


def constant_index(rng):
    """Where an element is read follows from a stage before, which gives the same for all."""
    x = rng.standard_normal(8).astype(np.float32)
    y = np.zeros((3, 8), np.float32)
    return Case("constant_index", [x], """  %n = tensor.empty() : tensor<3x8xi32>
  %rows = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} outs(%n : tensor<3x8xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 1 : index
    %k = arith.index_cast %i : index to i32
    %c = arith.constant 17 : i32
    %q = arith.divui %k, %c : i32
    %d = arith.subi %q, %c : i32
    linalg.yield %d : i32
  } -> tensor<3x8xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%rows : tensor<3x8xi32>) outs(%e : tensor<3x8xf32>) {
  ^bb0(%k: i32, %o: f32):
    %low = arith.constant 0 : i32
    %high = arith.constant 7 : i32
    %c0 = arith.maxsi %k, %low : i32
    %c1 = arith.minsi %c0, %high : i32
    %row = arith.index_cast %c1 : i32 to index
    %v = tensor.extract %0[%row] : tensor<8xf32>
    linalg.yield %v : f32
  } -> tensor<3x8xf32>""", np.broadcast_to(x[0], y.shape).astype(np.float64), 0)


def strided(rng):
    """Every third element of what a stage before has stored, up to its last."""
    x = (rng.standard_normal((16, 3, 8)) * 9).astype(np.float32)
    y = np.zeros((3, 16), np.float32)
    body = f"""  %stored = tensor.empty() : tensor<16x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%stored : tensor<16x3xf32>) -> tensor<16x3xf32>
  %m = linalg.reduce {{arith.maximumf}} ins(%0 : {tensor(x)}) outs(%f : tensor<16x3xf32>) dimensions = [2]
  %r = """ + generic(["(i,j)->(j,i)", "(i,j)->(i,j)"], "pp", [("%m", y.T)],
                    "  ^bb0(%p: f32, %o: f32):\n    %v = math.sqrt %p : f32\n    linalg.yield %v : f32",
                    ("%e", y))
    return Case("strided", [x], body, np.sqrt(np.maximum(x.max(2), 0).T.astype(np.float64)), 1e-6)


def conversion():
    """A float that fits what it is converted to, but not what that is cast to."""
    x = np.array([-100, -1.5, 0, 1, 99.9, 200, 300, -300, 40000, -40000], np.float32)
    y = np.zeros(len(x), np.float32)
    body = """  ^bb0(%p: f32, %o: f32):
    %i = arith.fptosi %p : f32 to i32
    %b = arith.trunci %i : i32 to i8
    %h = arith.trunci %i : i32 to i16
    %m = arith.extui %h : i16 to i32
    %k = arith.extsi %b : i8 to i32
    %t = arith.addi %m, %k : i32
    %v = arith.sitofp %t : i32 to f32
    linalg.yield %v : f32"""
    i = x.astype(np.int64)
    expected = (i & 0xFFFF) + ((i + 128) % 256 - 128)
    return Case("fptosi_of_other_widths", [x], "  %r = " + generic(
        ["(i)->(i)"] * 2, "p", [("%0", x)], body, ("%e", y)), expected.astype(np.float64), 0)


def overflows():
    """Integers wrap around, whatever compilers believe of numbers that do not."""
    x = np.array([0, 1, -1, 70000, -70000, 2**31 - 1, -2**31, 2**30, 46341], np.int32)
    y = np.zeros_like(x)
    wide = x.astype(np.int64)

    def wrapped(v):
        return ((v + 2**31) % 2**32 - 2**31).astype(np.float64)
    for name, op, value in (
            ("sum_of_least", "    %c = arith.constant -2147483648 : i32\n"
             "    %v = arith.addi %p, %c : i32", wide - 2**31),
            ("absolute_of_unsigned", "    %c = arith.constant 81 : i32\n"
             "    %m = arith.maxui %p, %c : i32\n    %v = math.absi %m : i32",
             np.abs(np.where((wide & 0xFFFFFFFF) > 81, wide, 81))),
            ("divided_shift", "    %c = arith.constant 19 : i32\n    %m = arith.shli %p, %c : i32\n"
             "    %v = arith.divsi %m, %c : i32",
             np.trunc(wrapped(wide << 19) / 19)),
            ("sign_of_square", "    %m = arith.muli %p, %p : i32\n"
             "    %c = arith.constant 31 : i32\n    %v = arith.shrsi %m, %c : i32",
             wrapped(wide * wide).astype(np.int64) >> 31)):
        body = f"  ^bb0(%p: i32, %o: i32):\n{op}\n    linalg.yield %v : i32"
        yield Case(name, [x], "  %r = " + generic(
            ["(i)->(i)"] * 2, "p", [("%0", x)], body, ("%e", y)), wrapped(value), 0, np.int32)


def divisions():
    """By numbers that the program knows, of which compilers make products."""
    x = np.concatenate([np.arange(-70, 70), [2**31 - 1, -2**31, -2**31 + 1]]).astype(np.int32)
    y = np.zeros_like(x)
    toward_zero = {"divsi": lambda a, b: np.trunc(a / b),
                   "remsi": lambda a, b: np.fmod(a, b),
                   "floordivsi": lambda a, b: np.floor(a / b),
                   "ceildivsi": lambda a, b: np.ceil(a / b)}
    for divisor in (-7, -3, -1, 1, 2, 3, 7, 8, 63):
        for name, formula in toward_zero.items():
            dividends = np.where((divisor == -1) & (x == -2**31), 5, x).astype(np.int32)
            body = f"""  ^bb0(%p: i32, %o: i32):
    %c = arith.constant {divisor} : i32
    %v = arith.{name} %p, %c : i32
    linalg.yield %v : i32"""
            yield Case(f"{name}_{divisor}".replace("-", "m"), [dividends], "  %r = " + generic(
                ["(i)->(i)"] * 2, "p", [("%0", dividends)], body, ("%e", y)),
                formula(dividends.astype(np.float64), divisor), 0, np.int32)


GROUPS = {"products": products, "convolutions": convolutions, "integers": integers, "rows": rows,
          "special": special}


def runs_here(target):
    """Does this machine run it: no emulator is known for AVX-512."""
    if "v4" not in target:
        return True
    with open("/proc/cpuinfo") as file:
        return "avx512_vnni" in file.read()


def kernels(group, make, targets, compiler, rng, pool):
    cases = list(make(rng))
    left_out = [target for target in targets if not runs_here(target)]
    targets = [target for target in targets if runs_here(target)]
    folder = compiler.folder / group
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "module.mlir"
    path.write_text("module {\n" + "".join(case.text() for case in cases) + "}\n")
    variants = [(target, "halide") for target in targets] + [("host", "loops")]
    programs = list(pool.map(lambda v: compiler.compile(path, *v), variants))
    checks = [(case, program) for program in programs for case in cases]
    failures = [line for lines in pool.map(lambda c: c[0].check(c[1]), checks) for line in lines]
    print("\n".join(failures))
    for target in left_out:
        print(f"not run: {target}, which this machine is not")
    print(f"{len(cases)} kernels, {len(programs)} programs, {len(failures)} wrong")
    return bool(failures)
