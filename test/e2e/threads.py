"""One, two and three threads give identical tokens and scores.

usage: threads.py TARGET WEIGHTS BYTES
"""

import sys

from harness import (beginning, command, expect, expect_equal, finish, run_text,
                     temporary_folder)

target, weights, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
with temporary_folder() as folder:
    text = beginning(folder, size)
    scores, tokens = [], []
    for count in (1, 2, 3):
        parallel = command(target, weights, "--threads", count)
        scores.append(run_text([*parallel, "--score", text]))
        tokens.append(run_text([*parallel, "--ids", "--tokens", "40", "--temperature", "0.8",
                                "--prompt", "The function returns a list"]))
expect(len(tokens[0].split()) == 40, f"one thread says {' '.join(scores[0].split())}")
for count in (2, 3):
    expect_equal(scores[count - 1], scores[0], f"{count} threads give the same score")
    expect_equal(tokens[count - 1], tokens[0], f"{count} threads draw the same 40 tokens")
finish()
