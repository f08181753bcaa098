"""Random graphs, each from a seed of its own."""

import numpy as np

import attention
import control
import elementwise
import elements
import layers
import movement
import named
import reductions
from blocks import Apply
from body import pick
from elements import F32, numbers
from graph import Graph, Pool, Value

KINDS = elementwise.ALL + reductions.ALL + movement.ALL + named.ALL + control.ALL
LAYERS = [(kind, 2 * weight) for kind, weight in layers.ALL + attention.ALL]
EXTENTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17]


def shape_of(rng):
    rank = pick(rng, [0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5])
    while True:
        shape = [pick(rng, EXTENTS) for _ in range(rank)]
        if np.prod(shape, dtype=np.int64) <= 1500:
            return shape


def add_input(graph, pool, element, shape):
    value = Value(element, shape)
    graph.inputs.append(value)
    pool.values.append(value)


def add_states(rng, graph, pool):
    """States that the graph reads; what they become is chosen at the end. Often they are
    alike, so that they can change places."""
    for _ in range(int(rng.integers(1, 4))):
        element, shape = elements.pick(rng), shape_of(rng)
        if graph.states and rng.random() < 0.6:
            element, shape = graph.states[0][1].element, graph.states[0][1].shape
        initial = numbers(rng, element, shape) if rng.random() < 0.3 else None
        pool.add_state(Value(element, shape), initial)


def choose_writes(rng, graph, pool):
    """What a state becomes: any value of its type, also that of another state; or it
    stays."""
    for entry in graph.states:
        if rng.random() < 0.9:
            entry[2] = pick(rng, [v for v in pool.values if v.type == entry[1].type])
    rng.shuffle(graph.states)


def choose_outputs(rng, graph, pool):
    computed = [value for node in graph.nodes for value in node.results if value in pool.values]
    used = {operand for node in graph.nodes for operand in node.operands}
    ends = [v for v in computed if v not in used]
    others = [v for v in computed if v in used and rng.random() < 0.2]
    graph.outputs = (ends + others)[:8]
    if rng.random() < 0.1:
        graph.outputs.append(pick(rng, pool.values))  # an argument or state, or one twice
    if not graph.outputs:
        graph.outputs = [pool.values[0]]


def fill(rng, pool, wanted, kinds=tuple(KINDS)):
    """Adds `wanted` ops to the graph of `pool`."""
    weights = np.array([weight for _, weight in kinds])
    for _ in range(100):
        if not wanted:
            return
        kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))][0]
        before = len(pool.graph.nodes)
        node = kind.make(rng, pool)
        if node is None or not all(pool.fits(r.shape) for r in node.results):
            del pool.graph.nodes[before:]  # constants made for it
            continue
        pool.add(node)
        wanted -= 1


def generate(seed, name):
    rng = np.random.default_rng(seed)
    graph = Graph(name)
    pool = Pool(graph)
    layered = bool(rng.random() < 0.3)
    if layered:
        add_input(graph, pool, F32, rng.integers(1, 25, 2))
    for _ in range(int(rng.integers(1, 4))):
        add_input(graph, pool, elements.pick(rng), shape_of(rng))
    if rng.random() < 0.3:
        add_states(rng, graph, pool)
    kinds = KINDS + LAYERS * layered
    kinds = kinds + [(Apply(fill, kinds), 10)] * (rng.random() < 0.2)
    fill(rng, pool, int(rng.integers(1, 9)), kinds)
    choose_writes(rng, graph, pool)
    choose_outputs(rng, graph, pool)
    return graph


def arguments(rng, graph):
    wild = rng.random() < 0.25
    return [numbers(rng, value.element, value.shape, wild) for value in graph.inputs]
