"""Compiles many graphs as one program, and runs them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np

from known import Known

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CROSS = "aarch64-linux-gnu-gcc"
SECONDS = 120  # for one run of a compiler or a program


class Failed(Exception):
    """A tool that did not do what was asked, with what it said."""


class Trial:
    """A graph and the inputs of its calls, one list of arrays for each."""

    def __init__(self, graph, calls):
        self.graph, self.calls = graph, calls

    def reference(self):
        """The outputs of each call, Known."""
        memory = self.graph.initial_memory()
        with np.errstate(all="ignore"):
            return [self.graph.evaluate(
                [Known.exact(v.element, a) for v, a in zip(self.graph.inputs, call)], memory)
                    for call in self.calls]


def execute(command, what):
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True,
                              text=True, errors="replace", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed(f"{what} takes more than {SECONDS} s") from None
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise Failed(f"{what} ends with {done.returncode}: " + "\n".join(lines[:6]))


class Machine:
    """Compiles for `target` by `eke`, in folders of their own under `work`."""

    def __init__(self, eke, work, target="host", cpu=None):
        self.eke, self.work, self.target = eke, Path(work), target
        self.emulator = ["qemu-aarch64", "-cpu", cpu] if cpu else []
        self.compiler = CROSS if cpu else "cc"

    def run(self, trials, kernels, name):
        """The outputs of each trial, each a list of arrays for each call; or Failed."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            self.compile(trials, kernels, folder)
            return [self.run_one(trial, folder, index) for index, trial in enumerate(trials)]
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def compile(self, trials, kernels, folder):
        text = "".join(trial.graph.text() for trial in trials)
        (folder / "graphs.mlir").write_text(f"module @graphs {{\n{text}}}\n")
        execute([self.eke, "compile", folder / "graphs.mlir", f"--target={self.target}",
                 f"--kernels={kernels}", "--emit=lib", "-o", folder / "libgraphs.a"],
                f"eke --kernels={kernels}")
        execute([self.compiler, "-std=c11", "-I", ROOT / "runtime/include",
                 HERE / "run_entries.c", folder / "libgraphs.a", "-static", "-lm", "-lpthread",
                 "-o", folder / "run"], "the C compiler")

    def run_one(self, trial, folder, index):
        """A crash is a result too: it fails this trial alone."""
        graph = trial.graph
        source, target, listing = (folder / f"{index}.{kind}" for kind in ("in", "out", "list"))
        source.write_bytes(b"".join(a.tobytes() for call in trial.calls for a in call))
        sizes = [v.size * v.element.dtype.itemsize for v in graph.inputs + graph.outputs]
        listing.write_text(" ".join(map(str, [
            graph.name, len(trial.calls), len(graph.inputs), len(graph.outputs), source, target,
            *sizes])) + "\n")
        try:
            execute([*self.emulator, folder / "run", listing], "the program")
        except Failed as failure:
            return failure
        return read_outputs(trial, target.read_bytes())


def read_outputs(trial, data):
    calls, at = [], 0
    for _ in trial.calls:
        arrays = []
        for value in trial.graph.outputs:
            dtype = np.dtype(np.uint8) if value.element.bits == 1 else value.element.dtype
            arrays.append(np.frombuffer(data, dtype, value.size, at).reshape(value.shape))
            at += value.size * dtype.itemsize
        calls.append(arrays)
    return calls
