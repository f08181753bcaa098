"""What `eke report` foretells, against what an emulator counts.

usage: predicted.py TARGET:WEIGHTS...

Decoding behind a prompt: bytes of weights and of states within 5 %, instructions and the
cycles that a model of the CPU estimates for them within 10 %. What the program around the model executes for each token (the sampler, the loop) is
counted, but not foretold.
"""

import json
import sys
from pathlib import Path

from harness import EKE, EXAMPLE, OWN_EXIT, expect, finish, percent, run_text, temporary_folder

TOKENS = 4
KINDS = ("scalar instruction", "vector instruction", "load or store")


def count(model, target, weights, prompt, folder):
    """Instructions, bytes of weights and of states, and cycles for each token."""
    path = Path(folder, "counts.json")
    run_text([EKE, "profile", model, f"--target={target}", f"--weights={weights}", "--seconds=0",
              f"--prompt-tokens={prompt}", f"--tokens={TOKENS}", f"--json={path}"])
    decode = json.loads(path.read_text())["decode"]
    moved = {name: sum(ways.values()) / TOKENS for name, ways in decode["bytes"].items()}
    return (decode["instructions"] / TOKENS, moved["weights"], moved["state"],
            decode.get("estimated_cycles", 0) / TOKENS)


def predict(model, target, weights, position):
    text = run_text([EKE, "report", model, f"--target={target}", f"--weights={weights}",
                     f"--position={position}", "--json=-"])
    report, = json.loads(text)["reports"]
    amounts = {amount["name"]: amount["amount"] for amount in report["amounts"]}
    moved = {kind: sum(tensor["read"] + tensor["written"] for tensor in report["tensors"]
                       if tensor["kind"] == kind) for kind in ("weight", "state")}
    return (sum(amounts[kind] for kind in KINDS), moved["weight"], moved["state"],
            report.get("cycles"))


def check(model, target, weights, folder, prompt=124):
    counted = count(model, target, weights, prompt, folder)
    predicted = predict(model, target, weights, prompt + TOKENS // 2)
    for what, most, c, p in zip(("instructions", "bytes of weights", "bytes of states", "cycles"),
                                (10, 5, 5, 10), counted, predicted):
        if p is None:  # The profile of the target names no CPU whose cycles are like its own.
            continue
        expect(abs(percent(p, c)) <= most,
               f"{Path(model).name} {target} {weights} at {prompt}: {p:.0f} {what} foretold, {c:.0f} counted "
               f"({percent(p, c):+.1f} %)")


with temporary_folder() as folder:
    for pair in sys.argv[1:]:
        check(EXAMPLE, *pair.split(":"), folder)
    check(OWN_EXIT, "cortex-a53", "i8", folder)
    # Attention has less to do near the start.
    check(EXAMPLE, "cortex-a76", "i8", folder, prompt=28)
finish()
