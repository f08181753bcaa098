"""Modules that exercise one kind of layer each, with inputs.

Rows and widths lie around the tiles of the schedules: 4 rows (2 on x86), 8 or 16
output channels, 4 or 8 lanes, groups of 32 inputs.
"""

import numpy as np

from bounded import Bounded
from compare import Case
from graph import Function, Module
from layers import INTEGER_PRODUCTS

ROWS = [1, 3, 4, 5, 7, 16]
# Every width and every depth with some others.
SHAPES = {  # inputs: output channels
    1: [1, 9], 3: [7], 4: [8, 13], 5: [64], 31: [15], 32: [64, 9],
    33: [1, 16], 37: [7, 64], 64: [8, 17], 192: [9],
}
STORAGES = [
    "f32", "f16", "i8", "i8g", "i4", "i4m",
]
SHARED = (520, 512)  # enough work that the schedule shares it out to threads


def floats(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def linear(storage, rng):
    module, cases = Module(), []
    for k, widths in [*SHAPES.items(), (SHARED[1], [SHARED[0]])]:
        rows = ROWS if k == 37 else [1, 4, 7] if k % 2 else [1, 3, 5]
        f = Function(module, f"k{k}", rows=rows)
        x = f.argument("x", k)
        for i, n in enumerate(widths):
            w = module.weight(floats(rng, n, k), storage)
            f.results.append(f.linear(x, w, module.weight(floats(rng, n)) if i % 2 else None))
        cases += [Case(f, [floats(rng, m, k)], m, looseness=looseness(storage),
                       threads=3 if k == SHARED[1] else 1) for m in rows]
    if storage in INTEGER_PRODUCTS:
        cases.append(integers(module, storage, rng))
        cases.append(zeros(module, storage))
    return module, cases


def looseness(storage):
    # One activation in a thousand lies at a tie, and is worth a quantum.
    return 2e-2 if storage in INTEGER_PRODUCTS else 1e-3


def integers(module, storage, rng):
    """All scales are 1, so that the results are the integer sums themselves, whose
    bound is 0. Rows hold the extremes, for which narrow sums are closest to an
    overflow, and ties of the rounding."""
    f = Function(module, "integers", rows=[7])
    x = f.argument("x", 64)
    low, high = {"i4": (-8, 7), "i4m": (-5, 10)}.get(storage, (-127, 127))
    w = rng.integers(low, high + 1, (13, 64))
    w[0], w[1], w[2] = high, low, np.where(np.arange(64) % 2, low, high)
    w[:, ::32] = low  # Every group has the value that makes its scale 1,
    w[:, 1::32] = high  # or the two.
    f.results.append(f.linear(x, module.weight(w, storage)))
    rows = rng.integers(-127, 128, (7, 64)).astype(np.float32)
    rows[0], rows[1], rows[2] = 127, -127, np.where(np.arange(64) % 2, 127, -127)
    rows[3, ::2] = np.arange(32) - 16.5
    rows[:, [5, 37]] = 127  # in every group
    return Case(f, [rows], 7, looseness=0)


def zeros(module, storage):
    """A row of zeros has no scale, nor has a channel of zeros."""
    f = Function(module, "zeros", rows=[4])
    x = f.argument("x", 33)
    w = np.ones((9, 33))
    w[3] = 0
    f.results.append(f.linear(x, module.weight(w, storage)))
    rows = np.zeros((4, 33), np.float32)
    rows[2] = 1
    return Case(f, [rows], 4, looseness=1e-4)


def embed(rng):
    """The numbers are those of the format, bit for bit."""
    module, cases = Module(), []
    for storage in STORAGES:
        for n, k in ((1, 1), (7, 13), (8, 32), (9, 37), (64, 64)):
            f = Function(module, f"{storage}_{n}x{k}", rows=[1, 5])
            f.results = [f.embed(f.tokens("tokens"), module.weight(floats(rng, n, k), storage))]
            for m in f.rows:
                tokens = rng.integers(0, n, m).astype(np.int32)
                tokens[0] = n - 1
                cases.append(Case(f, [tokens], m, looseness=0))
    f = Function(module, "scaled", rows=[1, 5])
    f.results = [f.embed(f.tokens("tokens"), module.weight(floats(rng, 7, 13)), 13.856406)]
    cases += [Case(f, [rng.integers(0, 7, m).astype(np.int32)], m) for m in f.rows]
    return module, cases


def positions(rng):
    """Learned positions, which are looked up, not computed."""
    module, cases = Module(), []
    for storage in ("f32", "f16", "i8"):
        for n, k in ((5, 1), (9, 13), (17, 32)):
            f = Function(module, f"{storage}_{n}x{k}", rows=[1, 5])
            x, position = f.argument("x", k), f.position("position")
            f.results = [f.embed_positions(x, position, module.weight(floats(rng, n, k), storage))]
            for m in f.rows:
                for at in {0, n - m}:
                    cases.append(Case(f, [floats(rng, m, k), np.array([at])], m, looseness=0))
    return module, cases


def norm(rng):
    module, cases = Module(), []
    for k in (1, 3, 4, 7, 8, 9, 37, 64, 192):
        f = Function(module, f"k{k}", rows=[1, 3, 4, 5])
        f.results = [f.norm(f.argument("x", k), module.weight(floats(rng, k)), 1e-5)]
        for m in f.rows:
            x = floats(rng, m, k) * np.float32(10.0 ** rng.integers(-4, 4))
            x[-1, 0] = 1e-3
            cases.append(Case(f, [x], m))
    zero = Case(cases[-1].function, [np.zeros((5, 192), np.float32)], 5)
    return module, cases + [zero]


def norm_kinds(rng):
    """With a mean, a bias, a scale that adds one or none, and of parts of rows."""
    module, cases = Module(), []
    kinds = {"layer": dict(centered=True), "gemma": dict(plus_one=True)}
    for size, groups in ((1, 1), (7, 1), (64, 1), (4, 3), (13, 2), (32, 6)):
        k = size * groups
        f = Function(module, f"k{size}_by{groups}", rows=[1, 3, 4])
        x = f.argument("x", k)
        vectors = [module.weight(floats(rng, size)) for _ in range(2)]
        f.results = [f.norm(x, None, 1e-5, groups=groups),
                     f.norm(x, None, 1e-5, groups=groups, centered=True)]
        f.results += [f.norm(x, vectors[0], 1e-3, bias, groups, **kind)
                      for kind in kinds.values() for bias in (None, vectors[1])]
        cases += [Case(f, [floats(rng, m, k) + np.float32(3)], m) for m in f.rows]
    return module, cases


def softcap(rng):
    module, cases = Module(), []
    for k in (1, 7, 8, 37):
        f = Function(module, f"k{k}", rows=[1, 3, 4])
        x = f.argument("x", k)
        f.results = [f.softcap(x, 30.0), f.softcap(x, 0.7)]
        cases += [Case(f, [size * floats(rng, m, k)], m) for m in f.rows for size in (1, 100)]
    return module, cases


def rotate(rng):
    module, cases = Module(), []
    for parts, size in ((1, 1), (1, 37), (3, 16), (2, 12), (1, 128), (1, 192)):
        f = Function(module, f"k{size}_in{parts}", rows=[1, 3])
        x = f.argument("x", parts * size)
        f.results = [f.rotate(x, parts), f.rotate(x, parts, inverse=True)]
        for m in f.rows:
            outlier = floats(rng, m, parts * size)
            outlier[:, 0] = 100
            cases.append(Case(f, [outlier], m))
    return module, cases


def rope(rng):
    module, cases = Module(), []
    for head_dim, heads in ((2, 1), (4, 3), (6, 1), (8, 2), (32, 3)):
        f = Function(module, f"d{head_dim}", rows=[1, 3, 5])
        x, position = f.argument("x", head_dim * heads), f.position("position")
        f.results = [f.rope(x, f.rope_table(x, position, 1e4, head_dim))]
        for m in f.rows:
            for at in (0, 1, 254):
                cases.append(Case(f, [floats(rng, m, head_dim * heads),
                                      np.array([at], np.int64)], m))
    for head_dim, dims, heads in ((6, 2, 1), (8, 4, 3), (32, 24, 2)):  # parts of heads, scaled
        f = Function(module, f"d{dims}_of{head_dim}", rows=[1, 5])
        x, position = f.argument("x", head_dim * heads), f.position("position")
        factors = list(rng.uniform(0.1, 1, dims // 2))
        table = f.rope_table(x, position, 1e4, dims, factors, 1.25)
        f.results = [f.rope(x, table, head_dim)]
        cases += [Case(f, [floats(rng, m, head_dim * heads), np.array([at])], m)
                  for m in f.rows for at in (0, 254)]
    return module, cases


def attention(rng):
    """A first call fills the whole cache, a second one writes at a position and must
    not see what stands behind it. Contexts of whole vectors are read in vectors. Heads
    of 8 and 4 have vectors of sums; of 13 and 1 not."""
    return attend(rng, ((1, 1, 1, [1, 5], 19), (4, 2, 8, [1, 4], 19), (3, 1, 13, [1, 5], 24),
                        (6, 2, 32, [1, 4], 24), (3, 1, 4, [1, 3], 16), (5, 1, 64, [1, 5], 16)))


def attention_window(rng):
    """The same where rows see a window, of which positions are read from the first on
    that some row's has, and scores are capped."""
    module, cases = attend(rng, ((2, 2, 5, [1, 3], 24),), 1)
    for window, cap, shape in ((3, None, (4, 2, 8, [1, 4], 24)), (9, 2.0, (3, 1, 13, [1, 5], 19)),
                               (64, 5.0, (2, 1, 8, [4], 16))):
        cases += attend(rng, (shape,), window, cap, module)[1]
    return module, cases


def attention_length(rng):
    """Each row sees a whole text, before and behind it; of rows that pad it, results count for
    nothing, but they are what they are. The second call must not see what the first has left."""
    module, cases = Module(), []
    for heads, kv_heads, size, m, context in ((4, 2, 8, 16, 24), (3, 1, 13, 5, 5), (2, 2, 32, 24, 24)):
        for element in ("f32", "f16"):
            f = Function(module, f"h{heads}_{kv_heads}_{size}_m{m}_{element}_length")
            caches = module.caches(context, kv_heads, size, element)
            start, length = f.position("start"), f.position("length")
            for part in ("first", "second"):
                q, k, v = (f.argument(f"{part}.{name}", n * size, m) for name, n in
                           (("q", heads), ("k", kv_heads), ("v", kv_heads)))
                f.results.append(f.attention(q, k, v, start, caches, heads, kv_heads, size**-0.5,
                                             length=length))
            for seen in (1, 2, m - 1, m):
                inputs = [floats(rng, *(a.rows, a.columns)) for a in f.arguments[2:]]
                cases.append(Case(f, [np.array([0]), np.array([seen]), *inputs]))
    return module, cases


def attention_fold(rng):
    """Rows are sub-tokens, of which those of a token see each other: of all tokens before, of
    a window, of a text of known length."""
    module, cases = Module(), []
    for fold, window, cap, shape in ((2, None, None, (2, 1, 8, [2, 8], 24)),
                                     (4, None, None, (3, 3, 13, [4], 32)),
                                     (3, None, 2.0, (1, 1, 32, [3, 9], 27)),
                                     (2, 3, None, (2, 2, 4, [2, 6], 24)),
                                     (4, 2, None, (4, 2, 8, [8], 40))):
        cases += attend(rng, (shape,), window, cap, module, fold)[1]
    for fold, heads, size, m, context in ((2, 2, 8, 16, 24), (3, 1, 5, 9, 9)):
        f = Function(module, f"h{heads}_{size}_m{m}_length_by{fold}")
        caches = module.caches(context, heads, size)
        start, length = f.position("start"), f.position("length")
        q, k, v = (f.argument(name, heads * size, m) for name in "qkv")
        f.results = [f.attention(q, k, v, start, caches, heads, heads, size**-0.5, length=length,
                                 fold=fold)]
        for seen in (1, 2, m // fold):
            inputs = [floats(rng, *(a.rows, a.columns)) for a in f.arguments[2:]]
            cases.append(Case(f, [np.array([0]), np.array([seen]), *inputs]))
    return module, cases


def attend(rng, shapes, window=None, cap=None, module=None, fold=1):
    """`shapes`: heads, those of keys and values, their size, rows, and entries of the caches."""
    module, cases = module or Module(), []
    for heads, kv_heads, size, rows, context in shapes:
        for m, element in [(m, e) for m in rows for e in ("f32", "f16")]:
            f = Function(module, f"h{heads}_{kv_heads}_{size}_m{m}_{element}_w{window}_by{fold}")
            caches = module.caches(context, kv_heads, size, element)
            start, position = f.position("start"), f.position("position")
            for part, length in (("prompt", context), ("step", m)):
                q, k, v = (f.argument(f"{part}.{name}", n * size, length) for name, n in
                           (("q", heads), ("k", kv_heads), ("v", kv_heads)))
                at = start if part == "prompt" else position
                f.results.append(f.attention(q, k, v, at, caches, heads, kv_heads, size**-0.5,
                                             window, cap, fold=fold))
            last = (context - m) // fold
            for at in sorted({min(at, last) for at in (0, 3, 4, 7, 8, last)}):
                inputs = [floats(rng, *(a.rows, a.columns)) for a in f.arguments[2:]]
                cases.append(Case(f, [np.array([0]), np.array([at]), *inputs]))
    return module, cases


def activation(rng):
    module, cases = Module(), []
    for k in (1, 3, 4, 7, 8, 9, 37):
        f = Function(module, f"k{k}", rows=[1, 3, 4])
        x, up = f.argument("x", k), f.argument("up", k)
        for name in ("silu", "gelu", "gelu_tanh", "relu"):
            f.results += [f.activate(x, name), f.glu(x, up, name)]
        for m in f.rows:
            for size in (1, 100):  # also where exp and tanh leave their range
                cases.append(Case(f, [size * floats(rng, m, k), floats(rng, m, k)], m))
    return module, cases


def arith(rng):
    module, cases = Module(), []
    binary = {"arith.addf": lambda x, y: x + y, "arith.subf": lambda x, y: x - y,
              "arith.mulf": lambda x, y: x * y, "arith.divf": lambda x, y: x / y,
              "arith.maximumf": Bounded.maximum, "arith.minimumf": Bounded.minimum}
    unary = {"arith.negf": lambda x: -x, "math.absf": Bounded.abs,
             "math.floor": lambda x: x.round(np.floor), "math.ceil": lambda x: x.round(np.ceil),
             "math.roundeven": lambda x: x.round(np.rint)}
    functions = {name: lambda x, name=name: x.apply(name) for name in
                 ("exp", "tanh", "sin", "cos", "log", "sqrt", "rsqrt")}
    for k in (1, 3, 4, 7, 8, 9, 37):
        f = Function(module, f"k{k}", rows=[1, 4])
        x, y = f.argument("x", k), f.argument("y", k)
        f.results = [f.elementwise(op, [x, y], formula) for op, formula in binary.items()]
        f.results += [f.elementwise(op, [x], formula) for op, formula in unary.items()]
        f.results += [f.elementwise(f"math.{op}", [y], formula)
                      for op, formula in functions.items()]
        for m in f.rows:
            x, y = 3 * floats(rng, m, k), np.abs(floats(rng, m, k)) + np.float32(0.1)
            x[0, 0] = 2.5  # a tie
            cases.append(Case(f, [x, y], m))
    return module, cases


def fold(rng):
    module, cases = Module(), []
    for width, factor in ((8, 2), (192, 4), (21, 3), (7, 7)):
        f = Function(module, f"w{width}_by{factor}", rows=[1, 3, 4, 5])
        x = f.argument("x", width)
        parts = f.fold(x, factor)
        w = module.weight(floats(rng, width // factor, width // factor))
        f.results = [parts, f.unfold(f.linear(parts, w), factor), f.unfold(parts, factor)]
        cases += [Case(f, [floats(rng, m, width)], m) for m in f.rows]
    return module, cases


def ranks(rng):
    """Rows in several dimensions: the formulas see them in one."""
    module, cases = Module(), []
    for k in (1, 5, 8, 33):
        f = Function(module, f"k{k}", rows=[1, 4])
        x, up = (f.argument(name, k, "?x3") for name in ("x", "up"))
        w = module.weight(floats(rng, 9, k))
        f.results = [f.linear(x, w, module.weight(floats(rng, 9))),
                     f.norm(x, module.weight(floats(rng, k)), 1e-5),
                     f.glu(f.add(x, up), up, "silu")]
        cases += [Case(f, [floats(rng, 3 * m, k) for _ in range(2)], m) for m in f.rows]
    return module, cases
