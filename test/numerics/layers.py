"""The formulas of dialects/eke/EkeOps.td on `Bounded` rows."""

import numpy as np

import formats
from bounded import Bounded, TINY, TINY_QUOTIENT, U, ULPS, dot, gamma


# Of formats that quantise rows: products of integers. i4 takes what the matrix stands for.
INTEGER_PRODUCTS = {
    "i8": lambda x, w, _: formats.linear_i8(x, w),
    "i4": lambda x, _, dequantized: formats.linear_i4(x, dequantized),
    "i8g": lambda x, w, _: formats.linear_i8g(x, w),
    "i4m": lambda x, w, _: formats.linear_i4m(x, w),
}


def linear(x, w, storage, dequantized=None):
    """`dequantized`: what an i4 matrix stands for."""
    if storage in INTEGER_PRODUCTS:
        return INTEGER_PRODUCTS[storage](x, w, dequantized)
    return dot(x, Bounded(formats.stored(w, storage)))


def norm(x, weight, epsilon, bias=None, groups=1, centered=False, plus_one=False):
    rows, columns = x.shape
    x = x.reshape(rows * groups, columns // groups)
    per_column = Bounded.constant(1 / x.shape[1])
    if centered:
        x = x - (x.sum(axis=1) * per_column)[:, None]
    squares = (x * x).sum(axis=1)
    scale = (squares * per_column + Bounded(np.float32(epsilon))).apply("rsqrt")
    y = x * scale[:, None]
    if weight is not None:
        y = y * (Bounded(np.ones(weight.shape)) + weight if plus_one else weight)
    return (y if bias is None else y + bias).reshape(rows, columns)


def softcap(x, cap):
    """As x / cap may be rounded twice, of a product with 1 / cap."""
    cap = np.float32(cap)
    small = x * Bounded(1 / np.float64(cap), 2.0**-24 / np.float64(cap))
    return small.apply("tanh") * Bounded(np.float64(cap))


def sign_of(index):
    """1 or -1: bit 32 of SplitMix64."""
    most = 2**64 - 1
    z = ((index + 1) * 0x9e3779b97f4a7c15) & most
    z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & most
    z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & most
    return 1 - 2 * (not (z >> 32) & 1)


def rotation(size):
    """The matrix by which `eke.rotate` multiplies rows of this length."""
    inner = min(size & -size, 64)
    outer = size // inner
    bits = np.array([[bin(b & d).count("1") for d in range(inner)] for b in range(inner)])
    hadamard = (-1.0) ** bits / np.sqrt(inner)
    k = np.arange(outer)
    cosines = np.sqrt(2 / outer) * np.cos(np.pi * k[:, None] * (2 * k + 1) / (2 * outer))
    cosines[0] /= np.sqrt(2)
    return np.kron(*(np.ones((1, 1)) if len(factor) == 1 else
                     np.array([[sign_of(i)] for i in range(len(factor))]) * factor
                     for factor in (cosines, hadamard)))


def rotate(x, parts=1, inverse=False):
    """Both factors are stored in f32, and what is between their sums is rounded once more."""
    rows, columns = x.shape
    matrix = rotation(columns // parts)
    matrix = matrix if inverse else matrix.T
    split = x.reshape(rows * parts, columns // parts)
    return dot(split, Bounded(matrix, 2.0**-22 * np.abs(matrix))).reshape(rows, columns)


def rope_table(rows, position, theta, head_dim, factors=None, magnitude=1.0):
    frequency = theta ** (-2.0 * np.arange(head_dim // 2) / head_dim)
    frequency = frequency * (1 if factors is None else np.array(factors))
    frequency = Bounded(frequency, np.abs(frequency - np.float32(frequency)))
    angle = Bounded(position + np.arange(rows))[:, None] * frequency
    table = stack([angle.apply("cos"), angle.apply("sin")], axis=1)
    return table if magnitude == 1 else table * Bounded.constant(magnitude)


def rope(x, table, head_dim=None):
    rows, width = x.shape
    half = table.shape[2]
    x = x.reshape(rows, -1, head_dim or 2 * half)
    c, s = table[:, None, 0], table[:, None, 1]
    left, right, rest = x[:, :, :half], x[:, :, half:2 * half], x[:, :, 2 * half:]
    parts = [left * c - right * s, right * c + left * s, rest]
    return Bounded(np.concatenate([p.v for p in parts], axis=2),
                   np.concatenate([p.e for p in parts], axis=2)).reshape(rows, width)


def attention(query, key, value, position, caches, heads, kv_heads, scale, window=None, cap=None,
              length=None, fold=1):
    """`caches`: the key and the value cache as {"k": …, "v": …}, updated here. Rows and entries
    are sub-tokens, `fold` of a token; what is given counts tokens."""
    rows, width = query.shape
    position *= fold
    size = width // heads
    for name, new in (("k", key), ("v", value)):
        new = to_f16(new) if caches["element"] == "f16" else new
        for part in ("v", "e"):  # value and error
            cache = getattr(caches[name], part)
            cache[position:position + rows] = getattr(new, part).reshape(rows, kv_heads, size)
    results = []
    for m in range(rows):
        end = position + (m // fold + 1) * fold
        seen = slice(max(0, end - window * fold) if window else 0,
                     length * fold if length else end)
        keys, values = caches["k"][seen], caches["v"][seen]
        for h in range(heads):
            g = h // (heads // kv_heads)
            q = query[m:m + 1, h * size:(h + 1) * size]
            scores = dot(q, keys[:, g])[0] * Bounded(np.float32(scale))
            scores = softcap(scores, cap) if cap else scores
            results.append(softmax_mean(scores, values[:, g]))
    return stack(results, axis=0).reshape(rows, width)


def softmax_mean(scores, values):
    """sum_j p_j values[j] with p = softmax(scores).

    Subtracting the largest score changes no p, except that it is rounded: error
    u |score - peak|. Scores that are off by e_j then change p_j by a factor within
    exp(+-(e_j + max e)) = 1 +- r_j, and the mean y by
    sum_j (p'_j - p_j) (v_j - y) <= sum_j p_j r_j |v_j - y|, as both p add up to 1.
    Exponentials, their sum over n terms, the dot and the quotient round:
    (ulps of exp + g(n - 1) + g(n) + u) sum p_j |v_j|."""
    n = scores.shape[0]
    below = scores.v - scores.v.max()
    e = scores.e + U * (np.abs(below) + scores.e + scores.e.max())
    p = np.exp(below) / np.exp(below).sum()
    r = np.expm1(e + e.max())
    mean = p @ values.v
    moved = (p * r) @ np.abs(values.v - mean) + (p * (1 + r)) @ values.e
    rounding = 2 * U * ULPS["exp"] + gamma(n - 1) + gamma(n) + U
    return Bounded(mean, moved + rounding * ((p * (1 + r)) @ values.magnitude) + TINY)


def to_f16(x):
    """What is exact rounds as IEEE says; else the nearest f16 may be another one, at
    most half a unit in the last place from what is rounded."""
    own = 2.0**-11 * x.magnitude + 2.0**-25
    return Bounded(np.where(x.e == 0, np.float16(x.v).astype(np.float64), x.v),
                   np.where(x.e == 0, 0, x.e + own))


def empty_caches(context, kv_heads, size, element):
    caches = {name: Bounded(np.zeros((context, kv_heads, size))) for name in "kv"}
    for cache in caches.values():
        cache.e = np.zeros(cache.shape)  # may be written
    return {**caches, "element": element}


def activation(x, name):
    if name == "relu":
        return x.maximum(Bounded(np.zeros(x.shape)))
    if name == "silu":
        # The slope is at most 1.1. The exponential, the sum and the quotient round;
        # before, the former is at most all of the sum.
        v = x.v / (1 + np.exp(-x.v))
        own = (2 * ULPS["exp"] + 2) * U
        return Bounded(v, 1.1 * x.e + own * (np.abs(v) + 1.1 * x.e) + TINY_QUOTIENT)
    if name == "gelu":
        inner = x * Bounded.constant(np.sqrt(0.5))
        return (x * Bounded(0.5)) * (inner.apply("erf") + Bounded(1.0))
    cube = (x * x) * (x * Bounded.constant(0.044715))
    inner = (x + cube) * Bounded.constant(np.sqrt(2 / np.pi))
    return (x * Bounded(0.5)) * (inner.apply("tanh") + Bounded(1.0))


def stack(parts, axis):
    return Bounded(np.stack([p.v for p in parts], axis), np.stack([p.e for p in parts], axis))
