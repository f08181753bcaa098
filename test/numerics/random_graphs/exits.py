"""Models with an exit: rows of any number, positions, caches, blocks that run several times,
and the entries that the compiler makes of the parts before and behind the exit.

  trunk   all of it: what plain decoding runs, once for each row count
  draft   what is before the exit, for one row
  verify  what is behind it, from hidden states that are given
"""

import numpy as np

import attention
import elementwise
import layers
import scalars
from batch import Step, Trial
from blocks import Apply, Block
from body import pick
from elements import F16, F32, I32, I64, numbers
from generate import fill
from graph import Graph, Node, Pool, Position, Value, tensor_type

CONTEXT = 24
# While a graph is made: no other extent, so that rows are not taken for columns.
ROWS = 11


class Rows:
    """How many rows there are; from call to call another number."""

    def __init__(self):
        self.count = ROWS


class RowValue(Value):
    """A tensor whose first extent is the number of rows, or `times` as many."""

    def __init__(self, count, element, inner, times=1):
        self.element, self.inner, self.name = element, tuple(int(i) for i in inner), None
        self.count, self.times = count, times

    @property
    def shape(self):
        return (round(self.count.count * self.times), *self.inner)

    @property
    def type(self):
        return tensor_type(self.element, ("?", *self.inner))

    @property
    def rows(self):
        return "rows", self.times

    def like(self, element=None, inner=None, times=1):
        return RowValue(self.count, element or self.element,
                        self.inner if inner is None else inner, self.times * times)

    def may_join(self, factor):
        return self.times % factor == 0


class RowGraph(Graph):
    """A model of which the compiler makes one for each of some row counts."""

    def __init__(self, name, count, row_counts):
        super().__init__(name)
        self.count, self.row_counts = count, row_counts

    def text(self):
        lines = self.name_and_emit("%")
        arguments = ", ".join(f"{i.name}: {i.type}" for i in self.inputs)
        return self.wrap("eke.model", arguments, lines, "eke.yield",
                         f" rows {self.row_counts}")


class Exit(layers.Layer):
    def __init__(self, head, policy):
        self.head, self.policy = head, policy

    def text(self, node, hidden):
        return f"eke.exit {hidden} head @{self.head} {self.policy} : {{result}}"

    def evaluate(self, node, operands):
        return operands


# What keeps numbers such that something is known about their successors.
SIMPLE = [op for op in scalars.FLOAT_BINARY if op.name != "arith.divf"]
KINDS = [k for k in layers.ALL if not isinstance(k[0], layers.Embed)] + attention.ALL + [
    (elementwise.TensorOp((SIMPLE,)), 2)]
# Each number is one for which verify exists: see getVerifyRows.
DRAFTS = {1: [1, 2], 2: [1, 2, 3], 3: [1, 2, 3, 4], 5: [1, 2, 3, 4, 6]}


def residual(rng, pool, x):
    """Ends a chain of layers: what was computed last, as wide as `x`, and `x` added to it."""
    found = [v for v in pool.values if v.rank == 2 and v.element is F32 and v.rows == x.rows]
    last = found[-1]
    if last.shape != x.shape:
        weight = layers.pick_weight(rng, pool, (x.shape[1], last.shape[1]), F32)
        pool.add(Node(layers.Linear(), [last, weight], [x.like()]))
        last = pool.values[-1]
    pool.add(Node(elementwise.TensorOp(), [last, x], [x.like()], op=layers.ADD))
    return pool.values[-1]


def make_block(rng, name, count, width):
    """A layer of a decoder: rows and a position in; caches, if there is attention."""
    block = Block(name)
    pool = Pool(block)
    x, position = RowValue(count, F32, [width]), Position()
    pool.values, pool.position = [x], position
    states = []
    if rng.random() < 0.7:
        size = pick(rng, [d for d in (1, 2, 4, 8) if width % d == 0])
        groups = pick(rng, [g for g in range(1, width // size + 1) if width // size % g == 0])
        states = [Value(pick(rng, [F16, F32]), [CONTEXT, groups, size])]
        states.append(states[0].like())
        keys = [Node(layers.Linear(), [x, layers.pick_weight(rng, pool, (groups * size, width), F32)],
                     [x.like(inner=[groups * size])]) for _ in "kv"]
        for node in keys:
            pool.add(node)
        results = [x.like(), *(s.like() for s in states)]
        pool.add(Node(attention.Attention(), [x, *(n.results[0] for n in keys), position, *states],
                      results, heads=width // size, groups=groups, fold=1, scale=0.5))
        new = results[1:]
        pool.values = [v for v in pool.values if v not in new]
    fill(rng, pool, int(rng.integers(1, 4)), KINDS)
    y = residual(rng, pool, x)
    block.inputs = [x, position, *block.weight_inputs, *states]
    block.state_count = len(states)
    block.outputs = [y, *(new if states else [])]
    return block


class Trunk:
    """The whole model, made layer by layer."""

    def __init__(self, rng, name):
        self.rng, self.count = rng, Rows()
        self.width = pick(rng, [2, 4, 6, 8, 16])
        self.graph = RowGraph(name, self.count, [1, int(rng.integers(2, 7))])
        self.pool = Pool(self.graph)
        self.position = Position()
        self.make_input()
        self.blocks = [make_block(rng, f"{name}.b{i}", self.count, self.width)
                       for i in range(int(rng.integers(1, 3)))]

    def make_input(self):
        if self.rng.random() < 0.5:
            self.x = RowValue(self.count, F32, [self.width])
            self.graph.inputs = [self.x, self.position]
            return
        tokens = RowValue(self.count, I32, [])
        self.graph.inputs = [tokens, self.position]
        table = layers.pick_weight(self.rng, self.pool, (int(self.rng.integers(1, 20)), self.width))
        tokens.most = table.shape[0] - 1
        self.x = tokens.like(F32, [self.width])
        self.pool.graph.nodes.append(Node(layers.Embed(), [tokens, table], [self.x]))

    def run_blocks(self, runs):
        """Each run with states of its own, and weights that it may share."""
        for _ in range(runs):
            block = pick(self.rng, self.blocks)
            weights = [layers.pick_weight(self.rng, self.pool, w.shape, w.element)
                       for w in block.weight_inputs]
            states = [self.pool.add_state(s.like()) for s in block.split(block.inputs)[2]]
            results = [o.like() for o in block.outputs]
            self.graph.nodes.append(Node(Apply(fill, ()), [self.x, self.position, *weights, *states],
                                         results, block=block))
            for entry in self.graph.states[len(self.graph.states) - len(states):]:
                entry[2] = results[1 + states.index(entry[1])]
            self.x = results[0]

    def run_layers(self):
        pool = Pool(self.graph)
        pool.values, pool.weights, pool.position = [self.x], self.pool.weights, self.position
        fill(self.rng, pool, int(self.rng.integers(0, 3)),
             [k for k in KINDS if not isinstance(k[0], attention.Attention)])
        self.x = residual(self.rng, pool, self.x)

    def exit(self, head, policy):
        self.graph.nodes.append(Node(Exit(head, policy), [self.x], [self.x.like()]))
        self.x = self.graph.nodes[-1].results[0]


def part(trunk, name, nodes, inputs, outputs):
    """A model of some ops of another, with what they read and the states that they make."""
    graph = RowGraph(name, trunk.count, [])
    graph.inputs, graph.nodes, graph.outputs = inputs, nodes, outputs
    graph.weights = trunk.weights
    made = {result for node in nodes for result in node.results}
    graph.states = [[state, read, written if written in made else None]
                    for state, read, written in trunk.states]
    return graph


def split(trunk):
    """The models before and behind the exit."""
    at = next(i for i, n in enumerate(trunk.nodes) if isinstance(n.kind, Exit))
    before, exit_, behind = trunk.nodes[:at], trunk.nodes[at], trunk.nodes[at + 1:]
    position = trunk.inputs[1]
    return (part(trunk, "draft", before, trunk.inputs, list(exit_.operands)),
            part(trunk, "verify", behind, [exit_.results[0], position], trunk.outputs))


class ExitTrial(Trial):
    """Calls of all entries, in any order."""

    def __init__(self, trunk, head, choices, calls):
        super().__init__(trunk, calls)
        self.head, self.choices = head, choices

    @property
    def steps(self):
        return [Step(graph.name, graph, arrays, rows)
                for (graph, rows), arrays in zip(self.choices, self.calls)]

    def text(self):
        parts = dict.fromkeys(self.graph.head() + self.head.head())
        return "".join(parts) + self.head.text() + self.graph.text()


def arguments(rng, graph, rows):
    graph.count.count = rows
    return [argument(rng, value, rows) for value in graph.inputs]


def argument(rng, value, rows):
    if isinstance(value, Position):
        return np.int64(rng.integers(0, CONTEXT - rows + 1))
    if value.most is not None:
        return rng.integers(0, value.most + 1, value.shape).astype(value.element.dtype)
    return numbers(rng, value.element, value.shape)


def make_head(rng, name, trunk):
    head = RowGraph(name, trunk.count, [1])
    h = RowValue(trunk.count, F32, [trunk.width])
    head.inputs = [h]
    pool = Pool(head)
    pool.weights = list(trunk.pool.weights)
    head.weights = trunk.graph.weights  # shared, where one has the shape
    linear = Node(layers.Linear(), [h, layers.pick_weight(rng, pool, (7, trunk.width))],
                  [h.like(inner=[7])])
    head.nodes, head.outputs = [linear], linear.results
    return head


def make_exit_trial(name, rng):
    trunk = Trunk(rng, name)
    drafts = pick(rng, list(DRAFTS)) if rng.random() < 0.7 else None
    trunk.run_blocks(int(rng.integers(1, 3)))
    trunk.exit(f"{name}.head", f"drafts {drafts}" if drafts else "threshold 0.5")
    trunk.run_blocks(int(rng.integers(0, 3)))
    trunk.run_layers()
    trunk.graph.outputs = [trunk.x]
    head = make_head(rng, f"{name}.head", trunk)
    draft, verify = split(trunk.graph)
    counts = trunk.graph.row_counts
    possible = [(trunk.graph, r) for r in counts] + [(draft, 1), (head, 1)] + [
        (verify, r) for r in (DRAFTS[drafts] if drafts else counts)]
    choices = [pick(rng, possible) for _ in range(6)]
    return ExitTrial(trunk.graph, head, choices,
                     [arguments(rng, graph, rows) for graph, rows in choices])
