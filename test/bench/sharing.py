"""What the second run of a shared block takes, next to its first.

Two models have the same weights; in one of them each block runs twice in a row. What that
model's blocks take more is the time of the second runs.
"""

import tempfile
from pathlib import Path
from statistics import median

from program import Program
from workloads import directory_of

POSITION = 128
# Turns for a sample of other figures: one run is the small difference of two times.
TURNS = 6


def pairs_of(workloads):
    """The models without sharing among these that another one has the weights of."""
    for shared in workloads:
        for once in workloads:
            if shared.shares_layers and once.shape == shared.shape and not once.shares_layers:
                yield once, shared


def compiled(plan, workload, weights, folder):
    (folder / workload.name).mkdir()
    return Program(plan.eke, directory_of(workload, plan.cache / "models"), plan.target,
                   weights, folder / workload.name)


def take_turns(programs, threads, rounds, repeat):
    """For each program a list of seconds of all its blocks, for one row."""
    return zip(*[[program.blocks(POSITION, threads, repeat) for program in programs]
                 for _ in range(rounds)])


def measure(plan):
    results = []
    for workloads in pairs_of(plan.models):
        for weights in plan.formats:
            with tempfile.TemporaryDirectory(dir=plan.cache) as folder:
                programs = [compiled(plan, workload, weights, Path(folder))
                            for workload in workloads]
                for threads in plan.threads:
                    once, twice = take_turns(programs, threads, TURNS * plan.rounds + 1,
                                             plan.repeat)
                    results.append({"title": workloads[1].title, "format": weights,
                                    "threads": threads, "blocks": workloads[0].shape.layers,
                                    "once": once, "twice": twice})
    return results


def relative(result):
    """The second run over the first one, in the median over all turns."""
    return median((twice - once) / once
                  for once, twice in zip(result["once"], result["twice"]))
