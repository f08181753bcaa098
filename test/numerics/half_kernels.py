"""Arithmetic on f16: each result is the f16 nearest to the exact one, also on the way of a
sum. So all is compared bit for bit with NumPy's f16, which adds up in the order of loops."""

import numpy as np

from kernels import Case, generic, named, tensor, windows


def halves(rng, *shape):
    return rng.standard_normal(shape).astype(np.float16)


def zeros(array):
    return (f"  %zh = arith.constant 0.0 : f16\n"
            f"  %f = linalg.fill ins(%zh : f16) outs(%e : {tensor(array)}) -> {tensor(array)}\n")


def add_up(terms):
    """The sum over the first axis, rounded after each term."""
    total = np.zeros(terms.shape[1:], np.float16)
    for term in terms:
        total = total + term
    return total


def case(name, inputs, body, expected):
    assert expected.dtype == np.float16
    return Case(name, inputs, body, expected.astype(np.float64), 0, np.float16)


def elementwise(rng):
    special = np.array([0, -0.0, 1, -2, 6e-8, 6e-5, 65504, np.inf, -np.inf, np.nan, 0.1, 1000],
                       np.float16)
    a, b = (g.ravel() for g in np.meshgrid(np.concatenate([special, halves(rng, 25)]),
                                           np.concatenate([special, halves(rng, 25)])))
    y = np.zeros_like(a)
    for name, numpy in (("addf", np.add), ("subf", np.subtract), ("mulf", np.multiply),
                        ("divf", np.divide), ("maximumf", np.maximum), ("minnumf", np.fmin)):
        body = (f"  ^bb0(%p: f16, %q: f16, %o: f16):\n    %v = arith.{name} %p, %q : f16\n"
                "    linalg.yield %v : f16")
        with np.errstate(all="ignore"):
            yield case(f"half_{name}", [a, b], "  %r = " + generic(
                ["(i)->(i)"] * 3, "p", [("%0", a), ("%1", b)], body, ("%e", y)), numpy(a, b))
    root = "  ^bb0(%p: f16, %o: f16):\n    %v = math.sqrt %p : f16\n    linalg.yield %v : f16"
    with np.errstate(all="ignore"):
        yield case("half_sqrt", [a], "  %r = " + generic(
            ["(i)->(i)"] * 2, "p", [("%0", a)], root, ("%e", y)), np.sqrt(a))
    relu = ("  %zh = arith.constant 0.0 : f16\n  %r = " + generic(
        ["(i)->(i)"] * 3, "p", [("%0", a), ("%1", b)], """  ^bb0(%p: f16, %q: f16, %o: f16):
    %c = arith.cmpf ogt, %p, %q : f16
    %n = arith.negf %q : f16
    %v = arith.select %c, %zh, %n : f16
    linalg.yield %v : f16""", ("%e", y)))
    yield case("half_select", [a, b], relu, np.where(a > b, np.float16(0), -b))


def products(rng):
    for m, k, n in ((7, 33, 64), (1, 40, 129), (16, 64, 48)):
        x, w = halves(rng, m, k), halves(rng, k, n)
        y = np.zeros((m, n), np.float16)
        yield case(f"half_matmul_{m}_{k}_{n}", [x, w], zeros(y) + named("matmul", "", x, w, y),
                   add_up(x.T[:, :, None] * w[:, None, :]))
    for c, f, kernel, stride in ((16, 24, 3, 1), (5, 9, 3, 2)):
        x, w = halves(rng, 1, 11, 10, c), halves(rng, kernel, kernel, c, f)
        seen = windows(x, (kernel, kernel), (stride, stride), (1, 1))
        terms = np.moveaxis(seen.reshape(*seen.shape[:3], -1), -1, 0)
        expected = add_up(terms[..., None] * w.reshape(-1, f)[:, None, None, None, :])
        attributes = f"{{dilations = dense<1> : tensor<2xi64>, strides = dense<{stride}> : tensor<2xi64>}}"
        yield case(f"half_conv_{c}_{f}_{stride}", [x, w],
                   zeros(expected) + named("conv_2d_nhwc_hwcf", attributes, x, w, expected), expected)
    x, w = halves(rng, 1, 12, 13, 24), halves(rng, 3, 3, 24)
    seen = windows(x, (3, 3), (1, 1), (1, 1))
    terms = np.moveaxis(seen.reshape(*seen.shape[:3], 9, 24), 3, 0)
    expected = add_up(terms * w.reshape(9, 1, 1, 1, 24))
    yield case("half_depthwise", [x, w], zeros(expected) + named(
        "depthwise_conv_2d_nhwc_hwc",
        "{dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}", x, w, expected),
        expected)


def rows(rng):
    x = halves(rng, 9, 37)
    y = np.zeros(9, np.float16)
    yield case("half_sum", [x], zeros(y) + f"  %r = linalg.reduce {{arith.addf}} ins(%0 : {tensor(x)}) "
               f"outs(%f : {tensor(y)}) dimensions = [1]", add_up(x.T))
    y = np.ascontiguousarray(x.T)
    yield case("half_transpose", [x], f"  %r = linalg.transpose ins(%0 : {tensor(x)}) "
               f"outs(%e : {tensor(y)}) permutation = [1, 0]", y)


def cases(rng):
    yield from elementwise(rng)
    yield from products(rng)
    yield from rows(rng)
