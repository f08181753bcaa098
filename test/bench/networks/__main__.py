"""The command line of this folder, which bench.py calls with a Python that has the peers:

    PYTHONPATH=test/bench python3 -m networks --eke build/bin/eke --lines=resnet8 --keep out
"""

import argparse
import datetime
import json
import re
from pathlib import Path

import machine

from . import checks, comparison
from .compiled import run
from .lines import LINES
from .table import failures, table


def names_of(lines):
    def read(text):
        known, names = [line.name for line in lines], text.split(",")
        if wrong := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"'{wrong[0]}' is none of {', '.join(known)}")
        return names
    return read


def emulators(eke):
    """The commands that run the programs of each target."""
    listed = json.loads(run(eke, "targets", "--json=-"))["targets"]
    return {target["name"]: target["emulator"] for target in listed}


def target_of(eke, target):
    """Its name, with what 'host' stands for; of a file, the name of that."""
    found = re.search(rf"^{re.escape(target)} .*: (\S+)$", run(eke, "targets"), re.M)
    return f"{target} ({found[1]})" if found else Path(target).stem


def read_options():
    parser = argparse.ArgumentParser(prog="networks")
    add = parser.add_argument
    add("--eke", type=Path, required=True)
    add("--target", default=machine.best_target())
    add("--lines", type=names_of(LINES), default=[line.name for line in LINES])
    add("--formats", type=lambda text: text.split(","), default=["f32", "i8"])
    add("--rounds", type=int, default=9)
    add("--no-peer", action="store_true")
    add("--no-counts", action="store_true")
    add("--keep", type=Path)
    add("--output", type=Path, help="of the results, as JSON")
    return parser.parse_args()


def plan_of(options):
    plan = comparison.Plan(options.eke.resolve(), options.target, options.rounds, keep=options.keep)
    if options.no_counts:
        plan.devices = ()
    plan.emulators = emulators(plan.eke)
    if not options.no_peer:
        from . import peers  # which need packages
        plan.peers = peers.PEERS
        comparison.start_smallest(plan, peers.smallest_network())
    return plan


def versions(plan):
    if not plan.peers:
        return {}
    from . import peers
    return peers.versions()


def main():
    options = read_options()
    plan, before, results = plan_of(options), machine.load(), []
    names = [peer.name for peer in plan.peers]
    for line in LINES:
        for storage in line.formats:
            if line.name in options.lines and storage in options.formats:
                results.append(comparison.measure(plan, line, storage))
                print(table(results[-1:], names, plan.devices).splitlines()[-1], flush=True)
    everything = {"date": datetime.date.today().isoformat(), "machine": machine.describe(),
                  "load": {"before": before, "after": machine.load()},
                  "eke": run(plan.eke, "--version").strip(),
                  "target": target_of(plan.eke, plan.target),
                  "rounds": plan.rounds, "bound": checks.BOUND, "peers": versions(plan),
                  "devices": plan.devices, "lines": results}
    if options.output:
        options.output.write_text(json.dumps(everything, indent=1) + "\n")
    print(f"\nload {before:.2f} before, {everything['load']['after']:.2f} after\n")
    print(table(results, names, plan.devices) + "\n" + failures(results))


if __name__ == "__main__":
    main()
