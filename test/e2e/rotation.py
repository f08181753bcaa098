"""A model whose rows are rotated is the same model in real numbers.

usage: rotation.py

In f32 the example predicts the evaluation text as the reference does; with weights of 8
bits, which are rotated if nobody says otherwise, it loses less than without.
"""

from pathlib import Path

from harness import (EXAMPLE, GOLDEN, command, compile_model, expect, finish, score,
                     temporary_folder)

REFERENCE = GOLDEN["nats_per_token_full"]


def loss(program):
    return score(program, EXAMPLE / "eval.txt")["nats_per_token"] - REFERENCE


with temporary_folder() as folder:
    rotated, plain = (Path(folder) / name for name in ("rotated", "plain"))
    compile_model(EXAMPLE, rotated, "--weights=f32", "--rotate=on")
    compile_model(EXAMPLE, plain, "--weights=i8", "--rotate=off")
    exact, usual, without = (loss(p) for p in ([rotated], command("host", "i8"), [plain]))
expect(abs(exact) <= 1e-6, f"f32, rotated: {exact:.1e} nats more than the reference (at most 1e-6)")
expect(abs(usual) < abs(without), f"i8: {usual:.2e} nats more, {without:.2e} if not rotated")
finish()
