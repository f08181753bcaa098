"""Self-speculative decoding gives the tokens of plain decoding.

usage: speculate.py TARGET

Compiles the examples with an exit, in three formats, and continues texts greedily: with
every number of drafts, one and two threads, against the same program without drafts and
against the example compiled without an exit. On this machine the texts reach the end of
the context too.
"""

import json
import sys

from harness import (EXAMPLE, ROOT, command, compile_model, emulator, expect, expect_equal,
                     finish, run_text, temporary_folder)

DRAFTS = 4
# An exit in the middle, and one with a head of its own, which the description names.
MODELS = {"pydoc-lm": (EXAMPLE, 6),
          "pydoc-lm-exit": (ROOT / "examples/pydoc-lm-exit/model.textproto", 3)}
target = sys.argv[1]
# An emulator takes a hundred times as long.
PROMPTS = ([("The function returns a list", 60), (".. method:: ", 40), ("class", 250)]
           if target == "host" else [("The function returns a list", 24)])
NUMBERS = ["auto", *range(1, DRAFTS + 1)] if target == "host" else ["auto", DRAFTS - 1]
NOTHING = {"accepted_tokens": 0, "drafted_tokens": 0}  # what `auto` may decide
ENOUGH = 50 if target == "host" else 3


def check(name, weights, folder):
    model, depth = MODELS[name]
    path = compile_model(model, f"{folder}/{name}-{weights}", f"--target={target}",
                         f"--weights={weights}", f"--exit={depth}", f"--drafts={DRAFTS}")
    program = [*emulator(target), str(path), "--ids"]
    name = f"{name}, {weights}"
    accepted = rejected = 0
    for prompt, tokens in PROMPTS:
        request = ["--prompt", prompt, "--tokens", str(tokens)]
        plain = run_text([*program, *request, "--speculate=off"])
        if model == EXAMPLE:
            expect_equal(run_text([*command(target, weights, "--ids"), *request]), plain,
                         f"{name}: {prompt!r}, no exit: {len(plain.split())} tokens")
        for drafts in NUMBERS if tokens < 100 else NUMBERS[:1]:
            for threads in (1, 2):
                got = run_text([*program, *request, f"--speculate={drafts}",
                                f"--threads={threads}", f"--stats={folder}/stats"])
                with open(f"{folder}/stats") as file:
                    result = json.load(file).get("speculation", NOTHING)
                accepted += result["accepted_tokens"]
                rejected += result["drafted_tokens"] - result["accepted_tokens"]
                expect_equal(got, plain, f"{name}: {prompt!r}, drafts {drafts}, threads "
                             f"{threads}: {result['accepted_tokens']} of "
                             f"{result['drafted_tokens']} drafts accepted")
    expect(accepted > ENOUGH and rejected > ENOUGH, f"{name}: {accepted} drafts were accepted and "
           f"{rejected} rejected")


with temporary_folder() as folder:
    for name in MODELS:
        for weights in ("f32", "i8", "i4"):
            check(name, weights, folder)
finish()
