"""What networks are made of beside products and rows: grouped and transposed
convolutions, resizing, gathering, transposes, tensors side by side."""

import numpy as np

from kernels import Case, gamma, named, summed, tensor, zeros


def grouped(rng):
    for groups, c, f, stride in ((4, 8, 16, 1), (3, 1, 5, 2), (2, 7, 3, 1)):
        x = rng.standard_normal((1, groups, c, 9, 10)).astype(np.float32)
        w = rng.standard_normal((f, groups, c, 3, 3)).astype(np.float32)
        view = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(3, 4))
        view = view[:, :, :, ::stride, ::stride]
        y = np.zeros((1, groups, f, *view.shape[3:5]), np.float32)
        attributes = f"{{dilations = dense<1> : tensor<2xi64>, strides = dense<{stride}> : tensor<2xi64>}}"
        yield summed(f"grouped_{groups}_{c}_{f}_{stride}", [x, w],
                     zeros(y) + named("conv_2d_ngchw_fgchw", attributes, x, w, y),
                     "ngchwij,fgcij->ngfhw", [view, w], c * 9)


def transposed(rng):
    """Each input adds a window of the weight to the result."""
    for c, f, k, stride in ((16, 24, 3, 2), (5, 7, 2, 2), (3, 8, 4, 1)):
        x = rng.standard_normal((1, 5, 6, c)).astype(np.float32)
        w = rng.standard_normal((f, k, k, c)).astype(np.float32)
        bias = rng.standard_normal(f).astype(np.float32)
        shape = (1, (5 - 1) * stride + k, (6 - 1) * stride + k, f)
        expected, size = np.zeros(shape), np.zeros(shape)
        for i in range(5):
            for j in range(6):
                at = (0, slice(i * stride, i * stride + k), slice(j * stride, j * stride + k))
                expected[at] += np.einsum("c,fabc->abf", x[0, i, j].astype(np.float64), w)
                size[at] += np.einsum("c,fabc->abf", np.abs(x[0, i, j]).astype(np.float64), np.abs(w))
        body = f"""  %z = "tosa.const"() {{values = dense<0.0> : tensor<1xf32>}} : () -> tensor<1xf32>
  %r = tosa.transpose_conv2d %0, %1, %2, %z, %z {{acc_type = f32, out_pad = array<i64: 0, 0, 0, 0>,
      stride = array<i64: {stride}, {stride}>}} : ({tensor(x)}, {tensor(w)}, {tensor(bias)},
      tensor<1xf32>, tensor<1xf32>) -> tensor<{'x'.join(map(str, shape))}xf32>
"""
        yield Case(f"transposed_{c}_{f}_{k}_{stride}", [x, w, bias], body, expected + bias,
                   gamma(k * k * c + 2) * (size + np.abs(bias)))


def resized(rng):
    """Twice as large less one: every second element is between two."""
    for mode, c in (("BILINEAR", 16), ("NEAREST_NEIGHBOR", 5)):
        x = rng.standard_normal((1, 5, 7, c)).astype(np.float32)
        rows, columns = np.arange(9) / 2, np.arange(13) / 2
        if mode == "BILINEAR":
            def between(a, at, axis):
                low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
                part = (at - low).reshape([-1 if d == axis else 1 for d in range(4)])
                return a.take(low, axis) * (1 - part) + a.take(high, axis) * part
            expected = between(between(x.astype(np.float64), rows, 1), columns, 2)
        else:
            nearest = [np.floor(at + 0.5).astype(int) for at in (rows, columns)]
            expected = x.take(nearest[0], 1).take(nearest[1], 2).astype(np.float64)
        body = f"""  %scale = tosa.const_shape {{values = dense<[4, 2, 4, 2]> : tensor<4xindex>}} : () -> !tosa.shape<4>
  %by = tosa.const_shape {{values = dense<[0, 0]> : tensor<2xindex>}} : () -> !tosa.shape<2>
  %r = tosa.resize %0, %scale, %by, %by {{mode = {mode}}} : ({tensor(x)}, !tosa.shape<4>,
      !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x9x13x{c}xf32>
"""
        yield Case(f"resize_{mode.lower()}", [x], body, expected,
                   gamma(6) * np.abs(x).max() if mode == "BILINEAR" else 0)


def moved(rng):
    x = rng.standard_normal((1, 50, 33)).astype(np.float32)
    at = rng.integers(0, 50, (1, 7)).astype(np.int32)
    at[0, :2] = 0, 49
    yield Case("gather", [x, at], f"  %r = tosa.gather %0, %1 : ({tensor(x)}, {tensor(at)}) "
               "-> tensor<1x7x33xf32>\n", x[:, at[0]].astype(np.float64), 0)
    for shape, order in (((37, 50), (1, 0)), ((2, 19, 33), (0, 2, 1)), ((3, 17, 18), (2, 1, 0)),
                         ((1, 9, 8, 20), (0, 3, 1, 2)), ((5, 4), (1, 0))):
        x = rng.standard_normal(shape).astype(np.float32)
        y = np.ascontiguousarray(x.transpose(order))
        yield Case("transpose_" + "_".join(map(str, (*shape, *order))), [x],
                   f"  %r = linalg.transpose ins(%0 : {tensor(x)}) outs(%e : {tensor(y)}) "
                   f"permutation = [{', '.join(map(str, order))}]\n", y.astype(np.float64), 0)
    a, b = (rng.standard_normal((3, n, 5)).astype(np.float32) for n in (4, 7))
    yield Case("concat", [a, b], f"  %r = tensor.concat dim(1) %0, %1 : ({tensor(a)}, {tensor(b)}) "
               "-> tensor<3x11x5xf32>\n", np.concatenate([a, b], 1).astype(np.float64), 0)
    x = rng.standard_normal((4, 6, 9)).astype(np.float32)
    body = f"""  %r = tensor.pad %0 low[0, 2, 1] high[1, 0, 3] {{
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  }} : {tensor(x)} to tensor<5x8x13xf32>
"""
    two = f"""  %q = tensor.pad %0 low[0, 0, -2] high[2, 0, 3] {{
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  }} : {tensor(x)} to tensor<6x6x10xf32>
  %r = tensor.pad %q low[-1, 0, 4] high[0, -3, 0] {{
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  }} : tensor<6x6x10xf32> to tensor<5x3x14xf32>
"""
    once = np.pad(x, [(0, 2), (0, 0), (0, 3)])[:, :, 2:]
    yield Case("pad_twice", [x], two, np.pad(once, [(0, 0), (0, 0), (4, 0)])[1:, :3].astype(np.float64), 0)
    yield Case("pad", [x], body, np.pad(x, [(0, 1), (2, 0), (1, 3)]).astype(np.float64), 0)


def placed(rng):
    """What is reduced where it lies in a larger tensor, at no multiple of a vector."""
    x = rng.integers(-128, 128, (8, 4, 32)).astype(np.int8)
    y = np.zeros(32, np.int8)
    body = f"""  %ones = arith.constant -1 : i8
  %outside = arith.constant 0 : i8
  %t = tensor.empty() : {tensor(y)}
  %f = linalg.fill ins(%ones : i8) outs(%t : {tensor(y)}) -> {tensor(y)}
  %v = linalg.generic {{indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (c)>],
      iterator_types = ["reduction", "reduction", "parallel"]}} ins(%0 : {tensor(x)}) outs(%f : {tensor(y)}) {{
  ^bb0(%p: i8, %o: i8):
    %both = arith.andi %o, %p : i8
    linalg.yield %both : i8
  }} -> {tensor(y)}
  %r = tensor.pad %v low[1] high[0] {{
  ^bb0(%i: index):
    tensor.yield %outside : i8
  }} : {tensor(y)} to tensor<33xi8>
"""
    expected = np.concatenate([[0], np.bitwise_and.reduce(x, axis=(0, 1))])
    yield Case("placed", [x], body, expected.astype(np.float64), 0, np.int8)


def causal(rng):
    """A convolution along time that sees no later input."""
    x = rng.standard_normal((1, 21, 12)).astype(np.float32)
    w = rng.standard_normal((4, 12, 10)).astype(np.float32)
    y = np.zeros((1, 21, 10), np.float32)
    full = np.pad(x, [(0, 0), (3, 0), (0, 0)])
    view = np.lib.stride_tricks.sliding_window_view(full, 4, axis=1)
    body = f"""  %p = tensor.pad %0 low[0, 3, 0] high[0, 0, 0] {{
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  }} : {tensor(x)} to {tensor(full)}
""" + zeros(y) + f"""  %r = linalg.conv_1d_nwc_wcf {{dilations = dense<1> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>}}
      ins(%p, %1 : {tensor(full)}, {tensor(w)}) outs(%f : {tensor(y)}) -> {tensor(y)}
"""
    yield summed("causal", [x, w], body, "nwck,kcf->nwf", [view, w], 48)


def cases(rng):
    for make in (grouped, transposed, resized, moved, placed, causal):
        yield from make(rng)
