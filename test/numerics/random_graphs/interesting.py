"""Says by its exit status whether a module is interesting to eke-reduce: 1, if Halide and
loops give different numbers, or if a compiler fails as it did; else 0.

usage: interesting.py DESCRIPTION MODULE, where DESCRIPTION is the JSON that describe()
makes.

Two programs that round in another order are not different: floats may differ by a
part in 100 (of f16, in 10), and by 1e-3.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from batch import Failed, Machine


def describe(machine, trial, kernels, problem, folder):
    """Writes what the check needs to `folder`; returns the file."""
    (folder / "in").write_bytes(trial.input_bytes())
    description = {
        "eke": str(machine.eke), "target": machine.target, "emulator": machine.emulator,
        "triple": machine.triple, "kernels": kernels, "problem": problem, "in": str(folder / "in"),
        "list": trial.listing(folder / "in", "OUT"),
        "outputs": [[v.element.name, v.size] for step in trial.steps
                    for v in step.select().outputs]}
    path = folder / "description.json"
    path.write_text(json.dumps(description))
    return path


def run(machine, description, module, kernels, folder):
    folder.mkdir()
    machine.compile_file(module, kernels, folder)
    listing = folder / "list"
    listing.write_text(description["list"].replace("OUT", str(folder / "out")))
    machine.execute(folder, listing)
    return (folder / "out").read_bytes()


def arrays(description, data):
    at = 0
    for name, size in description["outputs"]:
        dtype = np.dtype("uint8" if name == "i1" else
                         f"{'float' if name[0] == 'f' else 'int'}{name[1:]}")
        yield np.frombuffer(data, dtype, size, at)
        at += size * dtype.itemsize


def differ(a, b):
    if a.dtype.kind != "f":
        return bool((a != b).any())
    part = 0.1 if a.dtype.itemsize == 2 else 0.01
    with np.errstate(all="ignore"):
        wide = [x.astype(np.float64) for x in (a, b)]
        near = np.abs(wide[0] - wide[1]) <= part * np.abs(wide[1]) + 1e-3
        return not (near | (wide[0] == wide[1]) | (np.isnan(a) & np.isnan(b))).all()


def is_interesting(description, module, work):
    machine = Machine(description["eke"], work, description["target"],
                      description["emulator"], description["triple"])
    problem = description["problem"]
    try:
        got = run(machine, description, module, description["kernels"], work / "got")
    except Failed as failure:
        return str(failure).split(":")[0] == problem.split(":")[0]
    if not problem.startswith("call"):
        return False
    other = "loops" if description["kernels"] == "halide" else "halide"
    try:
        expected = run(machine, description, module, other, work / "expected")
    except Failed:
        return False
    return any(differ(a, b) for a, b in zip(arrays(description, got),
                                            arrays(description, expected)))


def main():
    description = json.loads(Path(sys.argv[1]).read_text())
    work = Path(tempfile.mkdtemp())
    try:
        return is_interesting(description, sys.argv[2], work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
