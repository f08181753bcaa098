"""Reductions over any axes, and sums of products over loops in any order."""

import numpy as np

import scalars
from body import Body, grow, pick
from elements import F16, F32, F64, I1, I8, I16, I32
from graph import Node, Value
from known import Known, total, unless
from loops import collect, fit, place, write_fill, write_generic


def reduce_extremum(pick_, name):
    prefers_nan = name in ("arith.maximumf", "arith.minimumf")

    def formula(element, terms, axes):
        v = pick_.reduce(terms.v, axes)
        numbers = np.where(np.isnan(terms.v), 0, terms.e)
        e = numbers.max(axes)
        e = np.where(np.isnan(v), 0, e)
        e = np.where((v == 0) & (e == 0), element.tiny, e)
        return Known(element, v, unless(np.isinf(terms.e).any(axes), e))
    return formula


def reduce_integers(f, is_unsigned=False):
    def formula(element, terms, axes):
        v = element.unsigned(terms.v) if is_unsigned else terms.v
        v = f.reduce(v, axes).astype(np.int64)
        return Known(element, element.wrap(v), unless((terms.e != 0).any(axes), 0))
    return formula


class Combiner:
    """How a reduction combines; `start` is neutral."""

    def __init__(self, name, formula, start):
        self.name, self.formula, self.start = name, formula, start


def low(element):
    return -np.inf if element.is_float else -(1 << (element.bits - 1))


def high(element):
    return np.inf if element.is_float else (1 << (element.bits - 1)) - 1


SUM = Combiner("arith.addf", total, lambda e: 0)
INT_SUM = Combiner("arith.addi", reduce_integers(np.add), lambda e: 0)
FLOAT_COMBINERS = [
    SUM, SUM,
    Combiner("arith.maximumf", reduce_extremum(np.maximum, "arith.maximumf"), low),
    Combiner("arith.minimumf", reduce_extremum(np.minimum, "arith.minimumf"), high),
    Combiner("arith.maxnumf", reduce_extremum(np.fmax, "arith.maxnumf"), low),
    Combiner("arith.minnumf", reduce_extremum(np.fmin, "arith.minnumf"), high),
]
BITS = [Combiner("arith.andi", reduce_integers(np.bitwise_and), lambda e: 1 if e is I1 else -1),
        Combiner("arith.ori", reduce_integers(np.bitwise_or), lambda e: 0),
        Combiner("arith.xori", reduce_integers(np.bitwise_xor), lambda e: 0)]
INT_COMBINERS = BITS + [
    INT_SUM, INT_SUM,
    Combiner("arith.muli", reduce_integers(np.multiply), lambda e: 1),
    Combiner("arith.maxsi", reduce_integers(np.maximum), low),
    Combiner("arith.minsi", reduce_integers(np.minimum), high),
    Combiner("arith.maxui", reduce_integers(np.maximum, True), lambda e: 0),
    Combiner("arith.minui", reduce_integers(np.minimum, True), lambda e: -1),
]


def combiners(element):
    return FLOAT_COMBINERS if element.is_float else BITS if element is I1 else INT_COMBINERS


def reduce_loops(combiner, element, value, extents, axes, start):
    """Reduces a value in the space of the loops, and the initial value with it."""
    terms = Known(element, np.broadcast_to(value.v, extents),
                  np.broadcast_to(value.e, extents))
    moved = [np.moveaxis(a, axes, range(len(axes))) for a in (terms.v, terms.e)]
    kept = moved[0].shape[len(axes):]
    flat = [m.reshape((-1,) + kept) for m in moved]
    flat = [np.concatenate([np.broadcast_to(s, (1,) + kept), f])
            for s, f in zip((start.v, start.e), flat)]
    with np.errstate(all="ignore"):
        return combiner.formula(element, Known(element, *flat), (0,))


def choose_init(rng, pool, element, shape, start):
    """A tensor of the pool to start from, or a number."""
    existing = [v for v in pool.values if v.element is element and v.shape == tuple(shape)]
    if existing and rng.random() < 0.5:
        return pick(rng, existing), None
    return None, start if rng.random() < 0.8 else 1


class Reduction:
    """linalg.generic with reduction loops: a body, then one combiner."""

    def make(self, rng, pool):
        base = pool.pick(rng)
        if not base.rank or not base.size:
            return None
        extents = list(base.shape)
        operands, maps = [base], [tuple(range(base.rank))]
        if rng.random() < 0.4:
            value = pool.pick(rng)
            map_ = fit(rng, value.shape, extents)
            if map_ is not None:
                operands.append(value)
                maps.append(map_)
        body = Body([v.element for v in operands])
        term = grow(rng, body, int(rng.integers(0, 3)), len(extents))
        count = int(rng.integers(1, base.rank + 1))
        axes = sorted(int(a) for a in rng.choice(base.rank, count, replace=False))
        out = [i for i in range(base.rank) if i not in axes]
        return self.finish(rng, pool, operands, maps, extents, body, term, axes, out)

    def finish(self, rng, pool, operands, maps, extents, body, term, axes, out, combiner=None):
        element = body.elements[term]
        combiner = combiner or pick(rng, combiners(element))
        shape = [extents[i] for i in out]
        init, start = choose_init(rng, pool, element, shape, combiner.start(element))
        if init is not None:
            operands = operands + [init]
        return Node(self, operands, [Value(element, shape)], maps=maps + [tuple(out)],
                    extents=extents, body=body, term=term, axes=axes, combiner=combiner,
                    start=start)

    def emit(self, node, lines):
        result, = node.results
        ins = node.operands
        if node.start is None:
            ins, init = ins[:-1], ins[-1].name
        else:
            init = write_fill(lines, f"{result.name}.f", node.start, result.element, result.type)
        block = [f"%x{i}" for i in range(len(ins))]
        text, names = node.body.lines(block)
        text.append(f"%sum = {node.combiner.name} %acc, {names[node.term]} "
                    f": {result.element.name}")
        kinds = ["reduction" if i in node.axes else "parallel"
                 for i in range(len(node.extents))]
        write_generic(lines, [result], ins, [init], node.maps, kinds, text,
                      block + ["%acc"], ["%sum"])

    def evaluate(self, node, operands):
        loops, element = len(node.extents), node.results[0].element
        kept = sorted(node.maps[-1])
        if node.start is None:
            operands, init = operands[:-1], operands[-1]
            order = [kept.index(loop) for loop in node.maps[-1]]
            start = init.map(lambda a: a.transpose(np.argsort(order)) if order else a)
        else:
            start = Known.exact(element, np.array(node.start, element.dtype))
        placed = [place(o, m, loops) for o, m in zip(operands, node.maps)]
        value = node.body.evaluate(placed, node.extents)[node.term]
        reduced = reduce_loops(node.combiner, element, value, node.extents, node.axes, start)
        order = [kept.index(loop) for loop in node.maps[-1]]
        return [reduced.map(lambda a: a.transpose(order))]


class Contraction(Reduction):
    """A sum of products: loops of a batch, of rows, of columns and of what is summed, in
    any order in each operand."""

    def make(self, rng, pool):
        a = pool.pick(rng)
        if a.rank == 0 or a.rank > 4 or a.element is I1:
            return None
        roles = [pick(rng, "bmk") for _ in a.shape]
        if "k" not in roles:
            roles[int(rng.integers(a.rank))] = "k"
        extents = list(a.shape)
        columns = int(rng.integers(1, 10)) if rng.random() < 0.85 else None
        shared = [i for i, role in enumerate(roles) if role != "m"]
        if columns:
            extents.append(columns)
        b_map = shared + ([len(extents) - 1] if columns else [])
        rng.shuffle(b_map)
        out = [i for i, role in enumerate(roles) if role != "k"]
        out += [len(extents) - 1] if columns else []
        if rng.random() < 0.3:
            rng.shuffle(out)
        if not pool.fits(extents):
            return None
        shape = [extents[i] for i in b_map]
        found = [v for v in pool.values if v.element is a.element and v.shape == tuple(shape)]
        b = pick(rng, found) if found else pool.constant(rng, shape, a.element)
        body = Body([a.element, b.element])
        x, y = 0, 1
        wider = {F16: F32, F32: F64, I8: I32, I16: I32}.get(a.element)
        if wider and (a.element in (I8, F16) or rng.random() < 0.2):
            x, y = (body.add(scalars.conversions(a.element, wider)[0], [i], wider)
                    for i in (x, y))
        element = body.elements[x]
        table = scalars.FLOAT_BINARY if element.is_float else scalars.INT_BINARY
        name = "arith.mulf" if element.is_float else "arith.muli"
        term = body.add(next(op for op in table if op.name == name), [x, y], element)
        axes = [i for i, role in enumerate(roles) if role == "k"]
        return self.finish(rng, pool, [a, b], [tuple(range(a.rank)), tuple(int(i) for i in b_map)],
                           extents, body, term, axes, [int(i) for i in out],
                           SUM if element.is_float else INT_SUM)


ALL = [(Reduction(), 3), (Contraction(), 2)]
