#!/usr/bin/env python3
"""Compares models compiled by Eke with llama.cpp on this machine.

Writes build/bench/results.json, performance.md and performance.svg; with --write-docs
the page and the picture go to docs/ as well. What is measured, and how to read it, is
said at the top of that page. With --networks other networks, next to other peers.
"""

import argparse
import datetime
import json
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

import arm
import exits
import machine
import measure
import networks.run
import peer
import sharing
from chart import chart
from page import page
from program import FORMATS, compiler_version
from tools import Missing
from workloads import ROOT, WORKLOADS

PAGE, PICTURE = "performance.md", "performance.svg"


@dataclass
class Plan:
    """What to measure; the options of the command line."""

    eke: Path
    cache: Path
    target: str
    models: list
    formats: list
    threads: list
    tokens: int
    rounds: int
    row_rounds: int
    repeat: int
    quick: bool = False
    bandwidth: machine.Bandwidth = field(default=None)

    def settings(self):
        return {"formats": self.formats, "threads": self.threads, "tokens": self.tokens,
                "rounds": self.rounds, "row_rounds": self.row_rounds, "repeat": self.repeat}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"bench.py: error: {message}\n")


def list_of(known):
    """Reads names separated by commas, all of them known."""
    def read(text):
        names = text.split(",")
        if wrong := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(
                f"'{wrong[0]}' is none of {', '.join(known)}")
        return names
    return read


def whole_number(low, high):
    def read(text):
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"'{text}' is no whole number from {low} to {high}")
        return int(text)
    return read


def thread_counts(text):
    return [whole_number(1, 64)(count) for count in text.split(",")]


def read_options(arguments):
    parser = Parser(
        prog="./dev bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true",
        help="MobileLLM-125M alone, fewer rounds: under three minutes on two idle cores")
    add("--full", action="store_true", help="everything (the default)")
    add("--models", type=list_of([w.name for w in WORKLOADS]), metavar="NAME,...",
        help=f"of {', '.join(w.name for w in WORKLOADS)} (all; with --quick 125m)")
    add("--formats", type=list_of(list(FORMATS)), default=list(FORMATS), metavar="F,...",
        help="of i4 (against Q4_0, and of a real model Q4_K_M), i8 (against Q8_0) and keep (a "
        "file's own; all)")
    add("--threads", type=thread_counts, default=[1, 2], metavar="N,...",
        help="numbers of threads (1,2)")
    add("--rounds", type=whole_number(1, 1000), metavar="N",
        help="samples of each figure (7; with --quick 3)")
    add("--tokens", type=whole_number(2, 120), metavar="N",
        help="tokens decoded per sample (64; with --quick 32)")
    add("--target", help="of the compiler (the best that this machine runs)")
    add("--no-peer", action="store_true", help="measure Eke alone")
    add("--peer-version", default="latest", metavar="V",
        help="of the npm package with llama.cpp (what is installed, else the latest)")
    add("--peer-build", metavar="NAME",
        help="of ggml, such as haswell (llama.cpp's choice for this CPU)")
    add("--from-results", type=Path, metavar="FILE",
        help="measure nothing, write the page from this results.json")
    add("--arm", action="store_true",
        help="measure nothing; build llama.cpp's side for 64-bit ARM and print the commands "
        "that run it under emulation, to count instructions")
    add("--exits", action="store_true",
        help=f"measure early exits alone, for {exits.PAGE}: half an hour")
    add("--networks", action="store_true",
        help=f"measure networks that are no language models, for {networks.run.PAGE}: a few minutes")
    add("--lines", metavar="NAME,...", help="with --networks: these lines of its table alone")
    add("--keep", type=Path, metavar="DIR", help="with --networks: leave all sides' files there")
    add("--write-docs", action="store_true", help=f"write docs/{PAGE} and docs/{PICTURE}, "
        f"docs/{exits.PAGE} or docs/{networks.run.PAGE}")
    add("--output", type=Path, metavar="DIR", help="where results go (build/bench)")
    add("--check", action="store_true", help=argparse.SUPPRESS)  # the options alone
    add("--eke", type=Path, default=ROOT / "build/bin/eke", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.quick and options.full:
        parser.error("--quick and --full exclude each other")
    if options.check:
        sys.exit(0)
    options.target = options.target or machine.best_target()
    if not options.from_results and not options.arm and not options.eke.exists():
        parser.error(f"{options.eke} is not there: ./dev build makes it")
    return options


def chosen_models(options):
    names = options.models or (["125m"] if options.quick else [w.name for w in WORKLOADS])
    return [w for w in WORKLOADS if w.name in names]


def plan_of(options, cache):
    quick = options.quick
    return Plan(eke=options.eke.resolve(), cache=cache, target=options.target,
                models=chosen_models(options), formats=options.formats,
                threads=options.threads, tokens=options.tokens or (32 if quick else 64),
                rounds=options.rounds or (3 if quick else 7), row_rounds=1 if quick else 3,
                repeat=6 if quick else 12, quick=quick,
                bandwidth=machine.Bandwidth(cache, options.threads, 0.3))


def find_peer(options, cache):
    """llama.cpp and what the results say of it, or None and why."""
    if options.no_peer:
        return None, {"missing": "--no-peer was given"}
    try:
        llama = peer.LlamaCpp(cache, options.peer_version, options.peer_build)
        peer.python_with_gguf(cache)
        return llama, llama.facts
    except Missing as missing:
        print(f"bench.py: llama.cpp is left out: {missing}", file=sys.stderr)
        return None, {"missing": str(missing)}


def measure_all(options, cache):
    plan = plan_of(options, cache)
    llama, peer_facts = find_peer(options, cache)
    before = machine.load()
    print(f"load before: {before:.2f}")
    if before > machine.QUIET:
        print(f"bench.py: warning: load is {before:.2f}, expected at most {machine.QUIET}: "
              "others disturb the figures", file=sys.stderr)
    models = list(measure.compare_all(plan, llama))
    shared = sharing.measure(plan)
    after = machine.load()
    print(f"load after: {after:.2f}")
    return {"date": datetime.date.today().isoformat(), "machine": machine.describe(),
            "load": {"before": before, "after": after},
            "eke": {"version": compiler_version(plan.eke), "target": plan.target},
            "peer": peer_facts, "settings": plan.settings(),
            "bandwidth": plan.bandwidth.results(), "models": models, "sharing": shared}


def measure_exits(options, cache, output):
    before = machine.load()
    results = exits.measure(options.eke.resolve(), cache, options.rounds or 5)
    (output / "exits.json").write_text(json.dumps(results, indent=1) + "\n")
    about = machine.describe()
    facts = (f"- Machine: {about['cpu']} ({about['architecture']}), {about['cores']} cores; load "
             f"{before:.2f} before, {machine.load():.2f} after.\n"
             f"- Eke: {compiler_version(options.eke)}; {options.rounds or 5} rounds, measured on "
             f"{datetime.date.today().isoformat()}.\n")
    exits.write(results, facts, [output] + [ROOT / "docs"] * options.write_docs)


def read_results(path):
    try:
        results = json.loads(path.read_text())
        results["models"], results["bandwidth"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Missing(f"{path} is expected to be a results.json of this command: "
                      f"{error!r}") from error
    return results


def main(arguments):
    options = read_options(arguments)
    cache = ROOT / "build/bench"
    cache.mkdir(parents=True, exist_ok=True)
    if options.arm:
        for command in arm.prepare(chosen_models(options), options.formats, cache,
                                   options.peer_version):
            print(shlex.join(map(str, command)))
        return
    output = options.output or cache
    output.mkdir(parents=True, exist_ok=True)
    if options.exits:
        return measure_exits(options, cache, output)
    if options.networks:
        return networks.run.write(networks.run.measure(options, cache, output),
                                  [output] + [ROOT / "docs"] * options.write_docs)
    if options.from_results:
        results = read_results(options.from_results)
    else:
        results = measure_all(options, cache)
        (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    text = page(results, PICTURE)
    for folder in [output] + [ROOT / "docs"] * options.write_docs:
        (folder / PAGE).write_text(text)
        (folder / PICTURE).write_text(chart(results))
        print(f"written: {folder / PAGE}, {folder / PICTURE}")
    print("\n" + text[text.index("## Decoding"):])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Missing as missing:
        sys.exit(f"bench.py: {missing}")
