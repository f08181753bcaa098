"""Ops that compute each element on its own: linalg.generic with any body, arith and math
on whole tensors, a gather."""

import numpy as np

import scalars
from body import Body, grow, pick
from elements import I1, I8, I16, I32
from graph import Node, Value
from known import Known, unless
from loops import collect, fit, place, write_empty, write_generic


class Elementwise:
    """linalg.generic over parallel loops. Operands are broadcast and transposed."""

    def make(self, rng, pool):
        base = pool.pick(rng)
        extents = list(base.shape)
        if len(extents) < 5 and rng.random() < 0.3:
            extents.insert(int(rng.integers(len(extents) + 1)), int(rng.integers(1, 5)))
        if not pool.fits(extents):
            return None
        rng.shuffle(extents)
        operands = [base]
        maps = [fit(rng, base.shape, extents)]
        for _ in range(int(rng.integers(0, 3))):
            value = pool.pick(rng)
            map_ = fit(rng, value.shape, extents)
            if map_ is None:
                map_ = tuple(i for i in range(len(extents)) if rng.random() < 0.6)
                value = pool.constant(rng, [extents[i] for i in map_])
            operands.append(value)
            maps.append(map_)
        body = Body([v.element for v in operands])
        yields = [grow(rng, body, int(rng.integers(1, 5)), len(extents))]
        if rng.random() < 0.15:
            yields.append(grow(rng, body, 1))
        out = list(range(len(extents)))
        if rng.random() < 0.2:
            rng.shuffle(out)
        out = tuple(int(i) for i in out)
        results = [Value(body.elements[y], [extents[i] for i in out]) for y in yields]
        return Node(self, operands, results, maps=maps + [out] * len(results),
                    extents=extents, body=body, yields=yields)

    def emit(self, node, lines):
        block = [f"%x{i}" for i in range(len(node.operands))]
        inits = [write_empty(lines, f"{r.name}.e", r.type) for r in node.results]
        text, names = node.body.lines(block)
        block += [f"%o{i}" for i in range(len(node.results))]
        write_generic(lines, node.results, node.operands, inits, node.maps,
                      ["parallel"] * len(node.extents), text, block,
                      [names[y] for y in node.yields])

    def evaluate(self, node, operands):
        loops = len(node.extents)
        placed = [place(o, m, loops) for o, m in zip(operands, node.maps)]
        values = node.body.evaluate(placed, node.extents)
        return [collect(values[y], node.maps[-1], node.extents) for y in node.yields]


class TensorOp:
    """An op of arith or math on whole tensors; of floats, one of `floats`."""

    def __init__(self, floats=(scalars.FLOAT_UNARY, scalars.FLOAT_BINARY,
                               scalars.FLOAT_COMPARISONS)):
        self.floats = floats

    def make(self, rng, pool):
        base = pool.pick(rng)
        same = [v for v in pool.values if v.shape == base.shape and v.rows == base.rows]
        if base.element.is_float:
            table = self.floats
        elif base.element is I1:
            table = (scalars.BOOL_BINARY,)
        else:
            table = (scalars.INT_BINARY,)
        op = pick(rng, pick(rng, table))
        element = I1 if op.name == "arith.cmpf" else base.element
        if op in scalars.FLOAT_UNARY:
            operands = [base]
        else:
            others = [v for v in same if v.element is base.element]
            operands = [base, pick(rng, others)]
        return Node(self, operands, [base.like(element)], op=op)

    def emit(self, node, lines):
        result, = node.results
        lines.append(node.op.text(result.name, [o.name for o in node.operands],
                                  TypeName(result), TypeName(node.operands[0])))

    def evaluate(self, node, operands):
        return [node.op.evaluate(node.results[0].element, operands)]


class TypeName:
    """Stands for an element where an op is written on tensors."""

    def __init__(self, value):
        self.name = value.type


class Gather:
    """Rows of a table by indices that are clamped to it."""

    def make(self, rng, pool):
        tables = [v for v in pool.values if v.rank >= 1]
        indices = [v for v in pool.values if v.element in (I8, I16, I32)]
        if not tables or not indices:
            return None
        table, index = pick(rng, tables), pick(rng, indices)
        shape = index.shape + table.shape[1:]
        if len(shape) > 5 or not pool.fits(shape):
            return None
        return Node(self, [table, index], [Value(table.element, shape)])

    def emit(self, node, lines):
        table, index = node.operands
        result, = node.results
        loops, element = result.rank, index.element.name
        init = write_empty(lines, f"{result.name}.e", result.type)
        inner = [f"%g{i} = linalg.index {i} : index" for i in range(index.rank, loops)]
        rest = ", ".join(["%row"] + [f"%g{i}" for i in range(index.rank, loops)])
        text = [f"%low = arith.constant 0 : {element}",
                f"%high = arith.constant {min(table.shape[0] - 1, 127)} : {element}",
                f"%c0 = arith.maxsi %x0, %low : {element}",
                f"%c1 = arith.minsi %c0, %high : {element}",
                f"%row = arith.index_cast %c1 : {element} to index", *inner,
                f"%y = tensor.extract {table.name}[{rest}] : {table.type}"]
        maps = [tuple(range(index.rank)), tuple(range(loops))]
        write_generic(lines, [result], [index], [init], maps, ["parallel"] * loops, text,
                      ["%x0", "%o0"], ["%y"])

    def evaluate(self, node, operands):
        table, index = operands
        rows = np.clip(index.v, 0, min(table.shape[0] - 1, 127))
        vague = np.isinf(index.e).reshape(index.shape + (1,) * (len(table.shape) - 1))
        return [Known(table.element, table.v[rows], unless(vague, table.e[rows]))]


ALL = [(Elementwise(), 6), (TensorOp(), 2), (Gather(), 0.5)]
