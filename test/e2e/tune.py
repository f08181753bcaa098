"""`eke tune` finds schedules that cost less and compute the same; interrupted, it goes on.

usage: tune.py TARGET [uninterrupted]

A search is interrupted and goes on. With another argument a second one, which nobody interrupts,
has to end the same.
"""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import models
from harness import (EKE, assembly, compile_model, emulator, expect, expect_equal, finish, run_text,
                     score, temporary_folder, tune_model)

TARGET, *AGAIN = sys.argv[1:]
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


def profile(program):
    """Instructions per token, and per token of the prompt, rounded."""
    path = folder / "profile.json"
    run_text([EKE, "profile", program, "--tokens=4", "--prompt-tokens=5", "--json", path])
    phases = json.loads(path.read_text())
    return tuple(round(phases[name]["instructions"] / phases[name]["tokens"])
                 for name in ("decode", "prefill"))


def entries(path):
    return path.read_text().count("halide.schedule [")


with temporary_folder() as name:
    folder = Path(name)
    model = models.write(folder / "small", models.SMALL)
    text = folder / "text"
    text.write_bytes(bytes(range(32, 127)))

    # A search that is interrupted after a round goes on behind it.
    found = folder / "found.mlir"
    journal = Path(f"{found}.progress")
    search = subprocess.Popen([EKE, "tune", model, *OPTIONS, *SEARCH, "-o",
                               found], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    while not journal.exists() and search.poll() is None:
        time.sleep(0.02)
    search.send_signal(signal.SIGTERM)
    search.wait()
    expect(journal.exists() and not found.exists(), "interrupted, it leaves what it has measured")
    kept = journal.read_text()
    table, progress = tune(found, *SEARCH)
    print(table, progress)
    expect(entries(found) > 0, f"{entries(found)} entries")
    expect(not journal.exists(), "nothing is left of a search that ended")
    if AGAIN:
        whole = folder / "whole.mlir"
        tune(whole, *SEARCH)
        expect_equal(found.read_text(), whole.read_text(), "uninterrupted, it ends the same")

    # Instructions are counted, so that numbers can be compared with a profile.
    costs = totals(table)
    for prompt, phase in ((False, "decode"), (True, "prefill")):
        usual, best = costs[prompt]
        expect(best < usual, f"{phase}: {usual} instructions per token, with the schedules found "
               f"{best}")

    plain = compile_model(model, folder / "plain", *OPTIONS, "--keep-symbols")
    tuned = compile_model(model, folder / "tuned", *OPTIONS, "--keep-symbols", f"--schedules={found}")
    counted = [profile(program) for program in (plain, tuned)]
    for prompt, phase in ((False, "decode"), (True, "prefill")):
        both = tuple(counts[prompt] for counts in counted)
        expect_equal(both, costs[prompt], f"{phase}: a profile of both programs says {both}")
    usual, best = (score([*emulator(TARGET), program], text)["perplexity"]
                   for program in (plain, tuned))
    expect(abs(best / usual - 1) <= MOST_RELATIVE, f"perplexity {usual:.5f}, tuned {best:.5f}")

    # Without time, only those answers count that are of this search and can be read.
    other = json.loads(kept.splitlines()[0])["search"]
    for label, text, is_used in (("this search", kept, True),
                                 ("another search", kept.replace(other, "0" * len(other)), False),
                                 ("a damaged file", kept[:-20], False)):
        journal.write_text(text)
        table, _ = tune(found, "--objective=instructions", "--minutes=0.0001")
        expect("the time was up" in table, "without time, it says so")
        expect((entries(found) > 0) == is_used, f"{entries(found)} entries by answers of {label}")
    codes = [assembly(model, folder / "code", *OPTIONS, *schedules)
             for schedules in ([f"--schedules={found}"], [])]
    expect(codes[0] == codes[1], "no entry changes nothing in the program")
finish()
