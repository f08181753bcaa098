"""Compiles the example for the other tests, within seconds.

usage: compile_example.py TARGET WEIGHTS [plain|exit|own-exit|symbols]

Counts the processor's time, linker included: it does not depend on what else the
machine does. The program in i8 that drafts also leaves what every phase made of it.
"""

import sys

from harness import (EKE, WORK, PROGRAMS, expect, finish, phases_folder, program, run_measured)

MOST_SECONDS = {"plain": 15, "exit": 30, "own-exit": 30, "symbols": 15}

target, weights, *rest = sys.argv[1:]
kind = rest[0] if rest else "plain"
model, options = PROGRAMS[kind]
WORK.mkdir(parents=True, exist_ok=True)
output = program(target, weights, kind)
if (kind, weights) == ("exit", "i8"):
    options = [*options, f"--dump-ir={phases_folder(target)}"]
used = run_measured([EKE, "compile", model, "-o", output, f"--target={target}",
                     f"--weights={weights}", *options])
expect(used.cpu_seconds <= MOST_SECONDS[kind],
       f"{used.cpu_seconds:.1f} s to compile (at most {MOST_SECONDS[kind]} s), "
       f"{used.peak_bytes / 1e6:.0f} MB at the peak")
expect(output.stat().st_mode & 0o111, f"{output.stat().st_size} bytes, executable")
finish()
