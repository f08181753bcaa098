"""An emulated device computes what this machine computes.

usage: same_as_host.py TARGET WEIGHTS BYTES

Scores the first BYTES of the evaluation text on both; what this machine computes of the whole
text is compared with the reference (perplexity.py).

In f32 and f16 the two differ by the order of their sums: about as much as plain loops do from
the kernels (plain_loops.py), and in f16 by what a flipped rounding of a cache's element changes.
With 8-bit activations a sum's order may move an activation across the border between two values;
all that follows then changes by what 8 bits resolve. That may cost half of the 1 % allowed for 8
bits.
"""

import sys

from harness import (beginning, command, expect, expect_equal, finish, percent, score,
                     temporary_folder)

MOST_PERCENT = {"f32": 1e-3, "f16": 1e-2, "i8": 0.5, "i4": 0.5}

target, weights, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
with temporary_folder() as folder:
    text = beginning(folder, size)
    device, host = (score(command(machine, weights), text) for machine in (target, "host"))

expect_equal(device["tokens"], host["tokens"], f"{device['tokens']} tokens")
difference = percent(device["perplexity"], host["perplexity"])
expect(abs(difference) <= MOST_PERCENT[weights],
       f"perplexity {device['perplexity']:.5f}, {difference:+.5f} % from this machine's "
       f"{host['perplexity']:.5f} (at most {MOST_PERCENT[weights]} %)")
finish()
