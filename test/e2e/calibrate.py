"""Weights in 4 bits are rounded by what goes through them on a text.

usage: calibrate.py

What the compiler collects is compared with what is known of rows behind a norm; the program, with
the model itself in f32, on a text that was not seen. A compiler that is stopped goes on where it
was.
"""

import json
import os
import struct
import subprocess
import time
from pathlib import Path

import numpy as np

from harness import EKE, EXAMPLE, command, expect, finish, run, score, temporary_folder

TEXT = (EXAMPLE / "eval.txt").read_text()
# Each block of the example runs twice.
RUNS = 2


def compiling(text, program, cache):
    return subprocess.Popen([EKE, "compile", EXAMPLE, "--weights=i4", f"--calibrate={text}",
                             "-o", program],
                            env=os.environ | {"XDG_CACHE_HOME": str(cache)}, stderr=subprocess.PIPE, text=True)


def compile_again(text, program, cache):
    """What the compiler says meanwhile."""
    process = compiling(text, program, cache)
    said = process.communicate()[1]
    expect(process.returncode == 0, f"compiled, status {process.returncode}")
    return [line for line in said.splitlines() if "calibrating" in line]


def stop_behind_first_piece(text, program, cache):
    process = compiling(text, program, cache)
    while process.poll() is None and not list(cache.glob("eke/moments/*-1.safetensors")):
        time.sleep(0.01)
    process.terminate()
    process.communicate()
    expect(process.returncode != 0 and not program.exists(), "stopped behind the first piece, there is no program")


def read_moments(cache):
    files = list(cache.glob("eke/moments/*.safetensors"))
    expect(len(files) == 1, f"{len(files)} file of moments is left")
    data = files[0].read_bytes()
    size, = struct.unpack("<Q", data[:8])
    return {name: np.frombuffer(data[8 + size:][slice(*tensor["data_offsets"])], np.float32).reshape(tensor["shape"])
            for name, tensor in json.loads(data[8:8 + size]).items()}


def log_probabilities(program, text, out):
    run([*program, "--score", text, "--window", "256", "--log-probabilities", out])
    return np.fromfile(out, np.float32).reshape(-1, 2048).astype(np.float64)


with temporary_folder() as folder:
    folder = Path(folder)
    seen, unseen, cache, calibrated = (folder / name for name in ("seen", "unseen", "cache", "calibrated"))
    seen.write_text(TEXT[:24000])
    unseen.write_text(TEXT[-6000:])
    stop_behind_first_piece(seen, calibrated, cache)
    lines = compile_again(seen, calibrated, cache)
    expect(lines and " 0 of " not in lines[0], f"went on with: {lines[:1]}")
    first = calibrated.read_bytes()
    lines = compile_again(seen, calibrated, cache)
    expect(not lines and calibrated.read_bytes() == first, "all is known then, and the program is the same")

    # A row behind a norm, whose scale is in the weights, has the mean square 1.
    moments = read_moments(cache)
    tokens = score(command("host", "i4"), seen)["tokens"]
    name = next(name for name in moments if "layers.0.self_attn.q_proj" in name)
    rows = np.trace(moments[name]) / len(moments[name])
    expect(abs(rows / (RUNS * tokens) - 1) < 0.01, f"{name}: {rows:.0f} rows of length 1, expected {RUNS * tokens}")

    exact = log_probabilities(command("host", "f32"), unseen, folder / "exact")
    losses = [np.mean(np.sum(np.exp(exact) * (exact - log_probabilities(program, unseen, folder / "rounded")), axis=1))
              for program in (command("host", "i4"), [calibrated])]
    expect(0 < losses[1] < 0.85 * losses[0],
           "divergence from f32: {:.5f} nats a token, calibrated {:.5f} (at most 0.85 of it)".format(*losses))
finish()
