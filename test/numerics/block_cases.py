"""Whole decoder blocks: two layers, the second used twice, with caches. Folded ones are those of
tokens of several times the width: the same matrices serve each sub-token."""

import numpy as np

from compare import Case
from graph import Function, Module
from layer_cases import floats
from layers import INTEGER_PRODUCTS

CONTEXT, HEADS, KV_HEADS, SIZE, HIDDEN, VOCABULARY = 17, 3, 1, 8, 40, 29
WIDTH = HEADS * SIZE
MATRICES = {"q": (WIDTH, WIDTH), "k": (KV_HEADS * SIZE, WIDTH), "v": (KV_HEADS * SIZE, WIDTH),
            "o": (WIDTH, WIDTH), "gate": (HIDDEN, WIDTH), "up": (HIDDEN, WIDTH),
            "down": (WIDTH, HIDDEN)}
VECTORS = ("norm1", "norm2")


def layer(module, rng, storage, fold):
    weights = {name: module.weight(floats(rng, *shape) / np.sqrt(np.float32(shape[1])), storage)
               for name, shape in MATRICES.items()}
    weights.update((name, module.weight(1 + floats(rng, fold * WIDTH) / 4)) for name in VECTORS)
    return weights


def body(f, x, position, table, w, caches, fold=1):
    """The ops of a block; `w` gives its weights. Norms and sums are of whole tokens; queries and
    keys turn by the angle of their token."""
    def parts(x):
        return x if fold == 1 else f.fold(x, fold)

    def whole(x):
        return x if fold == 1 else f.unfold(x, fold)

    n = parts(f.norm(x, w["norm1"], 1e-5))
    q, k, v = (f.linear(n, w[name]) for name in "qkv")
    q, k = (parts(f.rope(whole(y), table)) for y in (q, k))
    mixed = f.attention(q, k, v, position, caches, HEADS, KV_HEADS, SIZE**-0.5, fold=fold)
    h = f.add(x, whole(f.linear(mixed, w["o"])))
    n = parts(f.norm(h, w["norm2"], 1e-5))
    inner = f.glu(f.linear(n, w["gate"]), f.linear(n, w["up"]), "silu")
    return f.add(h, whole(f.linear(inner, w["down"])))


def make_block(module, name, like, caches, fold):
    f = Function(module, name, is_block=True)
    x, position = f.argument("x", fold * WIDTH), f.position("position")
    table = f.argument("table", None)
    table.type = f"tensor<?x2x{SIZE // 2}xf32>"
    w = {key: f.bound(key, weight) for key, weight in like.items()}
    f.results = [body(f, x, position, table, w,
                      [f.bound(n, s) for n, s in zip(("kc", "vc"), caches)], fold)]
    return f


def decoder(module, name, layers, embedding, caches, block, fold):
    """A model without rows of its own: a prompt of 7 tokens, then a step of 3. With
    `block` it applies it, else it is written out."""
    f = Function(module, name)
    position, start = f.position("position"), f.position("start")
    for part, rows in (("prompt", 7), ("step", 3)):
        x = f.argument(part, fold * WIDTH, rows)
        at = start if part == "prompt" else position
        table = f.rope_table(x, at, 1e4, SIZE)
        for weights, cache in zip(layers, caches):
            if block:
                x = f.apply(block, [x, at, table], list(weights.values()), cache)
            else:
                x = body(f, x, at, table, weights, cache, fold)
            f.results.append(x)
    f.results.append(f.linear(x, embedding))
    return f


def make(rng, storages, written_out=False, fold=1):
    module, cases = Module(), []
    for storage in storages:
        first, second = (layer(module, rng, storage, fold) for _ in range(2))
        layers = [first, second, second]
        caches = [module.caches(fold * CONTEXT, KV_HEADS, SIZE) for _ in layers]
        embedding = module.weight(floats(rng, VOCABULARY, fold * WIDTH), storage)
        block = None
        if not written_out:
            block = make_block(module, f"block_{storage}", first, caches[0], fold)
        f = decoder(module, f"decoder_{storage}", layers, embedding, caches, block, fold)
        f.observed = [r.name for r in f.results]
        # Where a rounding to an integer is uncertain, so is all that follows in the block.
        is_float = storage not in INTEGER_PRODUCTS
        for at in (7, 14):
            x = [floats(rng, rows, fold * WIDTH) for rows in (7, 3)]
            cases.append(Case(f, [np.array([at]), np.array([0]), *x],
                              looseness=0.02 if is_float else 0.5, tight=1 if is_float else 0.4))
    return module, cases


def block(rng):
    return make(rng, ["f32", "f16", "i8", "i4"])


def folded(rng):
    return make(rng, ["f32", "f16", "i8", "i4"], fold=2)
