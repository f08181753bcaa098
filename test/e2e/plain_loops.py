"""Kernels as plain loops, without Halide, compute the same.

In f32 the two differ by the order of their sums. In i8 sums of products are exact, but
where that order moves an activation across the border between two 8-bit values, the
state changes by what 8 bits resolve, and so does every state behind it that reads it.
So one row alone, where this is rare, has to agree as in f32 for most tokens; and a
perplexity may move by a part of what 8 bits cost (1 % at most).
"""

import struct

from bounds import hidden_bound
from harness import (EXAMPLE, GOLDEN, beginning, call, command, compile_model, expect,
                     expect_equal, finish, run_text, score, temporary_folder)

MOST_RELATIVE = {"f32": 1e-6, "i8": 1e-3}


def check_perplexity(loops, weights, text):
    by_loops, by_kernels = score([loops], text), score(command("host", weights), text)
    expect_equal(by_loops["tokens"], GOLDEN["short_tokens_scored"],
                 f"{weights}: {by_loops['tokens']} tokens")
    difference = by_loops["perplexity"] / by_kernels["perplexity"] - 1
    expect(abs(difference) <= MOST_RELATIVE[weights],
           f"{weights}: perplexity {by_loops['perplexity']:.6f}, relative to the kernels' "
           f"{difference:+.1e} (at most {MOST_RELATIVE[weights]})")


def check_rows(loops, weights):
    tokens, equal, largest = range(0, 2048, 97), 0, 0
    for token in tokens:
        inputs = [struct.pack("<i", token), struct.pack("<q", 0)]
        by_loops = call([loops], "trunk/1", inputs)
        by_kernels = call(command("host", weights), "trunk/1", inputs)
        error = max(abs(a - b) for a, b in zip(by_loops, by_kernels))
        if error <= hidden_bound(by_kernels):
            equal += 1
            largest = max(largest, error)
    expect(equal >= 0.8 * len(tokens), f"{weights}: {equal} of {len(tokens)} rows agree "
           f"as in f32, with differences of {largest:.1e} at most")


def check_greedy(loops):
    reference = GOLDEN["greedy"][0]
    ids = run_text([loops, "--ids", "--tokens", len(reference["ids"]),
                    "--prompt", reference["prompt"]]).split()
    expect_equal([int(token) for token in ids], reference["ids"],
                 f"f32: the reference's {len(ids)} tokens")


with temporary_folder() as folder:
    text = beginning(folder, GOLDEN["short_bytes"])
    for weights in MOST_RELATIVE:
        loops = compile_model(EXAMPLE, f"{folder}/loops-{weights}", "--kernels=loops",
                              f"--weights={weights}")
        check_perplexity(loops, weights, text)
        check_rows(loops, weights)
        if weights == "f32":
            check_greedy(loops)
finish()
