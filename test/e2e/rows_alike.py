"""A row has the same bits whether it is computed alone or with others.

usage: rows_alike.py TARGET WEIGHTS...

Compares, in every format, the rows of `trunk`, `head` and `verify` for all numbers of rows
that they are compiled for: what self-speculative decoding builds on. Also looks at the cause:
after Halide, no operation of a kernel may still be rounded in one way or another.
"""

import re
import struct
import sys

from harness import call, command, expect, expect_equal, finish, phases_folder

WIDTH = 192
TOKENS = range(100, 1700, 100)
target, *formats = sys.argv[1:]


def hidden_states(run, rows):
    tokens = struct.pack(f"<{rows}i", *TOKENS[:rows])
    return call(run, f"trunk/{rows}", [tokens, struct.pack("<q", 0)])


def check_rows(weights):
    run = command(target, weights, kind="exit")
    alone, few, many = (hidden_states(run, rows) for rows in (1, 4, 16))
    expect_equal(alone, few[:WIDTH], f"{weights}: the first row of 4 is that of 1")
    expect_equal(few, many[:4 * WIDTH], f"{weights}: the first rows of 16 are those of 4")
    logits = [call(run, "head/1", [many[WIDTH * row:WIDTH * (row + 1)]]) for row in range(4)]
    together = call(run, "head/4", [few])
    for row, single in enumerate(logits):
        size = len(single)
        expect_equal(together[size * row:size * (row + 1)], single,
                     f"{weights}: logits of row {row} of 4 are those of 1")
    check_verification(weights, run, many[:8 * WIDTH])


def check_verification(weights, run, hidden):
    """The numbers of rows that drafts are verified in have register tiles of their own."""
    all_rows, all_logits = verified(run, hidden), call(run, "head/8", [hidden])
    for rows in (1, 2, 3, 4, 6):
        first = hidden[:rows * WIDTH]
        expect_equal(verified(run, first), all_rows[:rows * WIDTH],
                     f"{weights}: {rows} rows verified are the first of 8")
        logits = call(run, f"head/{rows}", [first])
        expect_equal(logits, all_logits[:len(logits)],
                     f"{weights}: logits of {rows} rows are the first of those of 8")


def verified(run, hidden):
    return call(run, f"verify/{len(hidden) // WIDTH}", [hidden, struct.pack("<q", 3)])


def check_flags():
    """Only the sum of a vector's lanes may take any order."""
    loose, fused = [], 0
    for path in (phases_folder(target) / "kernels").glob("*.ll"):
        for line in path.read_text().splitlines():
            fused += "@llvm.fmuladd" in line and " call " in line
            if re.search(r"\b(fast|reassoc|contract|arcp|afn)\b.*%", line):
                if "@llvm.vector.reduce.fadd" not in line:
                    loose.append(f"{path.name}: {line.strip()}")
    expect(not loose and fused, f"i8: {fused} fused operations, {len(loose)} that may "
           f"be rounded in several ways {loose[:3]}")


for weights in formats:
    check_rows(weights)
    if weights == "i8":
        check_flags()
finish()
