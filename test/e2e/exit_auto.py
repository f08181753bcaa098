"""`--exit=auto` takes the exit that its table says is best, or none.

usage: exit_auto.py TARGET

On a small model with random weights. Costs are counted for a device and timed on this
machine; the bytes of weights that a cycle reads follow from the model.
"""

import re
import subprocess
import sys
from pathlib import Path

import models
from harness import (EKE, EXAMPLE, emulator, expect, expect_equal, finish, run_text,
                     temporary_folder)

TARGET = sys.argv[1]
SHAPE = models.SMALL._replace(layers=3)
ROW = re.compile(r"^ +(\d+) +(\d+) +(all|\d+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$",
                 re.M)


def check(model, target, unit):
    output = model.parent / target
    done = subprocess.run([EKE, "compile", model, "-o", output, f"--target={target}",
                           "--exit=auto", f"--calibrate={EXAMPLE / 'eval.txt'}"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(done.stderr)
    table = done.stderr
    expect(unit in table.split("\n")[0], f"{target}: {table.splitlines()[0]}")
    rows = [tuple(map(lambda cell: cell if cell == "all" else float(cell), row))
            for row in ROW.findall(table)]
    expect_equal([row[0] for row in rows if row[2] == "all"], [1, 2],
                 f"{target}: an exit at each depth")
    for depth, drafts, head, accepted, tokens, cost, read, speed_up in rows:
        expect(abs(speed_up - tokens / cost) < 0.02 * speed_up,
               f"{target}, exit {depth:.0f}, head {head}: {tokens} tokens for {cost} plain steps "
               f"are {speed_up} times as fast")
        if head == "all":  # of equal blocks, in bytes: drafts, the last draft, and what verifies
            blocks, share = SHAPE.layers, head_share(model)
            wanted = 1 + drafts * (depth * (1 - share) / blocks + share)
            expect(abs(read - wanted) < 0.01 * wanted,
                   f"{target}, exit {depth:.0f}: a cycle reads {read} times the bytes of a plain "
                   f"step, expected {wanted:.2f}")
    best = max(row[-1] for row in rows)
    verdict = table.strip().split("\n")[-1]
    # Rounded as they are, several exits may be the best.
    wanted = tuple(f"exit behind run {depth:.0f} of {SHAPE.layers}, at most {drafts:.0f} drafts: "
                   if best > 1 else f"no exit: the best, behind run {depth:.0f} "
                   for depth, drafts, *_, speed_up in rows if speed_up == best)
    if best != 1:
        expect(verdict.startswith(wanted), f"{target}: {verdict}")
        entries = run_text([*emulator(target), output, "--entry", "trunk", "--help"])
        expect_equal("draft" in entries, best > 1, f"{target}: the program drafts if that pays")


def head_share(model):
    """Of the bytes of a step, those of the head: 8 bits per weight and a scale per row."""
    def rows(count, width):
        return count * (width + 4)
    w, h = SHAPE.width, SHAPE.hidden
    kv = w // SHAPE.heads * SHAPE.kv_heads
    block = 2 * rows(w, w) + 2 * rows(kv, w) + 2 * rows(h, w) + rows(w, h) + 8 * w
    head = rows(SHAPE.vocab, w) + 4 * w
    return head / (head + SHAPE.layers * block)


with temporary_folder() as folder:
    model = models.write(Path(folder, "model"), SHAPE)
    command = " ".join(emulator(TARGET))
    check(model, TARGET, f"instructions, counted by {command}" if command else
          "time on this machine")
finish()
