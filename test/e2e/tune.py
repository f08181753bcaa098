"""`eke tune` finds schedules that cost less and compute the same; interrupted, it goes on.

usage: tune.py TARGET
"""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import models
from harness import (EKE, compile_model, emulator, expect, expect_equal, finish, run_text, score,
                     temporary_folder, tune_model)

TARGET = sys.argv[1]
OPTIONS = [f"--target={TARGET}", "--rows=4"]
SEARCH = ["--objective=instructions", "--minutes=25"]
# As much as an order of sums and a flipped rounding change (see odd_widths.py).
MOST_RELATIVE = 5e-3


def tune(output, *options):
    """Searches; returns what was printed on standard output and on standard error."""
    return tune_model(model, output, *OPTIONS, *options)


def totals(table):
    """What the recipes' schedules and the best ones cost per token, and per token of the prompt."""
    found = re.findall(r"^total per token( of the prompt)? +(\d+) +(\d+) ", table, re.M)
    return {bool(prompt): (int(usual), int(best)) for prompt, usual, best in found}


def profile(program, phase):
    path = folder / "profile.json"
    run_text([EKE, "profile", program, "--tokens=4", "--prompt-tokens=5", "--json", path])
    phase = json.loads(path.read_text())[phase]
    return phase["instructions"] / phase["tokens"]


def entries(path):
    return path.read_text().count("halide.schedule [")


with temporary_folder() as name:
    folder = Path(name)
    model = models.write(folder / "small", models.SMALL)
    text = folder / "text"
    text.write_bytes(bytes(range(32, 127)))

    # Instructions are counted, so that numbers can be compared with a profile.
    whole = folder / "whole.mlir"
    table, progress = tune(whole, *SEARCH)
    print(table, progress)
    costs = totals(table)
    for prompt, phase in ((False, "decode"), (True, "prefill")):
        usual, best = costs[prompt]
        expect(best < usual, f"{phase}: {usual} instructions per token, with the schedules found "
               f"{best}")
    expect(entries(whole) > 0, f"{entries(whole)} entries")
    expect(not Path(f"{whole}.progress").exists(), "nothing is left of a search that ended")

    plain = compile_model(model, folder / "plain", *OPTIONS)
    tuned = compile_model(model, folder / "tuned", *OPTIONS, f"--schedules={whole}")
    for prompt, phase in ((False, "decode"), (True, "prefill")):
        counted = tuple(round(profile(program, phase)) for program in (plain, tuned))
        expect_equal(counted, costs[prompt], f"{phase}: a profile of both programs says {counted}")
    usual, best = (score([*emulator(TARGET), program], text)["perplexity"]
                   for program in (plain, tuned))
    expect(abs(best / usual - 1) <= MOST_RELATIVE, f"perplexity {usual:.5f}, tuned {best:.5f}")

    # A search that is interrupted after a round goes on behind it.
    broken = folder / "broken.mlir"
    journal = Path(f"{broken}.progress")
    search = subprocess.Popen([EKE, "tune", model, *OPTIONS, *SEARCH, "-o",
                               broken], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    while not journal.exists() and search.poll() is None:
        time.sleep(0.02)
    search.send_signal(signal.SIGTERM)
    search.wait()
    expect(journal.exists() and not broken.exists(), "interrupted, it leaves what it has measured")
    kept = journal.read_text()
    tune(broken, *SEARCH)
    expect_equal(broken.read_text(), whole.read_text(), "and ends with the same schedules")

    # Without time, only those answers count that are of this search and can be read.
    other = json.loads(kept.splitlines()[0])["search"]
    for label, text, is_used in (("this search", kept, True),
                                 ("another search", kept.replace(other, "0" * len(other)), False),
                                 ("a damaged file", kept[:-20], False)):
        journal.write_text(text)
        table, _ = tune(broken, "--objective=instructions", "--minutes=0.0001")
        expect("the time was up" in table, "without time, it says so")
        expect((entries(broken) > 0) == is_used, f"{entries(broken)} entries by answers of {label}")
    same = compile_model(model, folder / "same", *OPTIONS, f"--schedules={broken}")
    expect_equal(same.read_bytes(), plain.read_bytes(), "no entry changes no byte of the program")
finish()
