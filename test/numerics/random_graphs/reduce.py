"""Makes a failing graph small: keeps one output, drops ops, gives inputs in their place."""

from batch import Trial
from graph import Graph


def copy(graph):
    other = Graph(graph.name)
    other.inputs, other.nodes = list(graph.inputs), list(graph.nodes)
    other.outputs, other.states = list(graph.outputs), [list(s) for s in graph.states]
    other.weights = graph.weights
    return other


def without_dead(trial):
    """Drops what no output or state needs."""
    graph = copy(trial.graph)
    needed = set(graph.outputs) | {written for _, _, written in graph.states}
    kept = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.results):
            needed.update(node.operands)
            kept.append(node)
    graph.nodes = kept[::-1]
    keep = [i for i, value in enumerate(graph.inputs) if value in needed]
    graph.inputs = [graph.inputs[i] for i in keep]
    return Trial(graph, [[call[i] for i in keep] for call in trial.calls])


def with_one_output(trial):
    for output in trial.graph.outputs:
        if len(trial.graph.outputs) > 1:
            graph = copy(trial.graph)
            graph.outputs = [output]
            yield Trial(graph, trial.calls)


def without_states(trial):
    """A state as an input that is zero."""
    for entry in trial.graph.states:
        graph = copy(trial.graph)
        state, read, _ = entry
        graph.states = [s for s in graph.states if s[0] is not state]
        graph.inputs.append(read)
        zeros = [read.element.dtype.type(0)] * len(trial.calls)
        import numpy as np
        yield Trial(graph, [call + [np.full(read.shape, zero, read.element.dtype)]
                            for call, zero in zip(trial.calls, zeros)])


def with_fewer_calls(trial):
    for call in trial.calls:
        if len(trial.calls) > 1:
            yield Trial(trial.graph, [call])


def with_cuts(trial):
    """An op's results as inputs, with the values that the reference gives them; late ops
    first, which drops most."""
    for node in reversed(trial.graph.nodes):
        if not node.operands and node.kind.__class__.__name__ != "Constant":
            continue
        graph = copy(trial.graph)
        graph.nodes = [n for n in graph.nodes if n is not node]
        probe = copy(trial.graph)
        probe.outputs = list(node.results)
        values = Trial(probe, trial.calls).reference()
        graph.inputs += node.results
        calls = [call + [known.v.astype(known.element.dtype) for known in knowns]
                 for call, knowns in zip(trial.calls, values)]
        yield Trial(graph, calls)


def with_early_outputs(trial):
    """An op's result as the only output."""
    for node in trial.graph.nodes:
        for result in node.results:
            if [result] != trial.graph.outputs:
                graph = copy(trial.graph)
                graph.outputs = [result]
                smaller = without_dead(Trial(graph, trial.calls))
                if len(smaller.graph.nodes) < len(trial.graph.nodes):
                    yield smaller


STEPS = (with_early_outputs, with_one_output, with_fewer_calls, without_states, with_cuts)


def size(trial):
    graph = trial.graph
    return (len(graph.nodes) * 4 + len(graph.outputs) + len(graph.states) + len(trial.calls)
            + len(graph.inputs))


def reduce(trial, fails, most=80):
    """The smallest trial found, with at most `most` attempts, for which `fails` holds."""
    if type(trial) is not Trial:
        return trial  # of entries that depend on each other none can change alone
    attempts, improved = 0, True
    while improved and attempts < most:
        improved = False
        for step in STEPS:
            for candidate in step(trial):
                candidate = without_dead(candidate)
                if size(candidate) >= size(trial) or attempts >= most:
                    continue
                attempts += 1
                if fails(candidate):
                    trial, improved = candidate, True
                    break
            if improved:
                break
    return trial
