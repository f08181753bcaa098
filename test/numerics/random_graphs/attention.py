"""Rotary angles and attention with its caches, at a position that is a number of the
program or given."""

import numpy as np

from body import pick
from elements import F16, F32
from graph import Node, Position, State, Value
from known import LONG, Known, total
from layers import COS, MULTIPLY, SIN, ADD, Layer, apply, narrowed, pick_rows, widened
from named import multiplied


class PositionConstant:
    def emit(self, node, lines):
        lines.append(f"{node.results[0].name} = arith.constant {node.number} : index")

    def evaluate(self, node, operands):
        return [Known(node.results[0].element, node.number)]


def position_of(rng, pool, most):
    """A position up to `most`: that of the graph, or a constant."""
    if pool.position is not None:
        return pool.position
    value = Position()
    pool.graph.nodes.append(Node(PositionConstant(), [], [value],
                                 number=int(rng.integers(most + 1))))
    return value


class RopeTable(Layer):
    def make(self, rng, pool):
        like = pick(rng, [v for v in pool.values if v.rank >= 1] or [None])
        if like is None:
            return None
        half = int(rng.integers(1, 6))
        return Node(self, [like, position_of(rng, pool, 40)], [like.like(F32, [2, half])],
                    theta=pick(rng, [10000.0, 100.0]))

    def text(self, node, like, position):
        return (f"eke.rope_table {like}, {position} theta {node.theta:e} head_dim "
                f"{2 * node.results[0].shape[2]} : ({{types}}) -> {{result}}")

    def evaluate(self, node, operands):
        like, position = operands
        rows, half = like.shape[0], node.results[0].shape[2]
        frequency = LONG(node.theta) ** (-LONG(1) * np.arange(half) / half)
        angle = apply(MULTIPLY, Known(F32, position.v + np.arange(rows)[:, None]),
                      Known(F32, frequency, 2 * F32.u * frequency.astype(np.float64)))
        c, s = apply(COS, angle), apply(SIN, angle)
        return [Known(F32, np.stack([c.v, s.v], 1), np.stack([c.e, s.e], 1))]


class Rope(Layer):
    def make(self, rng, pool):
        x = pick_rows(rng, pool, 2, [F32])
        tables = [v for v in pool.values if x and v.element is F32 and v.rank == 3
                  and v.rows == x.rows and v.shape[1] == 2 and x.shape[1] % (2 * v.shape[2]) == 0]
        if not tables:
            return None
        return Node(self, [x, pick(rng, tables)], [x.like()])

    def text(self, node, x, table):
        return f"eke.rope {x}, {table} : ({{types}}) -> {{result}}"

    def evaluate(self, node, operands):
        x, table = operands
        rows, half = x.shape[0], table.shape[2]
        heads = x.map(lambda a: a.reshape(rows, -1, 2, half))
        a, b = (heads.map(lambda h, i=i: h[:, :, i]) for i in (0, 1))
        c, s = (table.map(lambda t, i=i: t[:, None, i]) for i in (0, 1))
        minus = Known(F32, -b.v, b.e)
        first = apply(ADD, apply(MULTIPLY, a, c), apply(MULTIPLY, minus, s))
        second = apply(ADD, apply(MULTIPLY, b, c), apply(MULTIPLY, a, s))
        return [Known(F32, np.stack([first.v, second.v], 2).reshape(rows, -1),
                      np.stack([first.e, second.e], 2).reshape(rows, -1))]


class Attention(Layer):
    def make(self, rng, pool):
        query = pick_rows(rng, pool, 2, [F32])
        if query is None:
            return None
        heads = pick(rng, [h for h in (1, 2, 3, 4, 6) if query.shape[1] % h == 0])
        groups = pick(rng, [g for g in range(1, heads + 1) if heads % g == 0])
        size = query.shape[1] // heads
        same = [v for v in pool.values if v.element is F32 and v.rank == 2
                and v.rows == query.rows and v.shape[1] == groups * size]
        if not same and pool.position is not None:
            return None
        key, value = (pick(rng, same) if same else
                      pool.constant(rng, [query.shape[0], groups * size], F32) for _ in "kv")
        # Of a graph's own position it is known where it may be; sub-tokens would change that.
        folds = [f for f in (2, 3, 4) if pool.position is None and query.may_join(f)]
        fold = pick(rng, [1, *folds]) if folds else 1
        caches = self.find_caches(rng, pool, query.shape[0], groups, size, fold)
        if caches is None:
            return None
        position = position_of(rng, pool, (caches[0].shape[0] - query.shape[0]) // fold)
        return Node(self, [query, key, value, position, *caches],
                    [query.like(), *(Value(c.element, c.shape) for c in caches)],
                    heads=heads, groups=groups, fold=fold,
                    scale=pick(rng, [1.0, 0.5, 0.17677669]))

    def find_caches(self, rng, pool, rows, groups, size, fold):
        """Any values that could be caches, or new states."""
        found = [v for v in pool.values if v.element in (F16, F32) and v.rank == 3
                 and "?" not in v.type and v.shape[1:] == (groups, size) and v.shape[0] >= rows
                 and v.shape[0] % fold == 0]
        if found and rng.random() < 0.7:
            first = pick(rng, found)
            return [first, pick(rng, [v for v in found if v.type == first.type])]
        if not pool.graph.may_add_states:
            return None
        shape = [rows + fold * int(rng.integers(0, 12)), groups, size]
        element = pick(rng, [F16, F32])
        return [pool.add_state(Value(element, shape)) for _ in "kv"]

    def text(self, node, query, key, value, position, keys, values):
        folded = f"fold {node.fold} " * (node.fold != 1)
        return (f"eke.attention {query}, {key}, {value} at {position} caches {keys}, {values} "
                f"heads {node.heads} kv_heads {node.groups} scale {node.scale:e} {folded}"
                ": ({types}) -> ({result})")

    def evaluate(self, node, operands):
        query, key, value, position, *caches = operands
        at, rows, size = int(position.v) * node.fold, query.shape[0], caches[0].shape[2]
        caches = [written(cache, new, at) for cache, new in zip(caches, (key, value))]
        live = at + rows
        keys, values = (widened(c).map(lambda a: a[:live]) for c in caches)
        each = node.heads // node.groups
        q = query.map(lambda a: a.reshape(rows, node.groups, each, size))
        # row, group, head of it, position, element
        terms = multiplied(F32, q.map(lambda a: a[:, :, :, None]),
                           keys.map(lambda a: a.transpose(1, 0, 2)[None, :, None]))
        scores = apply(MULTIPLY, total(F32, terms, (-1,)), Known(F32, np.float32(node.scale)))
        ends = at + (np.arange(rows) // node.fold + 1) * node.fold  # of the rows' tokens
        past = (np.arange(live)[None] < ends[:, None])[:, None, None]
        means = softmax_mean(scores, past,
                             values.map(lambda a: a.transpose(1, 0, 2)[None, :, None]))
        known = all(map(is_plain, (query, keys, values, *caches)))
        # Weights are at most 1, and are divided by their sum last.
        is_large = np.abs(values.v).max(initial=0) * live > np.finfo(np.float32).max
        vague = not known or is_large or np.abs(scores.v).max() > 1e29
        e = np.full(means.shape, np.inf) if vague else means.e
        return [Known(F32, means.v, e).map(lambda a: a.reshape(rows, -1)), *caches]


def is_plain(x):
    """Are these numbers, of which something is known?"""
    return bool((np.isfinite(x.v) & np.isfinite(x.e)).all())


def written(cache, rows, at):
    """The cache with `rows` from position `at` on."""
    new = narrowed(cache.element, rows)
    v, e = np.array(cache.v), np.array(cache.e)
    for whole, part in ((v, new.v), (e, new.e)):
        whole[at:at + rows.shape[0]] = part.reshape((-1,) + cache.shape[1:])
    return Known(cache.element, v, e)


def softmax_mean(scores, past, values):
    """sum_j p_j values[j] with p = softmax(scores) over the `past`.

    Subtracting the largest score changes no p, except that it is rounded: error
    u |score - peak|. Scores that are off by e_j then change p_j by a factor within
    exp(+-(e_j + max e)) = 1 +- r_j, and the mean y by
    sum_j (p'_j - p_j) (v_j - y) <= sum_j p_j r_j |v_j - y|, as both p add up to 1.
    Exponentials (two units of at most 2 u each), their sum over n terms, the sum of
    products and the quotient round: (n + n + 8) u sum p_j |v_j|, with a rest."""
    with np.errstate(all="ignore"):
        u, n = F32.u, scores.shape[-1]
        at_peak = np.where(past, scores.v, -np.inf).max(-1, keepdims=True)
        below = np.where(past, scores.v - at_peak, -np.inf)
        error = np.where(past, scores.e, 0)
        most = error.max(-1, keepdims=True)
        e = np.where(past, error + u * (np.abs(below) + error + most), 0)
        p = np.exp(below)
        p = (p / p.sum(-1, keepdims=True))[..., None]
        r = np.expm1(e + e.max(-1, keepdims=True))[..., None]
        mean = (p * values.v).sum(-2)
        moved = ((p * r * np.abs(values.v - mean[..., None, :])).sum(-2)
                 + (p * (1 + r) * values.e).sum(-2))
        size = (p * (1 + r) * (np.abs(values.v) + values.e)).sum(-2)
        own = (2 * n + 10) * u * size + 2.0**-120
        bound = (moved + own).astype(np.float64)
    return Known(F32, mean, np.where(np.isnan(bound), np.inf, bound))


ALL = [(RopeTable(), 0.5), (Rope(), 0.7), (Attention(), 1)]
