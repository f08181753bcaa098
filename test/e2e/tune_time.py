"""`eke tune` for this machine measures time, and what it finds computes the same."""

import re
from pathlib import Path

import models
from harness import (compile_model, expect, expect_equal, finish, score, temporary_folder,
                     tune_model)

# As much as an order of sums and a flipped rounding change (see odd_widths.py).
MOST_RELATIVE = 5e-3
# Few kernels, so that four minutes have room for some rounds.
OPTIONS = ["--target=host", "--rows=1"]

with temporary_folder() as name:
    folder = Path(name)
    model = models.write(folder / "small", models.SMALL)
    text = folder / "text"
    text.write_bytes(bytes(range(32, 127)))
    schedules = folder / "schedules.mlir"
    # Some rounds, and what was found once more.
    table, progress = tune_model(model, schedules, *OPTIONS, "--minutes=4")
    print(table, progress)
    rounds = len(re.findall("kernels got better", progress)) - 1
    expect(rounds > 0, f"{rounds} rounds")
    expect("costs are nanoseconds, sampled on this machine" in table, "time was sampled")
    rows = re.findall(r"^\S.*? +(\d+) +(\d+) +(\d+) +(\S+ %|-)$", table, re.M)
    worse = [row for row in rows if row[3] != "-" and int(row[2]) > int(row[1])]
    expect(rows, f"{len(rows)} kernels")
    expect_equal(worse, [], "none of them has another schedule and is slower")
    entries = schedules.read_text().count("halide.schedule [")
    expect_equal(entries, sum(row[3] != "-" for row in rows), f"{entries} got another schedule")

    usual, best = (score([compile_model(model, folder / label, *options)], text)["perplexity"]
                   for label, options in (("plain", OPTIONS),
                                          ("tuned", [*OPTIONS, f"--schedules={schedules}"])))
    expect(abs(best / usual - 1) <= MOST_RELATIVE, f"perplexity {usual:.5f}, tuned {best:.5f}")
finish()
