"""Measures all sides of each line in turn.

In every round each side makes a batch of calls, one side after the other, so that what
else the machine does disturbs all of them. Time is the processor's, not the clock's: on one
thread they differ only by waiting for others. The figure of a side is its best batch; of a
peer, less what calling it from Python takes.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from . import checks
from .compiled import Compiled, Failure, write_module
from .quantised import Quantised
from .table import on

BATCH = 0.05  # seconds
SAMPLE = 1    # the inputs of all calls
DEVICES = ("cortex-a76", "cortex-a53")


@dataclass
class Plan:
    """What to measure, and with whom."""

    eke: Path
    target: str = "host"
    rounds: int = 9
    peers: tuple = ()
    devices: tuple = DEVICES
    emulators: dict = field(default_factory=dict)  # commands that run a device's programs
    keep: Path = None  # where files stay, if anywhere
    smallest: list = field(default_factory=list)  # for each peer a network of one addition


def folder_of(plan, name, stack):
    if plan.keep:
        folder = plan.keep / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    return Path(stack.enter_context(tempfile.TemporaryDirectory()))


def started(make, wanted, inputs):
    """A side that gives right results, and what to say of it; None if it does not."""
    try:
        side = make()
        difference = checks.worst(side.run(inputs), wanted)
    except Failure as failure:
        return None, {"failed": str(failure)}
    except Exception as error:  # of a peer, whose errors have no common type
        return None, {"failed": f"{type(error).__name__}: {error}".splitlines()[0]}
    exact = wanted[0].dtype.kind == "i"
    allowed = checks.bound(exact, side.name)
    facts = {"difference": difference}
    if difference > allowed:
        facts["failed"] = f"wrong by {difference:.2g}, at most {allowed:g} was expected"
        return None, facts
    return side, facts


def batch_size(side):
    """So many calls as take a batch's time, found by doubling."""
    count = 1
    while (seconds := side.seconds(count)) < BATCH / 4 and count < 1 << 20:
        count *= 2
    return max(1, int(count * BATCH / max(seconds, 1e-9)))


def take_turns(sides, rounds):
    """For each side a list of seconds per call."""
    sizes = [batch_size(side) for side in sides]
    samples = [[] for _ in sides]
    for _ in range(rounds):
        for side, size, into in zip(sides, sizes, samples):
            into.append(side.seconds(size) / size)
    return samples


def started_sides(plan, graph, quantised, folder):
    """The sides that run here, and what to say of all that were tried."""
    inputs = (quantised or graph).sample(SAMPLE)
    wanted, rounded_once = checks.expected(graph, quantised, inputs)
    module = write_module(graph, quantised, folder)
    sides, facts = {}, {}
    sides["Eke"], facts["Eke"] = started(
        lambda: Compiled(plan.eke, graph, module, plan.target), wanted, inputs)
    for device in plan.devices:
        side, facts[on(device)] = started(
            lambda: Compiled(plan.eke, graph, module, device, plan.emulators[device]), wanted, inputs)
        if side:
            facts[on(device)]["instructions"] = side.instructions()
    for peer in plan.peers:
        sides[peer.name], facts[peer.name] = started(
            lambda: peer(graph, quantised, folder), rounded_once, inputs)
    return [side for side in sides.values() if side], facts


def measure(plan, line, storage):
    """One line of the table in one format."""
    graph = line.graph()
    quantised = Quantised(graph) if storage == "i8" else None
    with ExitStack() as stack:
        folder = folder_of(plan, f"{line.name}-{storage}", stack)
        sides, facts = started_sides(plan, graph, quantised, folder)
        figures = take_turns(sides + plan.smallest, plan.rounds)
    overheads = {side.name: min(samples) for side, samples
                 in zip(plan.smallest, figures[len(sides):])}
    for side, samples in zip(sides, figures):
        overhead = overheads.get(side.name, 0.0)
        facts[side.name].update(overhead=overhead,
                                seconds=[max(each - overhead, 1e-9) for each in samples])
    return {"name": line.name, "title": line.title, "format": storage,
            "multiplications": graph.multiplications(), "sides": facts}


def start_smallest(plan, graph):
    """So that each round shows what calling a peer takes, which no network does."""
    for peer in plan.peers:
        with tempfile.TemporaryDirectory() as folder:
            plan.smallest.append(peer(graph, None, Path(folder)))
        plan.smallest[-1].run(graph.sample(SAMPLE))
