"""Weights that are finite and too large: a program whose logits are not finite says so, however it
chooses tokens.
"""

import struct
import subprocess
from pathlib import Path

import checkpoint
import models
from harness import compile_model, expect, finish, temporary_folder

SAMPLERS = [[], ["--temperature=1"], ["--top-k=5"], ["--top-p=0.5"], ["--top-k=5", "--top-p=0.5"],
            ["--temperature=0.001", "--top-p=0.9"]]
# The last norm makes logits infinite; the first one makes attention subtract infinities.
LARGE = {"infinite": "model.norm.weight", "NaN": "model.layers.0.input_layernorm.weight"}


def write_model(folder, large):
    """A small model, in which one norm has weights near the largest number."""
    models.write(folder, models.SMALL)
    tensors = [(name, "F32", dims, struct.pack("<f", 3e38) * dims[0]) if name == large
               else (name, kind, dims, data)
               for name, kind, dims, data in models.weights(models.SMALL)]
    checkpoint.write(folder / "model.safetensors", tensors)
    return folder


def check(program, what, *words):
    done = subprocess.run([program, *words], capture_output=True, stdin=subprocess.DEVNULL)
    expect(done.returncode == 1 and done.stdout == b"" and done.stderr.count(b"\n") == 1
           and b"error: the model's logits are not finite" in done.stderr,
           f"{what}, {' '.join(words)[:60]}: {done.stderr.decode().strip()}")


with temporary_folder() as name:
    text = Path(name, "text")
    text.write_text("some text to score")
    for what, large in LARGE.items():
        model = write_model(Path(name, what), large)
        for options in (["--weights=f32"], ["--weights=f32", "--exit=1", "--drafts=2"],
                        ["--weights=f32", "--exit=1", "--threshold=0.5"]):
            program = compile_model(model, Path(name, "program"), "--rows=4", *options)
            for sampler in SAMPLERS:
                check(program, what, "--prompt=some text", "--tokens=5", *sampler)
            check(program, what, f"--score={text}")
finish()
