"""Whole decoder blocks: two layers, the second used twice, with caches."""

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


def layer(module, rng, storage):
    weights = {name: module.weight(floats(rng, *shape) / np.sqrt(np.float32(shape[1])), storage)
               for name, shape in MATRICES.items()}
    weights.update((name, module.weight(1 + floats(rng, WIDTH) / 4)) for name in VECTORS)
    return weights


def body(f, x, position, table, w, caches):
    """The ops of a block; `w` gives its weights."""
    n = f.norm(x, w["norm1"], 1e-5)
    q, k, v = (f.linear(n, w[name]) for name in "qkv")
    mixed = f.attention(f.rope(q, table), f.rope(k, table), v, position, caches,
                        HEADS, KV_HEADS, SIZE**-0.5)
    h = f.add(x, f.linear(mixed, w["o"]))
    n = f.norm(h, w["norm2"], 1e-5)
    inner = f.glu(f.linear(n, w["gate"]), f.linear(n, w["up"]), "silu")
    return f.add(h, f.linear(inner, w["down"]))


def make_block(module, name, like, caches):
    f = Function(module, name, is_block=True)
    x, position = f.argument("x", WIDTH), f.position("position")
    table = f.argument("table", None)
    table.type = f"tensor<?x2x{SIZE // 2}xf32>"
    w = {key: f.bound(key, weight) for key, weight in like.items()}
    f.results = [body(f, x, position, table, w,
                      [f.bound(n, s) for n, s in zip(("kc", "vc"), caches)])]
    return f


def decoder(module, name, layers, embedding, caches, block=None):
    """A model without rows of its own: a prompt of 7 tokens, then a step of 3. With
    `block` it applies it, else it is written out."""
    f = Function(module, name)
    position, start = f.position("position"), f.position("start")
    for part, rows in (("prompt", 7), ("step", 3)):
        x = f.argument(part, WIDTH, rows)
        at = start if part == "prompt" else position
        table = f.rope_table(x, at, 1e4, SIZE)
        for weights, cache in zip(layers, caches):
            if block:
                x = f.apply(block, [x, at, table], list(weights.values()), cache)
            else:
                x = body(f, x, at, table, weights, cache)
            f.results.append(x)
    f.results.append(f.linear(x, embedding))
    return f


def make(rng, storages, written_out=False):
    module, cases = Module(), []
    for storage in storages:
        first, second = (layer(module, rng, storage) for _ in range(2))
        layers = [first, second, second]
        caches = [module.caches(CONTEXT, KV_HEADS, SIZE) for _ in layers]
        embedding = module.weight(floats(rng, VOCABULARY, WIDTH), storage)
        block = None
        if not written_out:
            block = make_block(module, f"block_{storage}", first, caches[0])
        f = decoder(module, f"decoder_{storage}", layers, embedding, caches, block)
        f.observed = [r.name for r in f.results]
        # Where a rounding to an integer is uncertain, so is all that follows in the block.
        is_float = storage not in INTEGER_PRODUCTS
        for at in (7, 14):
            x = [floats(rng, rows, WIDTH) for rows in (7, 3)]
            cases.append(Case(f, [np.array([at]), np.array([0]), *x],
                              looseness=0.02 if is_float else 0.5, tight=1 if is_float else 0.4))
    return module, cases


def block(rng):
    return make(rng, ["f32", "f16", "i8", "i4"])
