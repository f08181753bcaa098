"""The description of a graph: what is emitted as MLIR, and what is evaluated."""

import numpy as np

import elements
from elements import I64
from known import Known


class Value:
    """A tensor."""

    most = None  # of an argument, the largest number that callers may give

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

    @property
    def rows(self):
        """What values with as many rows have in common."""
        return self.shape[0] if self.rank else 1

    def like(self, element=None, inner=None, times=1):
        """A value with as many rows, or `times` as many; without `inner`, of the same shape."""
        inner = list(self.shape[1:] if inner is None else inner)
        rows = [round(self.shape[0] * times)] if self.rank else []
        return Value(element or self.element, rows + inner)

    def may_join(self, factor):
        """Can `factor` rows become one?"""
        return self.shape[0] % factor == 0


class Position(Value):
    """A row's number in a sequence: of type index, no tensor."""

    def __init__(self):
        super().__init__(I64, [])

    @property
    def type(self):
        return "index"


class Weight:
    """Numbers of the program that a format may store. They are f16's, so that they are the
    same in f16 and f32. What an argument of a block stands for has one storage, so the
    shape decides it."""

    def __init__(self, name, element, array, storage):
        self.name, self.element, self.storage = name, element, storage
        self.array = array.astype(np.float16).astype(element.dtype)
        self.type = tensor_type(element, array.shape)

    def text(self):
        return (f"eke.weight @{self.name} : {self.type} = "
                f"dense<{self.element.dense(self.array)}> : {self.type} "
                f'{{eke.storage = #eke.storage<{self.storage}>}}\n')


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
    """With an initial value, or zero without one."""

    def __init__(self, name, element, shape, initial=None):
        self.name, self.element, self.shape = name, element, shape
        self.type = tensor_type(element, shape)
        self.initial = initial

    def text(self):
        given = "" if self.initial is None else f" = dense<{self.element.dense(self.initial)}>"
        return f"eke.state @{self.name} : {self.type}{given}\n"

    def start(self):
        if self.initial is not None:
            return Known.exact(self.element, self.initial)
        return Known(self.element, np.zeros(self.shape))


class Graph:
    may_add_states = True

    def __init__(self, name):
        self.name = name
        self.inputs, self.nodes, self.outputs = [], [], []
        self.states = []  # (State, the Value read, the Value written or None: it stays)
        self.weights = []  # (Weight, the Value that it is)

    def evaluate(self, arguments, memory=None):
        """The outputs for `arguments`, each Known; `memory` holds what states are by their
        names, and is changed."""
        memory = {} if memory is None else memory
        values = dict(zip(self.inputs, arguments))
        for state, read, _ in self.states:
            values[read] = memory[state.name]
        for weight, value in self.weights:
            values[value] = Known.exact(weight.element, weight.array)
        for node in self.nodes:
            results = node.kind.evaluate(node, [values[o] for o in node.operands])
            for value, result in zip(node.results, results):
                assert result.shape == value.shape, (node.kind, result.shape, value.shape)
                assert result.element is value.element, node.kind
                values[value] = result
        for state, _, written in self.states:
            if written is not None:
                memory[state.name] = values[written]
        return [values[o] for o in self.outputs]

    def initial_memory(self):
        return {state.name: state.start() for state, _, _ in self.states}

    def add_weight(self, rng, shape, element):
        array = rng.standard_normal(shape)
        weight = Weight(f"{self.name}.w{len(self.weights)}", element, array,
                        "f16" if sum(shape) % 2 else "f32")
        value = Value(element, shape)
        self.weights.append((weight, value))
        return value

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
        for index, (weight, value) in enumerate(self.weights):
            value.name = f"{prefix}w{index}"
            lines.append(f"{value.name} = eke.use @{weight.name} : {weight.type}")
        for node in self.nodes:
            node.kind.emit(node, lines)
        for state, _, written in self.states:
            if written is not None:
                lines.append(f"eke.write {written.name}, @{state.name} : {state.type}")
        return lines

    def wrap(self, keyword, arguments, lines, end, rows=""):
        types = ", ".join(o.type for o in self.outputs)
        names = ", ".join(o.name for o in self.outputs)
        return "\n".join([f"{keyword} @{self.name}({arguments}) -> ({types}){rows} {{",
                          *(f"  {line}" for line in lines),
                          f"  {end} {names} : {types}", "}"]) + "\n"

    def head(self):
        """What stands in front of it."""
        return [part.text() for part in [*(state for state, _, _ in self.states),
                                         *(weight for weight, _ in self.weights), *self.blocks]]

    def text(self):
        """As a func.func, or with states, weights, blocks or layers as an eke.model."""
        head = self.head()
        lines = self.name_and_emit("%")
        arguments = ", ".join(f"{i.name}: {i.type}" for i in self.inputs)
        is_model = head or any(hasattr(node.kind, "is_layer") for node in self.nodes)
        words = ("eke.model", "eke.yield") if is_model else ("func.func", "return")
        return "".join(head) + self.wrap(words[0], arguments, lines, words[1])


class Pool:
    """The values that a graph has so far, from which ops take their operands."""

    MOST = 4096  # elements of a tensor

    def __init__(self, graph):
        self.graph, self.values = graph, []
        self.weights = []  # Values; few are operands of other ops than layers
        self.position = None  # where the rows are in a sequence, if that is an argument

    def pick(self, rng):
        if rng.random() < 0.5:
            return self.values[-1]
        return self.values[int(rng.integers(len(self.values)))]

    def fits(self, extents):
        return int(np.prod(extents, dtype=np.int64)) <= self.MOST and len(extents) <= 5

    def add(self, node):
        self.graph.nodes.append(node)
        self.values += node.results

    def add_state(self, value, initial=None):
        """`value` as what a new state is when the graph begins."""
        states = self.graph.states
        state = State(f"{self.graph.name}.s{len(states)}", value.element, value.shape, initial)
        states.append([state, value, None])
        self.values.append(value)
        return value

    def add_weight(self, rng, shape, element):
        value = self.graph.add_weight(rng, shape, element)
        self.weights.append(value)
        if len(shape) == 1 and rng.random() < 0.2:
            self.values.append(value)  # a matrix has a format, and is no plain tensor
        return value

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
