"""Blocks: a body that several applies share, with states that it takes and gives."""

import numpy as np

from body import pick
from graph import Graph, Node, Pool, Value


class Block(Graph):
    """A graph whose inputs are values, then states, and whose outputs are values, then the
    new states."""

    def __init__(self, name):
        super().__init__(name)
        self.state_count = 0

    def text(self):
        lines = self.name_and_emit("%b")
        values, states = self.split(self.inputs)
        arguments = ", ".join(f"{v.name}: {v.type}" for v in values)
        if states:
            arguments += ") states(" + ", ".join(f"{s.name}: {s.type}" for s in states)
        return self.wrap("eke.block", arguments, lines, "eke.yield")

    def split(self, operands):
        count = len(operands) - self.state_count
        return operands[:count], operands[count:]


class Apply:
    """Applies a block that the graph has, or one made for it by `fill`."""

    def __init__(self, fill):
        self.fill = fill

    def make(self, rng, pool):
        block = self.find(rng, pool) or self.create(rng, pool)
        operands = []
        for argument in block.inputs:
            same = [v for v in pool.values if v.type == argument.type]
            if not same:
                return None
            operands.append(pick(rng, same))
        return Node(self, operands, [Value(o.element, o.shape) for o in block.outputs],
                    block=block)

    def find(self, rng, pool):
        known = [node.block for node in pool.graph.nodes if isinstance(node.kind, Apply)]
        return pick(rng, known) if known and rng.random() < 0.8 else None

    def create(self, rng, pool):
        count = sum(isinstance(node.kind, Apply) for node in pool.graph.nodes)
        block = Block(f"{pool.graph.name}.b{count}")
        inner = Pool(block)
        values = [pool.pick(rng) for _ in range(int(rng.integers(1, 3)))]
        states = [pool.pick(rng) for _ in range(int(rng.integers(0, 3)))]
        block.state_count = len(states)
        for like in values + states:
            block.inputs.append(Value(like.element, like.shape))
        inner.values += block.inputs
        self.fill(rng, inner, int(rng.integers(1, 5)))
        computed = inner.values[len(block.inputs):] or inner.values
        block.outputs = [computed[-1]]
        if rng.random() < 0.3:
            block.outputs.append(pick(rng, inner.values))
        for state in block.inputs[len(values):]:
            same = [v for v in inner.values if v.type == state.type]
            block.outputs.append(same[-1] if rng.random() < 0.7 else pick(rng, same))
        return block

    def emit(self, node, lines):
        block = node.block
        values, states = block.split(node.operands)
        bound = f" states({', '.join(s.name for s in states)})" if states else ""
        lines.append(f"{', '.join(r.name for r in node.results)} = eke.apply @{block.name}"
                     f"({', '.join(v.name for v in values)}){bound} : "
                     f"({', '.join(o.type for o in node.operands)}) -> "
                     f"({', '.join(r.type for r in node.results)})")

    def evaluate(self, node, operands):
        return node.block.evaluate(operands)
