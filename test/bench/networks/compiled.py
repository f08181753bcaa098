"""Eke's side: writes a network's module, compiles it and runs the program."""

import json
import resource
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


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write_module(graph, quantised, folder):
    path = folder / "network.mlir"
    path.write_text(tosa_text.write(quantised) if quantised else linalg_text.write(graph))
    return path


class Compiled:
    """A program for a target, which an emulator may have to run."""

    name = "Eke"

    def __init__(self, eke, graph, module, target="host", emulator=()):
        self.eke, self.graph, self.target, self.emulator = eke, graph, target, emulator
        self.folder, self.program = module.parent, module.with_name(f"network-{Path(target).stem}")
        run(eke, "compile", module, f"--target={target}", "--keep-symbols", "-o", self.program)

    def _files(self, kind, values):
        return [self.folder / f"{kind}{index}" for index in range(len(values))]

    def _call(self, count):
        """The processor's seconds of a process with so many calls."""
        before = children_seconds()
        run(*self.emulator, self.program, "--in", *self._files("in", self.graph.inputs), "--out",
            *self._files("out", self.graph.results), "--repeat", count)
        return children_seconds() - before

    def run(self, inputs):
        for path, array in zip(self._files("in", self.graph.inputs), inputs):
            path.write_bytes(np.ascontiguousarray(array).tobytes())
        self.first = self._call(1)
        return [np.frombuffer(path.read_bytes(), inputs[0].dtype).reshape(value.shape)
                for path, value in zip(self._files("out", self.graph.results), self.graph.results)]

    def seconds(self, count):
        """Of `count` calls: what a process takes more than one with a single call, which
        starts and touches memory as well."""
        self.first = min(self.first, self._call(1))
        return max(self._call(1 + count) - self.first, 0.0)

    def instructions(self, calls=2):
        """Of one call, as an emulator counts them."""
        path = self.folder / f"{self.program.name}.json"
        run(self.eke, "profile", self.program, f"--target={self.target}", f"--calls={calls}",
            "--seconds=0", f"--json={path}")
        return json.loads(path.read_text())["call"]["instructions"] / calls
