"""The compiled functions compute the reference's hidden states and logits.

usage: hidden_states.py TARGET

Runs `trunk` and `head` of the f32 example as a tensor program on the tokens of
golden.safetensors: one row, and as many as fit the wide trunk. On this machine also
all rows at once, by a trunk that is compiled for 31 (a prime above them).
"""

import struct
import sys

import checkpoint
from bounds import hidden_bound, logit_bound
from harness import EXAMPLE, call, command, compile_model, expect, finish, temporary_folder

WIDTH = 192
target = sys.argv[1]
golden = checkpoint.read(EXAMPLE / "golden.safetensors")
tokens, hidden, logits = (golden[name] for name in ("tokens", "hidden.12", "logits.12"))
vocab = len(logits) // len(tokens)


def compare(got, wanted, bound, what):
    error = max(map(lambda a, b: abs(a - b), got, wanted))
    expect(len(got) == len(wanted) and error <= bound,
           f"{what}: largest difference {error:.2e} (at most {bound:.2e})")


def check_trunk(command, rows):
    """Runs the first rows through a trunk made for `rows`, the rest of them zero."""
    used = min(rows, len(tokens))
    ids = tokens[:used].tobytes().ljust(4 * rows, b"\0")
    got = call(command, f"trunk/{rows}", [ids, struct.pack("<q", 0)])
    wanted = hidden[:used * WIDTH]
    compare(got[:used * WIDTH], wanted, hidden_bound(wanted), f"trunk/{rows}, {used} rows")


def check_head(command, row):
    """Runs the head on the reference's hidden state of a row."""
    state = hidden[row * WIDTH:(row + 1) * WIDTH].tobytes()
    wanted = logits[row * vocab:(row + 1) * vocab]
    compare(call(command, "head/1", [state]), wanted, logit_bound(wanted),
            f"head, row {row}")


compiled = command(target, "f32")
check_trunk(compiled, 1)
check_trunk(compiled, 16)
for row in (0, 1, 15, len(tokens) - 1):
    check_head(compiled, row)
if target == "host":
    with temporary_folder() as folder:
        wide = compile_model(EXAMPLE, f"{folder}/wide", "--weights=f32", "--rows=31")
        check_trunk([wide], 31)
finish()
