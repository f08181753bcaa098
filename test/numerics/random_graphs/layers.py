"""Layers of the eke dialect, as dialects/eke/EkeOps.td describes them: products with
weights, norms, activations, folds, tables.

They compute in f32 and round once to f16 at the end. What they give where a row has an
infinity or a NaN is not said, and so not known.
"""

import numpy as np

import scalars
from body import pick
from elements import F16, F32, I32
from graph import Node, Value
from known import Known, total, unless
from named import multiplied

ADD, MULTIPLY = (next(op for op in scalars.FLOAT_BINARY if op.name == name)
                 for name in ("arith.addf", "arith.mulf"))
RSQRT, TANH, SIN, COS = (next(op for op in scalars.FLOAT_UNARY if op.name == name)
                         for name in ("math.rsqrt", "math.tanh", "math.sin", "math.cos"))


def apply(op, *operands):
    return op.evaluate(F32, list(operands))


def widened(x):
    return Known(F32, x.v, x.e)


def narrowed(element, x):
    return x if element is F32 else scalars.conversions(F32, F16)[0].evaluate(F16, [x])


def without_special(x, axis=None):
    """Of a row (or of a number) with something infinite, NaN or unknown nothing is known."""
    vague = ~np.isfinite(x.v) | np.isinf(x.e)
    if axis is not None:
        vague = vague.any(axis, keepdims=True)
    return Known(x.element, np.where(np.isfinite(x.v), x.v, 0), unless(vague, x.e))


def constant(value):
    """A real number that the program has as f32."""
    return Known(F32, value, abs(value - np.longdouble(np.float32(value))))


# Operands.

def pick_rows(rng, pool, rank=None, elements=(F32, F16)):
    """A value with rows of floats, or None."""
    found = [v for v in pool.values if v.element in elements and v.rank >= 1
             and rank in (None, v.rank)]
    return pick(rng, found) if found else None


def pick_weight(rng, pool, shape, element=None):
    """A weight that the graph has already, often; or a new one."""
    shape = tuple(int(s) for s in shape)
    same = [v for v in pool.weights if v.shape == shape and element in (None, v.element)]
    if same and rng.random() < 0.6:
        return pick(rng, same)
    return pool.add_weight(rng, shape, element or pick(rng, [F32, F32, F32, F16]))


class Layer:
    is_layer = True

    def emit(self, node, lines):
        names = [o.name for o in node.operands]
        types = ", ".join(o.type for o in node.operands)
        results = ", ".join(r.type for r in node.results)
        lines.append(f"{', '.join(r.name for r in node.results)} = "
                     + self.text(node, *names).format(types=types, result=results))


class Linear(Layer):
    def make(self, rng, pool):
        x = pick_rows(rng, pool)
        if x is None:
            return None
        n = int(rng.integers(1, 20)) if rng.random() < 0.6 else x.shape[-1]
        operands = [x, pick_weight(rng, pool, (n, x.shape[-1]))]
        if rng.random() < 0.4:
            operands.append(pick_weight(rng, pool, (n,)))
        element = pick(rng, [F32, F32, x.element])
        result = (Value(element, [n]) if x.rank == 1 else
                  x.like(element, list(x.shape[1:-1]) + [n]))
        return Node(self, operands, [result])

    def text(self, node, x, w, bias=None):
        return (f"eke.linear {x}, {w}" + (f" bias {bias}" if bias else "")
                + " : ({types}) -> {result}")

    def evaluate(self, node, operands):
        x, w, *bias = (widened(o) for o in operands)
        terms = multiplied(F32, x.map(lambda a: a[..., None, :]), w)
        if bias:
            last = terms.shape[:-1]
            column = bias[0].map(lambda a: np.broadcast_to(a, last)[..., None])
            terms = Known(F32, np.concatenate([terms.v, column.v], -1),
                          np.concatenate([terms.e, column.e], -1))
        return [narrowed(node.results[0].element, total(F32, terms, (-1,)))]


class Norm(Layer):
    def make(self, rng, pool):
        x = pick_rows(rng, pool)
        if x is None:
            return None
        return Node(self, [x, pick_weight(rng, pool, x.shape[-1:])], [x.like()],
                    epsilon=pick(rng, [1e-5, 1e-6, 0.5]))

    def text(self, node, x, w):
        return f"eke.norm {x}, {w} epsilon {node.epsilon:e} : ({{types}}) -> {{result}}"

    def evaluate(self, node, operands):
        x, w = (widened(o) for o in operands)
        x = without_special(x, -1)
        squares = total(F32, apply(MULTIPLY, x, x), (-1,))
        mean = apply(MULTIPLY, squares, constant(np.longdouble(1) / x.shape[-1]))
        scale = apply(RSQRT, apply(ADD, mean, Known(F32, np.float32(node.epsilon))))
        y = apply(MULTIPLY, x, scale.map(lambda a: a[..., None]))
        return [narrowed(node.results[0].element, apply(MULTIPLY, y, w))]


# A quotient by 1 + exp(88) is as good as zero.
TINY_QUOTIENT = 2.0**-119


def silu(x):
    """Its slope is at most 1.1. The exponential errs by two units, and with the sum and the
    quotient no more comes to it than twice that."""
    v = x.v / (1 + np.exp(-x.v))
    own = 2 * 6 * F32.u * (np.abs(v) + 1.1 * x.e)
    return Known(F32, v, (1.1 * x.e + own + TINY_QUOTIENT).astype(np.float64))


def gelu_tanh(x):
    """Its slope is at most 1.13. Of the argument of tanh the sums are of numbers of one
    sign, which err by eight roundings; |y| (1 - tanh(y)^2) is at most 0.45, and tanh
    errs by four units of at most 2 u. With the sum and both products that is less than
    20 u times x / 2."""
    inner = np.sqrt(np.longdouble(2) / np.pi) * (x.v + np.longdouble(0.044715) * x.v**3)
    v = x.v / 2 * (1 + np.tanh(inner))
    own = 10 * F32.u * (np.abs(x.v) + x.e)
    return Known(F32, v, (1.13 * x.e + own + 4 * F32.tiny).astype(np.float64))


def relu(x):
    v = np.maximum(x.v, 0)
    return Known(F32, v, np.where(v == 0, np.maximum(x.e, F32.tiny), x.e))


ACTIVATIONS = {"silu": silu, "gelu_tanh": gelu_tanh, "relu": relu}


def activated(name, x):
    with np.errstate(all="ignore"):
        return ACTIVATIONS[name](without_special(x))


class Activate(Layer):
    def make(self, rng, pool):
        x = pick_rows(rng, pool)
        return x and Node(self, [x], [x.like()], name=pick(rng, list(ACTIVATIONS)))

    def text(self, node, x):
        return f"eke.activate {x} with {node.name} : {{result}}"

    def evaluate(self, node, operands):
        return [narrowed(node.results[0].element, activated(node.name, widened(operands[0])))]


class Glu(Layer):
    def make(self, rng, pool):
        gate = pick_rows(rng, pool)
        if gate is None:
            return None
        ups = [v for v in pool.values if v.type == gate.type and v.shape == gate.shape]
        return Node(self, [gate, pick(rng, ups)], [gate.like()],
                    name=pick(rng, list(ACTIVATIONS)))

    def text(self, node, gate, up):
        return f"eke.glu {gate}, {up} activation {node.name} : {{result}}"

    def evaluate(self, node, operands):
        gate, up = (widened(o) for o in operands)
        product = apply(MULTIPLY, activated(node.name, gate), without_special(up))
        return [narrowed(node.results[0].element, product)]


class Fold(Layer):
    def make(self, rng, pool):
        x = pick_rows(rng, pool, 2, [F32])
        factors = [f for f in range(1, 9) if x and x.shape[1] % f == 0]
        if not factors:
            return None
        factor = pick(rng, factors)
        return Node(self, [x], [x.like(inner=[x.shape[1] // factor], times=factor)],
                    op="fold", factor=factor)

    def text(self, node, x):
        return f"eke.{node.op} {x} by {node.factor} : {{types}} -> {{result}}"

    def evaluate(self, node, operands):
        rows = operands[0].shape[0]
        rows = rows * node.factor if node.op == "fold" else rows // node.factor
        return [operands[0].map(lambda a: a.reshape(rows, -1))]


class Unfold(Fold):
    def make(self, rng, pool):
        x = pick_rows(rng, pool, 2, [F32])
        factors = [f for f in range(1, 9) if x and x.may_join(f)]
        if not factors:
            return None
        factor = pick(rng, factors)
        return Node(self, [x], [x.like(inner=[x.shape[1] * factor], times=1 / factor)],
                    op="unfold", factor=factor)


class Embed(Layer):
    """Rows of a table by tokens; in the middle of a graph by tokens that are clamped to it,
    whereas callers may give none that is outside."""

    def make(self, rng, pool):
        tokens = [v for v in pool.values if v.element is I32 and v.rank == 1]
        if not tokens:
            return None
        tables = [v for v in pool.weights if v.rank == 2]
        table = (pick(rng, tables) if tables and rng.random() < 0.7 else
                 pick_weight(rng, pool, (int(rng.integers(1, 20)), int(rng.integers(1, 20)))))
        chosen = pick(rng, tokens)
        return Node(self, [chosen, table], [chosen.like(F32, table.shape[1:])])

    def emit(self, node, lines):
        tokens, table = node.operands
        n = node.results[0].name
        if tokens.most is not None:
            lines.append(f"{n} = {self.text(node, tokens, table, tokens.name)}")
            return
        for name, value, op in (("low", 0, "arith.maxsi"), ("high", table.shape[0] - 1, "arith.minsi")):
            lines += [f"{n}.{name} = arith.constant dense<{value}> : {tokens.type}",
                      f"{n}.{op[6:]} = {op} {tokens.name if name == 'low' else n + '.maxsi'}, "
                      f"{n}.{name} : {tokens.type}"]
        lines.append(f"{n} = {self.text(node, tokens, table, n + '.minsi')}")

    def text(self, node, tokens, table, chosen):
        return (f"eke.embed {chosen}, {table.name} : ({tokens.type}, {table.type}) "
                f"-> {node.results[0].type}")

    def evaluate(self, node, operands):
        tokens, table = operands
        rows = np.clip(tokens.v, 0, table.shape[0] - 1)
        return [Known(F32, table.v[rows], unless(np.isinf(tokens.e)[:, None], table.e[rows]))]


ALL = [(Linear(), 3), (Norm(), 1.5), (Activate(), 1), (Glu(), 1), (Fold(), 0.5), (Unfold(), 0.7),
       (Embed(), 1)]
