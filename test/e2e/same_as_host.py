"""An emulated device computes what this machine computes.

usage: same_as_host.py TARGET WEIGHTS BYTES

Scores the first BYTES of the evaluation text on both. Where the order of a sum moves
an activation across the border between two 8-bit values, all that follows changes by
what 8 bits resolve; that may cost half of the 1 % allowed for 8 bits.
"""

import sys

from harness import (beginning, command, expect, expect_equal, finish, percent, score,
                     temporary_folder)

MOST_PERCENT = 0.5

target, weights, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
with temporary_folder() as folder:
    text = beginning(folder, size)
    device, host = (score(command(machine, weights), text) for machine in (target, "host"))

expect_equal(device["tokens"], host["tokens"], f"{device['tokens']} tokens")
difference = percent(device["perplexity"], host["perplexity"])
expect(abs(difference) <= MOST_PERCENT,
       f"perplexity {device['perplexity']:.5f}, {difference:+.5f} % from this machine's "
       f"{host['perplexity']:.5f} (at most {MOST_PERCENT} %)")
finish()
