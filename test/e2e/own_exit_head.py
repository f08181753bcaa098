"""An exit with a norm and a head of its own predicts as the reference says.

usage: own_exit_head.py

A program that always stops at the exit scores a text by the exit alone; golden.json has
what PyTorch says of every exit. Any other exit of that model reads the model's head.
"""

import json

from harness import (EXAMPLE, ROOT, compile_model, expect, expect_equal, finish, percent, run_text,
                     score, temporary_folder)

MODEL = ROOT / "examples/pydoc-lm-exit"
GOLDEN = json.loads((MODEL / "golden.json").read_text())
EXIT, OTHER = 3, 4
ALWAYS = "--threshold=0.000001"


def compile_exit(folder, *options):
    return compile_model(MODEL / "model.textproto", f"{folder}/program", "--weights=f32", *options)


def check_exit(folder, depth):
    result = score([compile_exit(folder, f"--exit={depth}", ALWAYS)], EXAMPLE / "eval.txt")
    reference = GOLDEN["per_exit"][depth - 1]["perplexity"]
    difference = percent(result["perplexity"], reference)
    expect_equal(result["early_exit"]["full_tokens"], 0, f"exit {depth}: every token stops there")
    expect(abs(difference) < 0.1, f"exit {depth}: perplexity {result['perplexity']:.4f}, "
           f"{difference:+.4f} % from the reference's {reference:.4f}")


def check_drafts(folder):
    """The exit of the description drafts, and what is written is the reference's."""
    program = compile_exit(folder)
    for text in GOLDEN["greedy"]:
        if text["min_margin"] < 0.001:  # a rounding may decide
            continue
        got = run_text([program, "--ids", "--speculate=3", "--prompt", text["prompt"],
                        "--tokens", str(len(text["ids"]))])
        expect_equal([int(token) for token in got.split()], text["ids"],
                     f"{text['prompt']!r}, drafted: {len(text['ids'])} tokens of the reference")


with temporary_folder() as folder:
    for depth in (EXIT, OTHER):
        check_exit(folder, depth)
    check_drafts(folder)
finish()
