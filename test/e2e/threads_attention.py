"""Attention that threads share by positions and by heads gives the bits of one thread.

The context is long enough for tasks of positions. A program that takes one row at a time
shares those, a program that takes 16 shares rows: all have to give the same score.
"""

from pathlib import Path

import models
from harness import (compile_model, expect, expect_equal, finish, score,
                     temporary_folder)

SHAPE = models.Shape(layers=2, width=576, heads=9, kv_heads=3, hidden=96, vocab=300,
                     context=1024)
WINDOW = 500

with temporary_folder() as name:
    folder = Path(name)
    model = models.write(folder / "long", SHAPE)
    text = folder / "text"
    text.write_bytes(bytes(range(32, 127)) * 6)

    schedules = folder / "schedules.mlir"
    compile_model(model, schedules, "--rows=1", "--stop-after=schedules")
    shared = [line for line in schedules.read_text().splitlines() if "parallel(jp)" in line]
    expect(len(shared) >= 2, f"{len(shared)} loops over positions are shared")

    wanted = None
    for rows in (1, 16):
        program = compile_model(model, folder / f"rows-{rows}", f"--rows={rows}")
        for threads in (1, 2, 3):
            command = [program, "--window", str(WINDOW), "--threads", str(threads)]
            result = score(command, text)
            wanted = wanted or result
            expect(result["tokens"] > WINDOW, f"{result['tokens']} tokens")
            expect_equal(result, wanted,
                         f"{rows} rows at a time and {threads} threads give the same score")
finish()
