"""Compiles modules and runs the programs."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent / "tools"))
import board  # noqa: E402


class Compiler:
    def __init__(self, eke, folder):
        self.eke, self.folder = eke, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        targets = json.loads(run([eke, "targets", "--json=-"]))["targets"]
        self.emulators = {"host": [], **{t["name"]: board.prefix(t) for t in targets}}

    def write(self, module, name):
        """Writes a graph.Module; returns the path of its text."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "weights.bin").write_bytes(module.data())
        path = folder / "module.mlir"
        path.write_text(module.text())
        return path

    def compile(self, path, target="host", kernels="halide", options=()):
        output = path.with_name(f"{path.stem}-{target}-{kernels}")
        run([self.eke, "compile", path, f"--target={target}", f"--kernels={kernels}",
             "-o", output, *options])
        return Program(output, self.emulators[target])


class Program:
    def __init__(self, path, emulator):
        self.path, self.emulator = path, emulator

    def run(self, entry, inputs, shapes, threads=1):
        """Runs `entry` (NAME or NAME/ROWS) in a process of its own on arrays;
        returns f32 arrays of `shapes`."""
        folder = self.path.with_name(f"{self.path.name}.{entry.replace('/', '-')}")
        folder.mkdir(exist_ok=True)
        ins, outs = [], []
        for i, array in enumerate(inputs):
            ins.append(folder / f"in{i}")
            ins[-1].write_bytes(array.tobytes())
        outs = [folder / f"out{i}" for i in range(len(shapes))]
        run([*self.emulator, self.path, "--entry", entry, "--threads", threads,
             "--in", *ins, "--out", *outs])
        return [np.frombuffer(o.read_bytes(), np.float32).reshape(s)
                for o, s in zip(outs, shapes)]


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"failed with {done.returncode}: {' '.join(map(str, command))}\n"
                         f"{done.stdout}{done.stderr}")
    return done.stdout
