"""Compiles many graphs as one program, and runs them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np

from known import Known

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SECONDS = 120  # for one run of a compiler or a program


class Failed(Exception):
    """A tool that did not do what was asked, with what it said."""


class Step:
    """A call of an entry; `rows` is 0 where there is one entry of the name."""

    def __init__(self, entry, graph, arrays, rows=0):
        self.entry, self.graph, self.arrays, self.rows = entry, graph, arrays, rows

    def select(self):
        """Gives values whose rows are open the shapes of this call."""
        if self.rows:
            self.graph.count.count = self.rows
        return self.graph


class Trial:
    """A graph and the inputs of its calls, one list of arrays for each."""

    def __init__(self, graph, calls):
        self.graph, self.calls = graph, calls

    @property
    def steps(self):
        return [Step(self.graph.name, self.graph, call) for call in self.calls]

    def text(self):
        return self.graph.text()

    def input_bytes(self):
        return b"".join(a.tobytes() for call in self.calls for a in call)

    def listing(self, source, target):
        """What run_entries.c reads, with the files of inputs and outputs."""
        lines = [f"{source} {target}"]
        for step in self.steps:
            graph = step.select()
            sizes = [v.size * v.element.dtype.itemsize for v in graph.inputs + graph.outputs]
            lines.append(" ".join(map(str, [step.entry, step.rows, len(graph.inputs),
                                            len(graph.outputs), *sizes])))
        return "\n".join(lines) + "\n"

    def reference(self):
        """The outputs of each call, Known."""
        memory = self.graph.initial_memory()
        with np.errstate(all="ignore"):
            return [step.select().evaluate(
                [Known.exact(v.element, a) for v, a in zip(step.graph.inputs, step.arrays)], memory)
                    for step in self.steps]


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

    def __init__(self, eke, work, target="host", emulator=None, triple=None):
        self.eke, self.work, self.target = eke, Path(work), target
        self.emulator, self.triple = emulator or [], triple

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
        (folder / "graphs.mlir").write_text(module_of(trials))
        self.compile_file(folder / "graphs.mlir", kernels, folder)

    def compile_file(self, path, kernels, folder):
        """Compiles a module called graphs to a program that runs its entries."""
        execute([self.eke, "compile", path, f"--target={self.target}", f"--kernels={kernels}",
                 "--emit=lib", "-o", folder / "libgraphs.a"], f"eke --kernels={kernels}")
        execute([self.compiler, "-std=c11", "-I", ROOT / "runtime/include",
                 HERE / "run_entries.c", folder / "libgraphs.a", "-static", "-lm", "-lpthread",
                 "-o", folder / "run"], "the C compiler")

    @property
    def compiler(self):
        """Debian's is called after the triple, of which it leaves the version out."""
        if not self.emulator:
            return "cc"
        return self.triple.replace("armv7-", "arm-") + "-gcc"

    def execute(self, folder, listing):
        execute([*self.emulator, folder / "run", listing], "the program")

    def run_one(self, trial, folder, index):
        """A crash is a result too: it fails this trial alone."""
        source, target, listing = (folder / f"{index}.{kind}" for kind in ("in", "out", "list"))
        source.write_bytes(trial.input_bytes())
        listing.write_text(trial.listing(source, target))
        try:
            self.execute(folder, listing)
        except Failed as failure:
            return failure
        return read_outputs(trial, target.read_bytes())


def module_of(trials):
    return f"module @graphs {{\n{''.join(trial.text() for trial in trials)}}}\n"


def read_outputs(trial, data):
    calls, at = [], 0
    for step in trial.steps:
        arrays = []
        for value in step.select().outputs:
            dtype = np.dtype(np.uint8) if value.element.bits == 1 else value.element.dtype
            arrays.append(np.frombuffer(data, dtype, value.size, at).reshape(value.shape))
            at += value.size * dtype.itemsize
        calls.append(arrays)
    return calls
