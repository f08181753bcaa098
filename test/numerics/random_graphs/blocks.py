"""Blocks: a body that several applies share, with weights that it takes, and states that it
takes and gives."""

import numpy as np

from body import pick
from graph import Graph, Node, Pool, Value
from layers import pick_weight


class Block(Graph):
    """A graph whose inputs are values, then weights, then states, and whose outputs are
    values, then the new states."""

    may_add_states = False  # they are arguments

    def __init__(self, name):
        super().__init__(name)
        self.weight_inputs, self.state_count = [], 0

    def add_weight(self, rng, shape, element):
        self.weight_inputs.append(Value(element, shape))
        return self.weight_inputs[-1]

    def text(self):
        lines = self.name_and_emit("%b")
        return self.wrap("eke.block", self.groups(
            self.inputs, lambda v: f"{v.name}: {v.type}"), lines, "eke.yield")

    def groups(self, operands, write):
        """Operands or arguments as text, without the outer parentheses."""
        values, weights, states = (", ".join(map(write, g)) for g in self.split(operands))
        return (values + (f") weights({weights}" if weights else "")
                + (f") states({states}" if states else ""))

    def split(self, operands):
        last = len(operands) - self.state_count
        first = last - len(self.weight_inputs)
        return operands[:first], operands[first:last], operands[last:]


class Apply:
    """Applies a block that the graph has, or one made for it by `fill`."""

    def __init__(self, fill, kinds):
        self.fill, self.kinds = fill, kinds

    def make(self, rng, pool):
        block = self.find(rng, pool) or self.create(rng, pool)
        operands = []
        for argument in block.inputs:
            if argument in block.weight_inputs:
                operands.append(pick_weight(rng, pool, argument.shape, argument.element))
                continue
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
        arguments = [Value(like.element, like.shape) for like in values + states]
        inner.values += arguments
        self.fill(rng, inner, int(rng.integers(1, 5)), self.kinds)
        block.inputs = arguments[:len(values)] + block.weight_inputs + arguments[len(values):]
        computed = [r for node in block.nodes for r in node.results
                    if r in inner.values] or inner.values
        block.outputs = [computed[-1]]
        if rng.random() < 0.3:
            block.outputs.append(pick(rng, inner.values))
        for state in arguments[len(values):]:
            same = [v for v in inner.values if v.type == state.type]
            block.outputs.append(same[-1] if rng.random() < 0.7 else pick(rng, same))
        return block

    def emit(self, node, lines):
        block = node.block
        lines.append(f"{', '.join(r.name for r in node.results)} = eke.apply @{block.name}"
                     f"({block.groups(node.operands, lambda v: v.name)}) : "
                     f"({', '.join(o.type for o in node.operands)}) -> "
                     f"({', '.join(r.type for r in node.results)})")

    def evaluate(self, node, operands):
        return node.block.evaluate(operands)
