"""A plan of formats is within its budget, the same however it was found, and what a program gets.

usage: compress.py [--all]

A small model with random weights. Two processes measure a part each, a third one chooses. With
--all, one process measures everything, and one is killed and goes on: plans are equal. The curve
goes from the least loss to the least energy.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import models
from harness import (EKE, EXAMPLE, compile_model, expect, expect_equal, finish, run,
                     temporary_folder)

SHAPE = models.Shape(layers=1, width=64, heads=2, kv_heads=1, hidden=96, vocab=300, context=64)
MATRICES = 1 + 7 * SHAPE.layers
BUDGET = 0.8


class Compression:
    """The command, and where it keeps what it has measured."""

    def __init__(self, folder, name):
        self.losses = folder / name
        self.losses.mkdir()
        self.plan = folder / f"{name}.json"
        self.command = [EKE, "compress", folder / "model", "--target=cortex-a76",
                        f"--calibrate={folder / 'text'}", "--candidates=i8,i4",
                        f"--budget=bytes={100 * BUDGET:.0f}%", f"--losses={self.losses}"]

    def run(self, *more):
        command = list(map(str, [*self.command, "-o", self.plan, *more]))
        done = subprocess.run(command, capture_output=True, text=True)
        expect(done.returncode == 0, f"status {done.returncode} {done.stderr[-300:]}")
        print(done.stdout)
        return done

    def count(self):
        return sum(sum(not key.startswith("nats") for key in json.loads(file.read_text()))
                   for file in self.losses.glob("*.json"))

    def kill(self):
        """Starts the command and kills it when it has measured something."""
        process = subprocess.Popen(list(map(str, [*self.command, "-o", self.plan])),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and self.count() < 5:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()


def check_tried(tried):
    expect(all(each["i4"]["divergence"] > each["i8"]["divergence"] >= 0 for each in tried.values()),
           "every matrix loses more in 4 bits")
    expect(all(each["i4"]["bytes"] < each["i8"]["bytes"] for each in tried.values()),
           "every matrix is smaller in 4 bits")
    expect(all(each[kind]["picojoules"] > 0 for each in tried.values() for kind in each),
           "every matrix takes energy")


def check_program(folder, plan):
    """What a plan promises is what a program has."""
    def build(name, option):
        return compile_model(folder / "model", folder / name, "--target=host", option)

    def weight_bytes(program):
        run([program, "--prompt", "a", "--tokens", "1", "--stats", folder / "stats"])
        return json.loads((folder / "stats").read_text())["weight_bytes"]

    file = f"--formats={folder / 'parts.json'}"
    uniform, planned = weight_bytes(build("i8", "--weights=i8")), weight_bytes(build("a", file))
    expect(planned <= BUDGET * uniform, f"{planned} bytes are within {BUDGET} of {uniform}")
    expect_equal(planned, plan["weight_bytes"], "bytes of the weights")
    expect((folder / "a").read_bytes() == build("b", file).read_bytes(), "two programs are equal")
    module = run([EKE, "compile", folder / "model", file, "--stop-after=format"]).decode()
    found = re.findall(r'eke\.weight @"?([^" ]+)"? : tensor<\d+x\d+xf32, #eke\.format<(\w+)',
                       module)
    expect_equal({kind for _, kind in found}, {"i8", "i4"}, "formats in the module")
    for name, kind in found:
        first = name.split("+")[0]
        expect_equal(plan["formats"][first], kind, first)


def check_curve(folder):
    curve = json.loads((folder / "curve").read_text())
    energies = [point["modelled_picojoules"]["nominal"] for point in curve["curve"]]
    added = [point["added_perplexity"] for point in curve["curve"]]
    expect(energies and energies == sorted(set(energies), reverse=True), f"energies {energies}")
    expect(added == sorted(added), f"added perplexities {added}")
    expect_equal([each["format"] for each in curve["uniform"]], ["i8", "i4"], "one format for all")
    expect((folder / "plot.svg").read_text().count("<circle") == len(energies) + 2, "a plot")


with temporary_folder() as folder:
    folder = Path(folder)
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    models.write(folder / "model", SHAPE)
    # One line, so that no other begins in the part that judges plans.
    text = (EXAMPLE / "eval.txt").read_text()[:1200].replace("\n", " ")
    (folder / "text").write_text(text + "\n")

    parts = Compression(folder, "parts")
    for part in ("1/2", "2/2"):
        parts.run(f"--shard={part}")
    expect_equal(parts.count(), 2 * MATRICES, "losses that two parts measure")
    expect(not parts.plan.exists(), "a part chooses nothing")
    expect("proj" not in parts.run().stderr, "nothing is measured twice")
    plan = json.loads(parts.plan.read_text())
    expect_equal(len(plan["formats"]), MATRICES, "matrices")
    expect_equal(set(plan["formats"].values()), {"i8", "i4"}, "formats of the plan")
    check_tried(plan["tried"])
    check_program(folder, plan)
    if sys.argv[1:] == ["--all"]:
        whole, stopped = Compression(folder, "whole"), Compression(folder, "stopped")
        whole.run("--pareto", folder / "curve", "--plot", folder / "plot.svg")
        expect(whole.plan.read_bytes() == parts.plan.read_bytes(), "the same plan as from parts")
        check_curve(folder)
        stopped.kill()
        expect(5 <= stopped.count() < 2 * MATRICES, f"stopped behind {stopped.count()} losses")
        stopped.run()
        expect(stopped.plan.read_bytes() == parts.plan.read_bytes(), "the same plan gone on with")
finish()
