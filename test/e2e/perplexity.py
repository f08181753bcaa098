"""The compiled example predicts text as well as the reference says.

usage: perplexity.py TARGET WEIGHTS

On this machine the whole evaluation text is scored, emulated its beginning: the
reference has figures of both.
"""

import sys

from harness import (EXAMPLE, GOLDEN, beginning, command, expect, expect_equal, finish, percent,
                     score, temporary_folder)

# Relative to the reference, which computes in f32 with the stored f16 weights.
TOLERANCE_PERCENT = {"f32": 0.1, "f16": 0.1, "i8": 1, "i4": 3}

target, weights = sys.argv[1:]
with temporary_folder() as folder:
    if target == "host":
        text = EXAMPLE / "eval.txt"
        tokens, reference = GOLDEN["tokens_scored"], GOLDEN["perplexity_full"]
    else:
        text = beginning(folder, GOLDEN["short_bytes"])
        tokens, reference = GOLDEN["short_tokens_scored"], GOLDEN["perplexity_short"]
    result = score(command(target, weights), text)

expect_equal(result["tokens"], tokens, f"{tokens} tokens")
difference = percent(result["perplexity"], reference)
expect(abs(difference) <= TOLERANCE_PERCENT[weights],
       f"perplexity {result['perplexity']:.4f}, {difference:+.4f} % from the reference's "
       f"{reference:.4f} (at most {TOLERANCE_PERCENT[weights]} %)")
finish()
