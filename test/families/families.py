#!/usr/bin/env python3
"""Compares models of every family with Hugging Face's library.

usage: families.py --eke EKE --work FOLDER [--target NAME --cc COMPILER] [FAMILY...]

The models are small, and have random weights (weights.py). models.json has their configurations
and logits.npz the logits of all tokens of a text; reference.py has computed both. The programs
read the text in calls of 16, 4 and 1 rows. Logits may differ by 1e-4, with rotated rows too.
"""

import argparse
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import weights

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "e2e"))
import checkpoint  # noqa: E402

MOST = 1e-4
CALLS = [16, 4, 1]


def write_model(folder, family, model, config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    checkpoint.write(folder / "model.safetensors",
                     [(name, "F32", list(array.shape), array.tobytes())
                      for name, array in weights.make(family, model["tensors"])])


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, **options)
    said = done.stderr.decode(errors="replace")
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.returncode}\n{said}")
    return done.stdout


def find_emulator(eke, target):
    """The command that runs programs for a target, as a list."""
    if target == "host":
        return []
    listed = json.loads(run(eke, "targets", "--json=-"))["targets"]
    return next(each["emulator"] for each in listed if each["name"] == target)


def compute(options, path, tokens, *flags):
    """The logits of the model at `path`, which is called m; its program lies beside it."""
    folder = path.parent
    run(options.eke, "compile", path, f"--target={options.target}", "--weights=f32", "--emit=lib",
        *flags, "-o", folder / "libm.a")
    emulator = find_emulator(options.eke, options.target)
    run(options.cc, "-std=c11", "-D_GNU_SOURCE", "-include", folder / "m.h",
        HERE / "logits.c", folder / "libm.a", "-lm", "-lpthread", *(["-static"] if emulator else []),
        "-o", folder / "logits")
    got = run(*emulator, folder / "logits", *CALLS, input=np.array(tokens, np.int32).tobytes())
    return np.frombuffer(got, np.float32).reshape(len(tokens), -1)


def describe(options, family, model, kind):
    """What the compiler understands of a configuration, of the kind `config` (as the library
    writes it) or `given` (as older versions did)."""
    folder = options.work / f"{family}-{kind}"
    config = dict(model[kind], architectures=model["config"]["architectures"])
    write_model(folder / "m", family, model, config)
    description = folder / "m.textproto"
    run(options.eke, "import", folder / "m", "-o", description)
    return description.read_text()


def check(options, family, model, tokens, expected):
    if describe(options, family, model, "config") != describe(options, family, model, "given"):
        return "an older configuration gives another description"
    folder = options.work / family / "m"
    write_model(folder, family, model, model["config"])
    for rotate in ("off", "on"):
        got = compute(options, folder, tokens, f"--rotate={rotate}")
        if got.shape != expected.shape:
            return f"the logits have the shape {got.shape}, expected {expected.shape}"
        worst = float(np.abs(got - expected).max())
        print(f"{family}, rotation {rotate}: logits up to {np.abs(expected).max():.2f} differ by "
              f"{worst:.1e} at most (expected {MOST:.0e})", flush=True)
        if not worst <= MOST:
            return f"rotation {rotate}: differ by {worst:.1e}"
    return None


def run_all(description, choose, check):
    """Reads the command line, which `description` describes, and checks the families it names, or
    those that `choose` gives of the stored models. `check` gets the options, a family, its
    model and the tokens, and returns what is wrong. Returns the exit status."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--target", default="host")
    parser.add_argument("--cc", default="cc", help="the C compiler of the target")
    parser.add_argument("families", nargs="*")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    stored = json.loads((HERE / "models.json").read_text())

    def attempt(family):
        try:
            return check(options, family, stored["models"].get(family), stored["tokens"])
        except RuntimeError as error:
            return str(error)

    chosen = options.families or choose(stored["models"])
    with ThreadPoolExecutor(2) as pool:
        faults = {family: fault for family, fault in zip(chosen, pool.map(attempt, chosen))
                  if fault}
    for family, fault in faults.items():
        print(f"WRONG {family}: {fault}")
    return bool(faults)


def main():
    expected = np.load(HERE / "logits.npz")
    return run_all(__doc__.splitlines()[0], list,
                   lambda options, family, model, tokens:
                   check(options, family, model, tokens, expected[family]))


if __name__ == "__main__":
    sys.exit(main())
