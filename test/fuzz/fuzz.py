#!/usr/bin/env python3
"""Attacks the compiler and its programs with random input.

usage: fuzz.py [--only=KIND,…] [--minutes=N] [--seed=S] [--codegen=N]
               [--graphs=N] [--target=NAME] [--reduce]

The time is shared between the kinds. Each starts from the seed S, and prints what it tried;
what fails is printed with the command that repeats it. The last three options are those of
graphs, and leave out the other kinds.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
FUZZERS = BUILD / "fuzzers"
WORK = BUILD / "fuzz"


def run(*command, env={}):
    env = os.environ | {name: str(value) for name, value in env.items()}
    return subprocess.run([str(word) for word in command], cwd=ROOT, env=env).returncode == 0


def run_graphs(options, seconds):
    """compiles random graphs, and compares their numbers with NumPy's"""
    command = [sys.executable, "-B", "test/numerics/random_graphs/random_graphs.py",
               "--eke", BUILD / "bin/eke", "--work", WORK, "--seed", options.seed,
               "--target", options.target or "host"]
    command += ["--graphs", options.graphs] if options.graphs else ["--seconds", seconds]
    if options.reduce:
        command += ["--reduce", BUILD / "bin/eke-reduce"]
    return run(*command)


def run_readers(options, seconds):
    """gives files of every kind to their readers, under sanitizers"""
    return run(sys.executable, "-B", "test/fuzz/readers/readers.py", "--build", FUZZERS,
               "--work", WORK / "readers", "--seconds", seconds, "--seed", options.seed)


def run_modules(options, seconds):
    """runs all phases on mutants of valid modules, under sanitizers"""
    command = [sys.executable, "-B", "test/fuzz/modules/modules.py", "--bin", FUZZERS / "bin",
               "--work", WORK / "modules", "--seconds", seconds, "--seed", options.seed]
    if options.codegen:
        command += ["--codegen", options.codegen, "--eke", BUILD / "bin/eke"]
    return run(*command)


def run_units(_options, _seconds):
    """runs unit tests under sanitizers, once"""
    return run("ctest", "--preset", "fuzz", "-j2")


def repeat(seconds, seeds, *command, **surroundings):
    """Runs a command with one seed after the other, until it fails or time is up."""
    end = time.monotonic() + seconds
    for seed in seeds:
        if not run(*command, f"--seed={seed}", **surroundings):
            return False
        if time.monotonic() >= end:
            return True
    return True


def run_commands(options, seconds):
    """runs programs on random command lines, under sanitizers"""
    surroundings = {"EKE": BUILD / "bin/eke", "EKE_ROOT": ROOT, "EKE_WORK": WORK,
                    "EKE_LLVM_TOOLS": "/usr/lib/llvm-22/bin"}
    count = 1000
    seeds = range(options.seed, sys.maxsize, count)
    return all(repeat(seconds / 2, seeds, sys.executable, "-B",
                      "test/e2e/random_command_lines.py",
                      BUILD / f"test/unit/runtime/fake-{name}-address", f"--count={count}",
                      "--sanitized=1", env=surroundings)
               for name in ("language", "tensors"))


def run_kills(options, seconds):
    """ends the compiler at any moment, and looks at what it leaves"""
    return repeat(seconds, range(options.seed, sys.maxsize), sys.executable, "-B",
                  "test/fuzz/kills.py", BUILD / "bin/eke", "--kills=20")


# Each kind, and what it needs of the build with sanitizers.
KINDS = {
    "graphs": (run_graphs, None),
    "readers": (run_readers, "fuzz-readers"),
    "modules": (run_modules, "module-fuzzer"),
    "units": (run_units, "fuzz-units"),
    "commands": (run_commands, None),
    "kills": (run_kills, None),
}


def parse(arguments):
    about = "\n".join(f"  {name:<8} {run.__doc__}" for name, (run, _) in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="./dev fuzz", description="Attacks the compiler and its programs.",
        epilog=f"kinds:\n{about}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="KIND,…", help="of all kinds")
    parser.add_argument("--minutes", type=float, default=10, metavar="N",
                        help="for all kinds together (10)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="where to start (0)")
    parser.add_argument("--codegen", type=int, default=0, metavar="N",
                        help="of modules that pass, compile each N-th to an object")
    graphs = parser.add_argument_group("graphs alone")
    graphs.add_argument("--graphs", type=int, metavar="N", help="how many, in any time")
    graphs.add_argument("--target", metavar="NAME", help="as eke compile --target")
    graphs.add_argument("--reduce", action="store_true",
                        help="make the modules of failures small, and write them to build/fuzz")
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    of_graphs = options.graphs or options.target or options.reduce
    options.only = (options.only or ("graphs" if of_graphs else ",".join(KINDS))).split(",")
    for kind in options.only:
        if kind not in KINDS:
            parser.error(f"unknown kind '{kind}'; expected some of {', '.join(KINDS)}")
    return options


def main():
    options = parse(sys.argv[1:])
    if options.list:  # what has to be built
        print(*(target for kind in options.only if (target := KINDS[kind][1])))
        return False
    failed = []
    seconds = 60 * options.minutes / len(options.only)
    for kind in options.only:
        attack = KINDS[kind][0]
        print(f"\n== fuzz: {kind}: {attack.__doc__}", flush=True)
        if not attack(options, round(seconds)):
            failed.append(kind)
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nnothing was found")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
