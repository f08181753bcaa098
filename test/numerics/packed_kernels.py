"""Products with constant weights, which are packed as a target multiplies them.

The numbers of inputs and channels are around those that an instruction and a vector
take. Integers are exact, whatever their zero points; the sums of some overflow 16 bits."""

import numpy as np

import kernels

def constant(name, array):
    return (f'  %{name} = arith.constant dense<"0x{array.tobytes().hex().upper()}"> : '
            f"{kernels.tensor(array)}\n")


def pad(x, by, number, name):
    """x[n, h, w, c] with a border of `number`, which is called `name`, and the text."""
    full = np.pad(x, [(0, 0), (by, by), (by, by), (0, 0)], constant_values=number)
    element = kernels.TYPES[x.dtype]
    return full, f"""  %p = tensor.pad %0 low[0, {by}, {by}, 0] high[0, {by}, {by}, 0] {{
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %{name} : {element}
  }} : {kernels.tensor(x)} to {kernels.tensor(full)}
"""


def convolution(op, x, w, y, start, stride=1, dilation=1):
    """`op` of %p, which is `x`, and %w; less %zx and %zw, if it is one of integers."""
    is_integer = x.dtype == np.int8
    return (f"  %r = linalg.{op} {{dilations = dense<{dilation}> : tensor<2xi64>, "
            f"strides = dense<{stride}> : tensor<2xi64>}} "
            f"ins(%p, %w{', %zx, %zw' if is_integer else ''} : "
            f"{kernels.tensor(x)}, {kernels.tensor(w)}{', i32, i32' if is_integer else ''}) "
            f"outs({start} : {kernels.tensor(y)}) -> {kernels.tensor(y)}\n")


def points(zero):
    """The zero points, and what is around the data."""
    return (f"  %outside = arith.constant {zero} : i8\n  %zx = arith.constant {zero} : i32\n"
            "  %zw = arith.constant 0 : i32\n")


def fill(y):
    return f"  %f = linalg.fill ins(%none : i32) outs(%e : {kernels.tensor(y)}) -> {kernels.tensor(y)}\n"


def integer_convolutions(rng):
    """Channels out and in, width of the window, stride, dilation, pad."""
    for f, c, k, s, d, by in ((16, 16, 3, 1, 1, 1), (10, 3, 3, 2, 1, 1), (17, 5, 2, 1, 2, 0),
                              (64, 6, 1, 1, 1, 0), (1, 9, 3, 1, 1, 1), (33, 1, 3, 2, 1, 1)):
        x = rng.integers(-128, 128, (1, 9, 11, c)).astype(np.int8)
        w = rng.integers(-128, 128, (f, k, k, c)).astype(np.int8)
        bias = rng.integers(-10**6, 10**6, f).astype(np.int32)
        if k > 1:  # the largest products of all
            x[:, :5], w[0] = -128, -128
        zero = int(rng.integers(-128, 128))
        full, padded = pad(x, by, zero, "outside")
        view = kernels.windows(full, (k, k), (s, s), (d, d)).astype(np.int64) - zero
        expected = np.einsum("nhwijc,fijc->nhwf", view, w.astype(np.int64)) + bias
        y = np.zeros(expected.shape, np.int32)
        text = (constant("w", w) + constant("bias", bias) + points(zero) + padded
                + f"  %b = linalg.broadcast ins(%bias : {kernels.tensor(bias)}) "
                  f"outs(%e : {kernels.tensor(y)}) dimensions = [0, 1, 2]\n"
                + convolution("conv_2d_nhwc_fhwc_q", full, w, y, "%b", s, d))
        yield kernels.Case(f"conv_{f}_{c}_{k}_{s}_{d}", [x], text, expected, 0, np.int32)


def integer_depthwise(rng):
    for c, zero in ((32, -128), (7, 3), (64, 0)):
        x = rng.integers(-128, 128, (1, 8, 9, c)).astype(np.int8)
        w = rng.integers(-128, 128, (3, 3, c, 1)).astype(np.int8)
        full, padded = pad(x, 1, zero, "outside")
        view = kernels.windows(full, (3, 3), (1, 1), (1, 1)).astype(np.int64) - zero
        expected = np.einsum("nhwijc,ijcm->nhwcm", view, w.astype(np.int64))
        y = np.zeros(expected.shape, np.int32)
        text = (constant("w", w) + points(zero) + padded + fill(y)
                + convolution("depthwise_conv_2d_nhwc_hwcm_q", full, w, y, "%f"))
        yield kernels.Case(f"depthwise_{c}_{zero}".replace("-", "m"), [x], text, expected, 0, np.int32)


def integer_products(rng):
    for m, k, n in ((1, 640, 128), (5, 13, 19), (9, 32, 16), (30, 66, 70), (4, 2, 8)):
        x = rng.integers(-128, 128, (m, k)).astype(np.int8)
        w = rng.integers(-127, 128, (k, n)).astype(np.int8)
        expected = (x.astype(np.int64) + 3) @ w.astype(np.int64)
        y = np.zeros(expected.shape, np.int32)
        text = (constant("w", w) + points(-3) + fill(y)
                + f"  %r = linalg.quantized_matmul ins(%0, %w, %zx, %zw : {kernels.tensor(x)}, "
                  f"{kernels.tensor(w)}, i32, i32) outs(%f : {kernels.tensor(y)}) -> {kernels.tensor(y)}\n")
        yield kernels.Case(f"matmul_{m}_{k}_{n}", [x], text, expected, 0, np.int32)


def float_products(rng):
    """Weights whose channels are not innermost."""
    for m, k, n in ((1, 7, 5), (6, 33, 40), (17, 16, 9)):
        x = rng.standard_normal((m, k)).astype(np.float32)
        w = rng.standard_normal((n, k)).astype(np.float32)
        y = np.zeros((m, n), np.float32)
        body = kernels.generic(["(m,n,k)->(m,k)", "(m,n,k)->(n,k)", "(m,n,k)->(m,n)"], "ppr",
                               [("%0", x), ("%w", w)], kernels.MULTIPLY_ADD, ("%f", y))
        yield kernels.summed(f"transposed_{m}_{k}_{n}", [x],
                             constant("w", w) + kernels.zeros(y) + "  %r = " + body,
                             "mk,nk->mn", [x, w], k)
    x = rng.standard_normal((1, 9, 8, 5)).astype(np.float32)
    w = rng.standard_normal((12, 3, 3, 5)).astype(np.float32)
    full, padded = pad(x, 1, 0, "zero")
    view = kernels.windows(full, (3, 3), (1, 1), (1, 1))
    y = np.zeros((1, 9, 8, 12), np.float32)
    yield kernels.summed("conv_fhwc", [x], constant("w", w) + padded + kernels.zeros(y)
                         + convolution("conv_2d_nhwc_fhwc", full, w, y, "%f"),
                         "nhwijc,fijc->nhwf", [view, w], 45)


def cases(rng):
    for make in (integer_convolutions, integer_depthwise, integer_products, float_products):
        yield from make(rng)
