"""What each format makes of a matrix, and a row of activations of itself.

f16 rounds to nearest even. i8 gives each output channel the scale amax / 127 and
rounds x / scale to the nearest integer, ties to even, all in f32. i8g does so for each
group of 32, with the scale rounded to f16, and has a scale for each group of activations. i4m puts a group from its least number, or
zero, to its largest on 0 ... 15, with scale and minimum rounded to f16. i4 searches the
scale of each group of 32; what it found is read back through `eke.embed` and
judged here (`judge_i4`) by what any such scale must satisfy, and against the rule
of ggml's Q4_0.
"""

import numpy as np

from bounded import Bounded, TINY, U, gamma

GROUP = 32


def to_i8(w):
    """The integers of `w`, and the scale of each row."""
    amax = np.abs(w).max(axis=1)
    scales = (amax / np.float32(127)).astype(np.float32)
    divisors = np.where(scales == 0, np.float32(1), scales)
    return np.rint(w / divisors[:, None]).astype(np.float64), scales.astype(np.float64)


def groups_of(w):
    """The rows in groups of 32, [row, group, input], with zeros where inputs are missing."""
    rows, inputs = w.shape
    groups = -(-inputs // GROUP)
    padded = np.pad(w, ((0, 0), (0, groups * GROUP - inputs)))
    return padded.reshape(rows, groups, GROUP)


def half(x):
    """Rounded to f16, as f32."""
    return x.astype(np.float16).astype(np.float32)


def to_i8g(w):
    """The integers of `w`, [row, group, input], and the scale of each group."""
    w = groups_of(w)
    scales = half(np.abs(w).max(axis=2, keepdims=True) / np.float32(127))
    divisors = np.where(scales == 0, np.float32(1), scales)
    return np.clip(np.rint(w / divisors), -127, 127) * (scales != 0), scales


def to_i4m(w):
    """The integers of `w`, [row, group, input], the scale and the minimum of each group."""
    w = groups_of(w)
    minima = half(np.minimum(w.min(axis=2, keepdims=True), 0))
    spans = np.maximum(w.max(axis=2, keepdims=True) - minima, 0)
    scales = half(spans / np.float32(15))
    divisors = np.where(scales == 0, np.float32(1), scales)
    return np.clip(np.rint((w - minima) / divisors), 0, 15) * (scales != 0), scales, minima


def numbers(w, storage):
    """What `eke.embed` reads of a matrix in a format but i4."""
    if storage != "i4m":
        return Bounded(stored(w, storage))
    values, scales, minima = (a.astype(np.float64) for a in to_i4m(w))
    # The product may be rounded, or fused with the sum.
    found = Bounded(values) * Bounded(scales) + Bounded(minima)
    return found.map(lambda a: np.broadcast_to(a, values.shape).reshape(len(w), -1)[:, :w.shape[1]])


def stored(w, storage):
    """The numbers that a matrix of f32 stands for in a format but i4 and i4m."""
    if storage == "i8g":
        values, scales = to_i8g(w)
        return np.float32(values * scales).reshape(len(w), -1)[:, :w.shape[1]].astype(np.float64)
    if storage == "f16":
        return w.astype(np.float16).astype(np.float64)
    if storage == "i8":
        values, scales = to_i8(w)
        # One product of f32, rounded.
        return np.float32(values * scales[:, None]).astype(np.float64)
    return w.astype(np.float64)


def quantize(x):
    """Integers q = round(127 x / amax), and the scale amax / 127 of each row.

    The program multiplies x by the f32 nearest to 127 / amax: two roundings. Where
    they could carry 127 x / amax across a tie, q is uncertain by one; a factor that
    is a power of two carries nothing."""
    amax = x.abs().max(axis=1)
    largest = np.maximum(amax.v, 1e-30)[:, None]
    t = 127 * x.v / largest
    e = 127 * x.e / largest + np.abs(t) * (amax.e[:, None] / largest)
    factor, _ = np.frexp(127 / largest)
    exact = (factor == 0.5) & (e == 0)
    e = np.where(exact, 0, e * (1 + 2 * U) + 2 * U * np.abs(t))
    integers = Bounded(t, e).round(np.rint)
    # One product of an f32 and a constant. Where it gives a power of two, the integers
    # themselves are asked for, as no product with it is rounded.
    scale = np.float32(amax.v) * np.float32(1 / 127)
    exact = (amax.e == 0) & (np.frexp(scale)[0] == 0.5)
    return integers, Bounded(scale, np.where(exact, 0, amax.e / 127 * (1 + U) + U * scale))


def linear_i8(x, w):
    values, scales = to_i8(w)
    q, row_scales = quantize(x)
    sums = Bounded(q.v @ values.T, q.e @ np.abs(values).T)
    # sums are below 2^24 in every test, so that they are exact in f32.
    assert (sums.magnitude < 2**24).all()
    return sums * row_scales[:, None] * Bounded(scales)


def linear_i4(x, dequantized):
    """Sums of a group are exact integers times the scale. Adding up G groups rounds
    each product and each sum: g(G) sum |scale * integer|."""
    q, row_scales = quantize(x)
    qv, qe, w = (groups_of(a) for a in (q.v, q.e, dequantized))
    groups = qv.shape[1]
    parts = np.einsum("mgk,ngk->mng", qv, w)
    uncertain = np.einsum("mgk,ngk->mng", qe, np.abs(w))
    products = Bounded(parts, uncertain)
    total = products.sum(axis=2)
    size = products.magnitude.sum(axis=2)
    if not ((total.e == 0).all() and (parts == np.rint(parts)).all()):
        total = Bounded(total.v, uncertain.sum(axis=2) + gamma(groups) * size + TINY)
    return total * row_scales[:, None]


def quantize_groups(x):
    """As `quantize`, for each group of inputs: integers [row, group, input] and scales."""
    v, e = groups_of(x.v), groups_of(x.e)
    q, scales = quantize(Bounded(v.reshape(-1, GROUP), e.reshape(-1, GROUP)))
    return q.reshape(*v.shape), scales.reshape(*v.shape[:2])


def scaled_dots(q, row_scales, values, scales):
    """[row, channel, group]: the exact sum of a group times two scales."""
    dots = Bounded(np.einsum("mgk,ngk->mng", q.v, values),
                   np.einsum("mgk,ngk->mng", q.e, np.abs(values)))
    return dots * row_scales[:, None] * Bounded(scales[:, :, 0])


def linear_i8g(x, w):
    values, scales = (a.astype(np.float64) for a in to_i8g(w))
    return scaled_dots(*quantize_groups(x), values, scales).sum(axis=2)


def linear_i4m(x, w):
    """As i8g, and of each group the minimum times the sum of its inputs."""
    values, scales, minima = (a.astype(np.float64) for a in to_i4m(w))
    q, row_scales = quantize_groups(x)
    dots = scaled_dots(q, row_scales, values, scales)
    added = (q.sum(axis=2) * row_scales)[:, None] * Bounded(minima[:, :, 0])
    terms = Bounded(np.concatenate([dots.v, added.v], axis=2),
                    np.concatenate([dots.e, added.e], axis=2))
    return terms.sum(axis=2)


def ggml_q4_0(x):
    """The scale and integers of ggml's Q4_0 for one group, as numbers."""
    largest = x[np.argmax(np.abs(x))]
    scale = float(np.float16(largest / -8))
    if scale == 0:
        return np.zeros_like(x)
    return scale * np.clip(np.floor(x / scale + 8.5) - 8, -8, 7)


def find_scale(values):
    """An f16 of which all `values` are multiples by -8 ... 7, or None."""
    nonzero = np.abs(values[values != 0])
    if not len(nonzero):
        return 0.0
    for multiple in range(1, 9):
        for sign in (1, -1):
            scale = sign * nonzero.min() / multiple
            q = values / scale
            if (float(np.float16(scale)) == scale and (q == np.rint(q)).all()
                    and q.min() >= -8 and q.max() <= 7):
                return scale
    return None


def judge_i4(w, stored_as):
    """Says what is wrong with the numbers that an i4 matrix stands for."""
    for n, (row, numbers) in enumerate(zip(w.astype(np.float64), stored_as)):
        for k in range(0, len(row), GROUP):
            x, y = row[k:k + GROUP], numbers[k:k + GROUP]
            where = f"row {n}, inputs from {k}"
            scale = find_scale(y)
            if scale is None:
                return f"{where}: no f16 scale with multiples in -8 ... 7"
            if scale:
                nearest = scale * np.clip(np.rint(x / scale), -8, 7)
                if (np.abs(x - y) > np.abs(x - nearest) * (1 + 1e-5) + 1e-12).any():
                    return f"{where}: not rounded to the nearest multiple"
            error, q4_0 = ((x - y)**2).sum(), ((x - ggml_q4_0(x))**2).sum()
            if error > q4_0 * (1 + 1e-5) + 1e-12:
                return f"{where}: squared error {error}, Q4_0 has {q4_0}"
    return None
