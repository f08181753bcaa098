"""What each step and each tensor loses is what the probabilities of two programs say.

usage: attribute.py

A small model with random weights. The last step of the table is compared with what NumPy makes of
the probabilities that the programs in f32 and i4 write.
"""

import os
import subprocess
from pathlib import Path

import numpy as np

import models
from harness import (EKE, EXAMPLE, compile_model, expect, expect_equal, finish, run,
                     temporary_folder)

SHAPE = models.Shape(layers=1, width=64, heads=2, kv_heads=1, hidden=96, vocab=300, context=64)
MATRICES = ["embed_tokens", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
            "down_proj"]
STEPS = ["caches in f16", "embedding and head in i8", "other matrices in i4"]


def log_probabilities(model, weights, text, folder):
    program = compile_model(model, folder / weights, f"--weights={weights}")
    run([program, "--score", text, "--window", "64", "--log-probabilities", folder / "p"])
    return np.fromfile(folder / "p", np.float32).reshape(-1, SHAPE.vocab).astype(np.float64)


def read_table(text):
    """The last number of each line, by what stands before the numbers."""
    steps, tensors = text.split("\n\n")
    return ({line[:40].strip(): float(line.split()[-2]) for line in steps.splitlines()[1:]},
            {line.split()[0]: line.split()[1:] for line in tensors.splitlines()[1:]})


with temporary_folder() as folder:
    folder = Path(folder)
    model, text = models.write(folder / "model", SHAPE), folder / "text"
    text.write_text((EXAMPLE / "eval.txt").read_text()[:600])
    table = folder / "table"
    command = [EKE, "compile", model, "--weights=i4", f"--attribute={text}", "-o", table]
    cached = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}

    def attribute():
        done = subprocess.run(list(map(str, command)), env=cached, capture_output=True, text=True)
        expect(done.returncode == 0, f"made a table, status {done.returncode}")
        return table.read_text(), done.stderr

    first, _ = attribute()
    print(first)
    steps, tensors = read_table(first)
    expect_equal(list(steps), STEPS, "steps")
    expect_equal([name.split(".")[-2] for name in tensors], MATRICES, "tensors")
    expect(all(float(loss) > 0 for _, loss in tensors.values()), "every tensor loses something")
    expect_equal({name.split(".")[-2]: kind for name, (kind, _) in tensors.items()},
                 {name: "i8" if name == "embed_tokens" else "i4" for name in MATRICES}, "formats")
    p, q = (log_probabilities(model, weights, text, folder) for weights in ("f32", "i4"))
    loss = float((np.exp(p) * (p - q)).sum(axis=1).mean())
    expect(abs(steps[STEPS[-1]] / loss - 1) < 0.01,
           f"in all {steps[STEPS[-1]]:.2e}, by NumPy {loss:.2e}")
    expect_equal(attribute(), (first, ""), "the same again, and at once")
finish()
