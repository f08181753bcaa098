"""Self-speculative decoding gives the tokens of plain decoding.

usage: speculate.py TARGET (exit|own-exit) WEIGHTS...

Continues texts greedily with a program that drafts: with every number of drafts, one and
two threads, against the same program without drafts and against the example compiled without
an exit. On this machine the texts reach the end of the context too.
"""

import json
import sys

from harness import command, expect, expect_equal, finish, run_text, temporary_folder

target, kind, *formats = sys.argv[1:]
# An emulator takes a hundred times as long.
PROMPTS = ([("The function returns a list", 60), (".. method:: ", 40), ("class", 250)]
           if target == "host" else [("The function returns a list", 24)])
CHOICES = ([(drafts, threads) for drafts in ("auto", 1, 2, 3, 4, 7) for threads in (1, 2)]
           if target == "host" else [("auto", 1), (3, 2)])
NOTHING = {"accepted_tokens": 0, "drafted_tokens": 0}  # what `auto` may decide
ENOUGH = 50 if target == "host" else 3


def check(weights, folder):
    accepted = rejected = 0
    for prompt, tokens in PROMPTS:
        request = ["--ids", "--prompt", prompt, "--tokens", str(tokens)]

        def continued(*options, kind=kind):
            return run_text(command(target, weights, *request, *options, kind=kind))

        name = f"{kind}, {weights}: {prompt!r}"
        plain = continued("--speculate=off")
        if kind == "exit":
            expect_equal(continued(kind="plain"), plain,
                         f"{name}, no exit: {len(plain.split())} tokens")
        for drafts, threads in CHOICES if tokens < 100 else CHOICES[:2]:
            got = continued(f"--speculate={drafts}", f"--threads={threads}",
                            f"--stats={folder}/stats")
            with open(f"{folder}/stats") as file:
                result = json.load(file).get("speculation", NOTHING)
            accepted += result["accepted_tokens"]
            rejected += result["drafted_tokens"] - result["accepted_tokens"]
            expect_equal(got, plain, f"{name}, drafts {drafts}, threads {threads}: "
                         f"{result['accepted_tokens']} of {result['drafted_tokens']} drafts "
                         "accepted")
    expect(accepted > ENOUGH and rejected > ENOUGH, f"{kind}, {weights}: {accepted} drafts were "
           f"accepted and {rejected} rejected")


with temporary_folder() as folder:
    for weights in formats:
        check(weights, folder)
finish()
