"""Ends the compiler by a signal at random moments, and looks at what it leaves.

usage: kills.py EKE [--kills=N] [--seed=SEED]

Each time one of the commands runs, and gets SIGTERM, SIGINT or SIGHUP at a moment up to its
usual end. It has to end by that signal, or to have been done before. Then there is nothing
in the folder for temporary files, no process is left, and each output is as it was before
the command or as the command makes it.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
import models  # noqa: E402

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
COMMANDS = {
    "exe": ["compile", "model", "-o", "out/program", "--rows=1"],
    "lib": ["compile", "model", "--emit=lib", "-o", "out/libmodel.a", "--rows=1"],
    "asm": ["compile", "model", "--emit=asm", "-o", "out/model.s", "--rows=1"],
    "import": ["import", "model", "-o", "out/model.textproto"],
    "profile": ["profile", "model", "--rows=1", "--tokens=1", "--seconds=0",
                "--json=out/counts.json"],
    "sample": ["profile", "out/ready", "--tokens=2", "--seconds=1", "--json=out/samples.json"],
}
# What is counted and timed is not the same each time.
VARIES = {"counts.json", "samples.json"}


class Place:
    """A folder with a model, outputs, and temporary files."""

    def __init__(self, eke, folder):
        self.eke, self.folder = eke, folder
        self.out, self.temporary = folder / "out", folder / "tmp"
        for path in (self.out, self.temporary):
            path.mkdir()
        models.write(folder / "model", models.SMALL)
        self.run(["compile", "model", "--keep-symbols", "-o", "out/ready"]).wait()

    def run(self, command):
        return subprocess.Popen(
            [self.eke, *command], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "TMPDIR": str(self.temporary)})

    def outputs(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir()}

    def processes(self):
        """What runs here, which all that is started here does at first."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(path / "cwd") == str(self.folder):
                    found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass  # it has ended, or is not ours
        return found

    def find_leftovers(self):
        for _ in range(20):
            left = self.processes()
            if not left:
                break
            time.sleep(0.05)
        return ([f"runs still: {process}" for process in left]
                + [f"is left: {path}" for path in self.temporary.rglob("*")])


def compare(before, after, usual):
    """Says which outputs are neither as before nor as the command makes them."""
    for name in sorted({*before, *after}):
        made = usual.get(name)
        if after.get(name) == before.get(name):
            continue
        if name not in after or made is None:
            yield f"{name}: has come or gone"
        elif name not in VARIES and after[name] != made:
            yield f"{name}: is neither the old nor the new one"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("eke", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    choose = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        place = Place(args.eke.absolute(), Path(name).resolve())
        commands = {name: command for name, command in COMMANDS.items()
                    if name != "profile" or shutil.which("qemu-x86_64")}
        usual, seconds, ended = {}, {}, 0
        for what, command in commands.items():
            start = time.monotonic()
            process = place.run(command)
            said = process.stderr.read()
            if process.wait():
                sys.exit(f"{what}: exit status {process.returncode}: {said.decode()}")
            seconds[what] = time.monotonic() - start
            usual[what] = place.outputs()
        for kill in range(args.kills):
            what = choose.choice(list(commands))
            number = choose.choice(SIGNALS)
            moment = choose.uniform(0, 1.1 * seconds[what])
            before = place.outputs()
            process = place.run(commands[what])
            time.sleep(moment)
            process.send_signal(number)
            said = process.stderr.read().decode()
            status = process.wait()
            ended += status == -number
            problems = place.find_leftovers()
            problems += compare(before, place.outputs(), usual[what])
            if status not in (0, -number):
                problems.append(f"exit status {status}: {said}")
            if status and said.startswith("eke: error"):
                problems.append(f"has said: {said}")
            if problems:
                sys.exit(f"kill {kill}: {what}, {number.name} after {moment:.3f} s, seed "
                         f"{args.seed}:\n" + "\n".join(problems))
        print(f"{args.kills} kills, of which {ended} came before the end: nothing is left")


if __name__ == "__main__":
    main()
