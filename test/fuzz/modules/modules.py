#!/usr/bin/env python3
"""Runs module-fuzzer: mutants of the modules of all tests, and of random graphs.

usage: modules.py --bin FOLDER --work FOLDER [--modules N | --seconds S] [--seed S]
                  [--codegen N --eke EKE]

Mutant number i has the seed S + i. One that crashes the compiler, or takes too long, ends
module-fuzzer; it is written to FOLDER, and the others follow. With --codegen each N-th that
passes is compiled to an object by `eke compile` as well, which has to end as it promises.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGPROF

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test/fuzz/readers"), str(ROOT / "test/numerics/random_graphs")]
from batch import Trial, module_of  # noqa: E402
from generate import arguments, generate  # noqa: E402
from readers import split_modules  # noqa: E402

MOST_BYTES = 20000
GRAPHS = 40
MOST_CRASHES = 50


def write_seeds(folder):
    """The modules, and a file that their payloads are in."""
    shutil.rmtree(folder, ignore_errors=True)
    split_modules(folder, MOST_BYTES)
    for path in folder.glob("reduce-crash*"):  # crashes upstream's parser
        path.unlink()
    for seed in range(GRAPHS):
        graph = generate(seed, f"g{seed}")
        rng = np.random.default_rng([seed, 1])
        text = module_of([Trial(graph, [arguments(rng, graph)])])
        (folder / f"graph-{seed}.mlir").write_text(text)
    (folder / "m.bin").write_bytes(bytes(range(256)) * 4096)


def last_words(text):
    """What a sanitizer or an assertion said, and which of our functions it was in."""
    lines = [line.strip() for line in text.splitlines() if re.match(
        r"\s+#\d+ .*mlir::eke|.*(ERROR: |runtime error: |Assertion )", line)]
    return "\n".join("  " + line[:200] for line in lines[:10])


def is_ours(text):
    """Whether code of ours is in the stack, but for what makes mutants."""
    return re.search(r"#\d+ .*mlir::eke::(?!test::)", text) is not None


class Session:
    def __init__(self, options):
        self.options = options
        self.tool = options.bin.resolve() / "module-fuzzer"
        self.work = options.work.resolve()
        self.seeds = self.work / "seeds"
        self.counts = dict.fromkeys(("passed", "refused", "failed"), 0)
        self.crashes = 0

    def call(self, seed, *arguments):
        command = [self.tool, self.seeds, f"--work={self.work}", f"--seed={seed}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, errors="replace")

    def run_fuzzer(self, seed, modules, seconds):
        """Returns how many mutants there were, the last of which may have crashed."""
        done = self.call(seed, f"--modules={modules}", f"--seconds={seconds:.0f}",
                         f"--keep-every={self.options.codegen}")
        print(done.stdout, end="", flush=True)
        total = re.search(r"(\d+) mutants from.*", done.stdout)
        progress = total[0] if total else (self.work / "current").read_text()
        for name in self.counts:
            self.counts[name] += int(re.search(rf"(\d+) {name}", progress)[1])
        if total:
            return int(total[1])
        self.report_crash(int(progress.split()[0]), "is made" in progress, done)
        return int(progress.split()[0]) - seed + 1

    def report_crash(self, mutant, is_made, done):
        if is_made and not is_ours(done.stderr):
            print(f"mutant {mutant}: upstream's verifier crashes, which the compiler answers as "
                  "a crash of its parser", flush=True)
            return
        written = self.call(mutant, "--write").stdout
        print(f"mutant {mutant}: {'takes too long' if -done.returncode == SIGPROF else 'crashes'}\n"
              f"{last_words(done.stderr)}\n  see {written}", flush=True)
        self.crashes += 1
        self.counts["failed"] += 1

    def compile_kept(self):
        """Compiles the modules that were kept; a compiler that crashes is a fault."""
        kept = sorted(self.work.glob("passed-*.mlir"))
        shutil.copy(self.seeds / "m.bin", self.work)
        for path in kept:
            done = subprocess.run([self.options.eke, "compile", path, "--emit=obj", "-o",
                                   self.work / "out.o"], capture_output=True, text=True)
            if done.returncode in (0, 1, 2):
                path.unlink()
                continue
            self.counts["failed"] += 1
            print(f"{path}: eke compile: {done.returncode}: {done.stderr[-500:]}", flush=True)
        return len(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--modules", type=int, default=1000)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--codegen", type=int, default=0, metavar="N")
    parser.add_argument("--eke", type=Path)
    options = parser.parse_args()
    session = Session(options)
    options.work.mkdir(parents=True, exist_ok=True)
    write_seeds(session.seeds)

    start = time.monotonic()
    seed, end = options.seed, options.seed + (options.modules if not options.seconds else 10**12)
    last = start + (options.seconds or 10**6)
    while session.crashes < MOST_CRASHES and seed < end and time.monotonic() < last:
        seed += session.run_fuzzer(seed, end - seed, last - time.monotonic())
    compiled = session.compile_kept() if options.codegen else 0
    tally = ", ".join(f"{count} {name}" for name, count in session.counts.items())
    print(f"{seed - options.seed} mutants from seed {options.seed} in "
          f"{time.monotonic() - start:.0f} s; {sum(session.counts.values())} were valid: {tally}"
          + (f"; {compiled} compiled" if options.codegen else ""))
    return session.counts["failed"] > 0


if __name__ == "__main__":
    sys.exit(main())
