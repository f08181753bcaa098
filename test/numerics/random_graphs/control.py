"""Loops that carry tensors, and branches."""

import numpy as np

import scalars
from body import pick
from elements import I1
from graph import Node, Value
from known import Known, unless


class Loop:
    """Goes over the rows of %x with a carried %h: h = op(x[i], h), y[i] = h."""

    def make(self, rng, pool):
        x = pool.pick(rng)
        if x.rank < 2 or x.element is I1:
            return None
        row = x.shape[1:]
        found = [v for v in pool.values if v.element is x.element and v.shape == row]
        h = pick(rng, found) if found else pool.constant(rng, row, x.element)
        table = scalars.FLOAT_BINARY[:3] if x.element.is_float else scalars.INT_BINARY
        return Node(self, [x, h], [Value(x.element, x.shape), Value(x.element, row)],
                    op=pick(rng, table))

    def emit(self, node, lines):
        (x, h), (y, last) = node.operands, node.results
        n = y.name
        zeros = ", 0" * (x.rank - 1)
        sizes = ", ".join(str(s) for s in x.shape[1:])
        ones = ", ".join("1" for _ in x.shape)
        at = f"[%i{zeros}] [1, {sizes}] [{ones}]"
        lines += [
            f"{n}.e = tensor.empty() : {y.type}",
            f"{n}.c0 = arith.constant 0 : index", f"{n}.c1 = arith.constant 1 : index",
            f"{n}.cn = arith.constant {x.shape[0]} : index",
            f"{n}, {last.name} = scf.for %i = {n}.c0 to {n}.cn step {n}.c1 "
            f"iter_args(%ys = {n}.e, %hs = {h.name}) -> ({y.type}, {h.type}) {{",
            f"%xi = tensor.extract_slice {x.name}{at} : {x.type} to {h.type}",
            node.op.text("%hn", ["%xi", "%hs"], TypeName(h), TypeName(h)),
            f"%yn = tensor.insert_slice %hn into %ys{at} : {h.type} into {y.type}",
            f"scf.yield %yn, %hn : {y.type}, {h.type}", "}"]

    def evaluate(self, node, operands):
        x, h = operands
        rows = []
        for i in range(x.shape[0]):
            h = node.op.evaluate(x.element, [x.map(lambda a, i=i: a[i]), h])
            rows.append(h)
        return [Known(x.element, np.stack([r.v for r in rows]), np.stack([r.e for r in rows])), h]


class TypeName:
    def __init__(self, value):
        self.name = value.type


class If:
    """One of two tensors, by an element of a third; the first of them negated or kept."""

    def make(self, rng, pool):
        conditions = [v for v in pool.values if v.element is I1]
        a = pool.pick(rng)
        if not conditions or a.element is I1:
            return None
        found = [v for v in pool.values if v.element is a.element and v.shape == a.shape]
        condition = pick(rng, conditions)
        index = [int(rng.integers(s)) for s in condition.shape]
        table = scalars.FLOAT_BINARY if a.element.is_float else scalars.INT_BINARY
        return Node(self, [condition, a, pick(rng, found)], [Value(a.element, a.shape)],
                    index=index, op=pick(rng, table))

    def emit(self, node, lines):
        condition, a, b = node.operands
        result, = node.results
        n = result.name
        names = []
        for i, at in enumerate(node.index):
            names.append(f"{n}.i{i}")
            lines.append(f"{names[-1]} = arith.constant {at} : index")
        lines += [
            f"{n}.if = tensor.extract {condition.name}[{', '.join(names)}] : {condition.type}",
            f"{n} = scf.if {n}.if -> ({result.type}) {{",
            node.op.text("%then", [a.name, b.name], TypeName(a), TypeName(a)),
            f"scf.yield %then : {result.type}", "} else {",
            f"scf.yield {b.name} : {result.type}", "}"]

    def evaluate(self, node, operands):
        condition, a, b = operands
        at = tuple(node.index)
        taken = node.op.evaluate(a.element, [a, b]) if condition.v[at] else b
        return [Known(a.element, taken.v, unless(np.isinf(condition.e[at]), taken.e))]


ALL = [(Loop(), 0.6), (If(), 0.5)]
