"""Self-speculative decoding gives the tokens of plain decoding.

usage: speculate.py TARGET

Compiles the example with an exit, in three formats, and continues texts greedily: with
every number of drafts, one and two threads, against the same program without drafts and
against the example compiled without an exit. On this machine the texts reach the end of
the context too.
"""

import json
import sys

from harness import (EXAMPLE, command, compile_model, emulator, expect, expect_equal, finish,
                     run_text, temporary_folder)

EXIT, DRAFTS = 6, 4
target = sys.argv[1]
# An emulator takes a hundred times as long.
PROMPTS = ([("The function returns a list", 60), (".. method:: ", 40), ("class", 250)]
           if target == "host" else [("The function returns a list", 24)])
NUMBERS = ["auto", *range(1, DRAFTS + 1)] if target == "host" else ["auto", DRAFTS - 1]
NOTHING = {"accepted_tokens": 0, "drafted_tokens": 0}  # what `auto` may decide
ENOUGH = 50 if target == "host" else 3


def check(weights, folder):
    path = compile_model(EXAMPLE, f"{folder}/{weights}", f"--target={target}",
                         f"--weights={weights}", f"--exit={EXIT}", f"--drafts={DRAFTS}")
    program = [*emulator(target), str(path), "--ids"]
    accepted = rejected = 0
    for prompt, tokens in PROMPTS:
        request = ["--prompt", prompt, "--tokens", str(tokens)]
        plain = run_text([*command(target, weights, "--ids"), *request])
        expect_equal(run_text([*program, *request, "--speculate=off"]), plain,
                     f"{weights}: {prompt!r}, no drafts: {len(plain.split())} tokens")
        for drafts in NUMBERS if tokens < 100 else NUMBERS[:1]:
            for threads in (1, 2):
                got = run_text([*program, *request, f"--speculate={drafts}",
                                f"--threads={threads}", f"--stats={folder}/stats"])
                with open(f"{folder}/stats") as file:
                    result = json.load(file).get("speculation", NOTHING)
                accepted += result["accepted_tokens"]
                rejected += result["drafted_tokens"] - result["accepted_tokens"]
                expect_equal(got, plain, f"{weights}: {prompt!r}, drafts {drafts}, threads "
                             f"{threads}: {result['accepted_tokens']} of "
                             f"{result['drafted_tokens']} drafts accepted")
    expect(accepted > ENOUGH and rejected > ENOUGH, f"{weights}: {accepted} drafts were accepted and "
           f"{rejected} rejected")


with temporary_folder() as folder:
    for weights in ("f32", "i8", "i4"):
        check(weights, folder)
finish()
