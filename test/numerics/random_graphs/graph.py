"""The description of a graph: what is emitted as MLIR, and what is evaluated."""

import numpy as np

import elements
from known import Known


class Value:
    """A tensor."""

    def __init__(self, element, shape):
        self.element, self.shape = element, tuple(int(s) for s in shape)
        self.name = None

    @property
    def rank(self):
        return len(self.shape)

    @property
    def type(self):
        return tensor_type(self.element, self.shape)

    @property
    def size(self):
        count = 1
        for extent in self.shape:
            count *= extent
        return count


def tensor_type(element, shape):
    return f"tensor<{''.join(f'{s}x' for s in shape)}{element.name}>"


class Node:
    """An op: `kind` has emit(node, lines) and evaluate(node, operands)."""

    def __init__(self, kind, operands, results, **params):
        self.kind, self.operands, self.results = kind, list(operands), list(results)
        self.params = params

    def __getattr__(self, name):
        try:
            return self.__dict__["params"][name]
        except KeyError:
            raise AttributeError(name) from None


class State:
    def __init__(self, name, element, shape):
        self.name, self.element, self.shape = name, element, shape
        self.type = tensor_type(element, shape)


class Graph:
    def __init__(self, name):
        self.name = name
        self.inputs, self.nodes, self.outputs = [], [], []
        self.states = []  # (State, the Value read, the Value written)

    def evaluate(self, arguments, memory=None):
        """The outputs for `arguments`, each Known; `memory` holds what states are by their
        names, and is changed."""
        memory = {} if memory is None else memory
        values = dict(zip(self.inputs, arguments))
        for state, read, _ in self.states:
            values[read] = memory[state.name]
        for node in self.nodes:
            results = node.kind.evaluate(node, [values[o] for o in node.operands])
            for value, result in zip(node.results, results):
                assert result.shape == value.shape, (node.kind, result.shape, value.shape)
                assert result.element is value.element, node.kind
                values[value] = result
        for state, _, written in self.states:
            memory[state.name] = values[written]
        return [values[o] for o in self.outputs]

    def initial_memory(self):
        return {state.name: Known(state.element, np.zeros(state.shape))
                for state, _, _ in self.states}

    @property
    def blocks(self):
        """The blocks that are applied, each once."""
        return list(dict.fromkeys(n.block for n in self.nodes if "block" in n.params))

    def name_and_emit(self, prefix):
        """Names all values and returns the lines of the body."""
        for index, value in enumerate(self.inputs):
            value.name = f"{prefix}a{index}"
        results = [value for node in self.nodes for value in node.results]
        for index, value in enumerate(results):
            value.name = f"{prefix}v{index}"
        lines = []
        for index, (state, read, _) in enumerate(self.states):
            read.name = f"{prefix}s{index}"
            lines.append(f"{read.name} = eke.read @{state.name} : {state.type}")
        for node in self.nodes:
            node.kind.emit(node, lines)
        for state, _, written in self.states:
            lines.append(f"eke.write {written.name}, @{state.name} : {state.type}")
        return lines

    def wrap(self, keyword, arguments, lines, end):
        types = ", ".join(o.type for o in self.outputs)
        names = ", ".join(o.name for o in self.outputs)
        return "\n".join([f"{keyword} @{self.name}({arguments}) -> ({types}) {{",
                          *(f"  {line}" for line in lines),
                          f"  {end} {names} : {types}", "}"]) + "\n"

    def text(self):
        """As a func.func, or with states or blocks as an eke.model."""
        head = [f"eke.state @{state.name} : {state.type}\n" for state, _, _ in self.states]
        head += [block.text() for block in self.blocks]
        lines = self.name_and_emit("%")
        arguments = ", ".join(f"{i.name}: {i.type}" for i in self.inputs)
        words = ("eke.model", "eke.yield") if head else ("func.func", "return")
        return "".join(head) + self.wrap(words[0], arguments, lines, words[1])


class Pool:
    """The values that a graph has so far, from which ops take their operands."""

    MOST = 4096  # elements of a tensor

    def __init__(self, graph):
        self.graph, self.values = graph, []

    def pick(self, rng):
        if rng.random() < 0.5:
            return self.values[-1]
        return self.values[int(rng.integers(len(self.values)))]

    def fits(self, extents):
        return int(np.prod(extents, dtype=np.int64)) <= self.MOST and len(extents) <= 5

    def add(self, node):
        self.graph.nodes.append(node)
        self.values += node.results

    def constant(self, rng, shape, element=None):
        element = element or elements.pick(rng)
        value = Value(element, shape)
        array = elements.numbers(rng, element, value.shape, wild=rng.random() < 0.1)
        self.graph.nodes.append(Node(CONSTANT, [], [value], array=array))
        return value


class Constant:
    """Numbers of the program itself."""

    def emit(self, node, lines):
        result, = node.results
        lines.append(f"{result.name} = arith.constant "
                     f"dense<{result.element.dense(node.array)}> : {result.type}")

    def evaluate(self, node, operands):
        return [Known.exact(node.results[0].element, node.array)]


CONSTANT = Constant()
