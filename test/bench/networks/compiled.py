"""Eke's side: writes a network's module, compiles it and runs the program."""

import json
import subprocess
from pathlib import Path

import numpy as np

from . import linalg_text, tosa_text


class Failure(Exception):
    """A compiler or program failed; the message is its first line."""


def run(*command):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"status {done.returncode}: {told[0][:300] if told else 'no message'}")
    return done.stdout


class Compiled:
    name = "Eke"

    def __init__(self, eke, graph, quantised, folder, target):
        self.eke, self.graph, self.folder = eke, graph, folder
        self.type = np.int8 if quantised else np.float32
        self.module, self.program = folder / "network.mlir", folder / f"network-{Path(target).stem}"
        self.module.write_text(tosa_text.write(quantised) if quantised else linalg_text.write(graph))
        run(eke, "compile", self.module, f"--target={target}", "-o", self.program)

    def _call(self, count):
        """The seconds of so many calls."""
        run(self.program, "--in", *self.files("in", self.graph.inputs), "--out",
            *self.files("out", self.graph.results), "--repeat", count, "--stats",
            self.folder / "stats.json")
        return json.loads((self.folder / "stats.json").read_text())["seconds"]

    def files(self, kind, values):
        return [self.folder / f"{kind}{index}" for index in range(len(values))]

    def run(self, inputs):
        for path, array in zip(self.files("in", self.graph.inputs), inputs):
            path.write_bytes(np.ascontiguousarray(array).tobytes())
        self.first = self._call(1)
        return [np.frombuffer(path.read_bytes(), self.type).reshape(value.shape) for path, value
                in zip(self.files("out", self.graph.results), self.graph.results)]

    def seconds(self, count):
        """Of `count` calls: the first one touches memory, and is not among them."""
        return max(self._call(1 + count) - self.first, 0.0)

    def instructions(self, target, calls=2):
        """Of one call on a device, as an emulator counts them."""
        run(self.eke, "profile", self.module, f"--target={target}", f"--calls={calls}",
            "--seconds=0", f"--json={self.folder / 'counts.json'}")
        counts = json.loads((self.folder / "counts.json").read_text())
        return counts["call"]["instructions"] / calls
