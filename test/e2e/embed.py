"""The embedding of a text is what the head multiplies: the final norm of its last token."""

import json
import struct
import subprocess
from array import array
from math import sqrt

import checkpoint
from bounds import hidden_bound
from harness import (EXAMPLE, WORK, call, compile_model, expect, expect_equal, finish, program,
                     run, run_text, temporary_folder)

PROMPT = "This module provides"
golden = checkpoint.read(EXAMPLE / "golden.safetensors")
scale = checkpoint.read(EXAMPLE / "model.safetensors")["model.norm.weight"]
epsilon = json.loads((EXAMPLE / "config.json").read_text())["rms_norm_eps"]
width = len(scale)


def norm(hidden):
    mean = sum(x * x for x in hidden) / width
    return [x / sqrt(mean + epsilon) * s for x, s in zip(hidden, scale)]


def compare(got, hidden, what):
    wanted = norm(hidden)
    bound = hidden_bound(wanted)
    error = max(abs(a - b) for a, b in zip(got, wanted))
    expect(len(got) == width and error <= bound,
           f"{what}: largest difference {error:.2e} (at most {bound:.2e})")


compiled = compile_model(EXAMPLE, WORK / "embed", "--embed", "--weights=f32", "--rows=1")
row = golden["hidden.12"][-width:]
compare(call([compiled], "embed/1", [row.tobytes()]), row, "of the reference's last row")

tokens = [int(word) for word in
          run_text([compiled, "--prompt", PROMPT, "--ids", "--echo", "--tokens", "0"]).split()]
with temporary_folder() as folder:
    run([compiled, "--prompt", PROMPT, "--embed", f"{folder}/embedding"])
    found = array("f")
    found.frombytes(open(f"{folder}/embedding", "rb").read())
    one = call([compiled], "trunk/1", [struct.pack("<i", tokens[0]), struct.pack("<q", 0)])
    run([compiled, "--prompt", "", "--embed", f"{folder}/first"])
    first = array("f")
    first.frombytes(open(f"{folder}/first", "rb").read())
    compare(first, one, "of a text that is only the first token")
shown = [float(line) for line in
         run_text([compiled, "--prompt", PROMPT, "--embed", "-", "--sandbox"]).split()]
expect_equal(array("f", shown), found, "the numbers that are printed are those of the file")
expect(found != first, "another text has another embedding")

done = subprocess.run([program("host", "i8"), "--prompt", PROMPT, "--embed", "-"],
                      capture_output=True, text=True)
expect_equal((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr.strip())
finish()
