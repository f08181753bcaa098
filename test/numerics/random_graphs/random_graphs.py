"""Random graphs, compiled two ways and evaluated a third: by Halide, by plain loops, and
by NumPy over the generator's own description.

usage: random_graphs.py --eke EKE --work FOLDER [--graphs N | --seconds N] [--seed S]
                        [--target NAME] [--reduce EKE-REDUCE]

Graph number i has the seed S + i, and is the same whatever N is. A graph that fails is
made small, and printed with the command that repeats it. With --reduce what is left is
given to eke-reduce, which knows all of MLIR, and written to FOLDER/SEED-KERNELS.mlir:
that takes a failure of Halide or of loops alone, whose numbers it compares.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from batch import HERE, Failed, Machine, Trial, module_of
from check import Tally, problem_of
from elements import F32
from exits import make_exit_trial
from generate import arguments, generate
from interesting import describe
from reduce import reduce

BATCH = 25
KERNELS = ("halide", "loops")


def make(seed):
    """One graph of a batch has an exit: of the entries that it makes, a program has one."""
    if seed % BATCH == 7:
        return make_exit_trial(f"g{seed}", np.random.default_rng(seed))
    graph = generate(seed, f"g{seed}")
    rng = np.random.default_rng([seed, 1])
    calls = 3 if graph.states else 1
    return Trial(graph, [arguments(rng, graph) for _ in range(calls)])


def run_all(machine, trials, kernels, name):
    """The outputs of each trial. Where a batch does not compile, its halves are tried, and
    so on: the trial that is to blame gets the failure."""
    try:
        return machine.run(trials, kernels, name)
    except Failed as failure:
        if len(trials) == 1:
            return [failure]
        half = len(trials) // 2
        return (run_all(machine, trials[:half], kernels, name)
                + run_all(machine, trials[half:], kernels, name))


def kind_of(problem):
    """A graph made smaller has to fail in the same way."""
    return "wrong numbers" if problem.startswith("call") else problem.split(":")[0]


class Session:
    def __init__(self, machine, reducer=None):
        self.machine, self.reducer = machine, reducer
        self.tally, self.failures = Tally(), []

    def run(self, seeds):
        trials = [make(seed) for seed in seeds]
        references = [trial.reference() for trial in trials]
        for kernels in KERNELS:
            outputs = run_all(self.machine, trials, kernels, f"{seeds[0]}-{kernels}")
            for seed, trial, reference, output in zip(seeds, trials, references, outputs):
                if problem := problem_of(trial, reference, output, self.tally):
                    self.failures.append((seed, kernels))
                    self.report(seed, trial, kernels, problem)

    def report(self, seed, trial, kernels, problem):
        def fails(candidate):
            output = run_all(self.machine, [candidate], kernels, f"{seed}-{kernels}-reduced")[0]
            found = problem_of(candidate, candidate.reference(), output)
            return bool(found) and kind_of(found) == kind_of(problem)
        small = reduce(trial, fails)
        output = run_all(self.machine, [small], kernels, f"{seed}-{kernels}-small")[0]
        found = problem_of(small, small.reference(), output) or problem
        print(f"\nseed {seed}, --kernels={kernels}: {problem}\n"
              f"reduced: {found}\n{small.text()}"
              f"repeat with: ./dev fuzz --graphs=1 --seed={seed}", flush=True)
        if self.reducer:
            self.reduce_module(small, kernels, found, f"{seed}-{kernels}")

    def reduce_module(self, trial, kernels, problem, name):
        """Writes the smallest module that eke-reduce finds."""
        folder, target = self.machine.work / f"{name}-reduce", self.machine.work / f"{name}.mlir"
        folder.mkdir(parents=True, exist_ok=True)
        description = describe(self.machine, trial, kernels, problem, folder)
        (folder / "small.mlir").write_text(module_of([trial]))
        done = subprocess.run(
            [self.reducer, folder / "small.mlir", "-o", target,
             f"--eke-reduce-ops=test={sys.executable} test-arg={HERE / 'interesting.py'} "
             f"test-arg={description}"], capture_output=True, text=True)
        print(f"see {target}" if done.returncode == 0 else
              f"not reduced further: {done.stderr.strip()}", flush=True)


def find_target(eke, name):
    """What `eke targets` says of a target; nothing of this machine, which needs no more."""
    listing = subprocess.run([eke, "targets", "--json=-"], capture_output=True, check=True).stdout
    return next((t for t in json.loads(listing)["targets"] if t["name"] == name), {})


def run_batches(session, options):
    """Runs batch after batch, some at a time. Returns how many graphs there were."""
    end = time.monotonic() + options.seconds if options.seconds else None
    last = options.seed + options.graphs

    def run(first):
        if end and time.monotonic() >= end:
            return 0
        seeds = range(first, first + BATCH if end else min(first + BATCH, last))
        session.run(seeds)
        return len(seeds)

    most = 1_000_000 if end else options.graphs
    with ThreadPoolExecutor(options.jobs) as pool:
        return sum(pool.map(run, range(options.seed, options.seed + most, BATCH)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--graphs", type=int, default=300)
    parser.add_argument("--seconds", type=float, help="as many graphs as can be started in them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", default="host")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reduce", help="eke-reduce")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of NumPy, about infinities

    known = find_target(options.eke, options.target)
    if known.get("triple", "").startswith("armv7"):
        F32.flush()
    session = Session(Machine(options.eke, options.work, options.target, known.get("emulator"),
                              known.get("triple")), options.reduce)
    start = time.monotonic()
    done = run_batches(session, options)
    print(f"{done} graphs from seed {options.seed} on {options.target} in "
          f"{time.monotonic() - start:.0f} s: {session.tally}; "
          f"{len({seed for seed, _ in session.failures})} failed")
    return bool(session.failures)


if __name__ == "__main__":
    sys.exit(main())
