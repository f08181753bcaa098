"""What `eke report` foretells that memories serve, against simulated caches.

usage: cache_traffic.py PROMPT TARGET:WEIGHTS[:BOARD]...

Decoding behind a prompt of so many tokens: for each memory behind the first cache, the bytes
of weights, of states and in all within 10 %. With a board, the shared program of the
target is simulated with the board's caches. The sampler and the loop over tokens are
simulated, but not foretold.
"""

import json
import sys
from pathlib import Path

from harness import EKE, EXAMPLE, expect, finish, percent, program, run_text, temporary_folder

TOKENS = 4
MOST_PERCENT = 10
# A first cache of two ways loses lines before all of them is used, where a kernel reads many rows at
# once: the next memory serves them again.
MOST_PERCENT_OF = {("cortex-a72", "f32", "l2"): 25}
# The tables of the sampler and of the tokenizer, where a cache has all or nothing of the rest.
SMALL = 10_000


def simulate(target, weights, board, prompt, folder):
    """By memory, what is served for each token: bytes of weights, of states, and of all."""
    path = Path(folder, "counts.json")
    what = ([program(target, weights, "symbols"), f"--target={board}"] if board else
            [EXAMPLE, f"--target={target}", f"--weights={weights}"])
    run_text([EKE, "profile", *what, "--seconds=0", "--caches=on", f"--prompt-tokens={prompt}",
              f"--tokens={TOKENS}", f"--json={path}"])
    memories = json.loads(path.read_text())["decode"]["memories"]
    served = {}
    for name, regions in memories.items():
        moved = {region: sum(ways.values()) / TOKENS for region, ways in regions.items()}
        served[name] = moved["weights"], moved["state"], sum(moved.values())
    return served


def predict(target, weights, position):
    text = run_text([EKE, "report", EXAMPLE, f"--target={target}", f"--weights={weights}",
                     f"--position={position}", "--instructions=off", "--json=-"])
    report, = json.loads(text)["reports"]
    amounts = {amount["name"]: amount["amount"] for amount in report["amounts"]}
    memories = list(report["tensors"][0]["served_by"])

    def count(kind, farther):
        return sum(tensor["served_by"][memory] for tensor in report["tensors"]
                   for memory in farther if tensor["kind"] == kind)

    # What a memory serves comes through those that are nearer.
    return {memory: (count("weight", memories[number:]), count("state", memories[number:]),
                     amounts[f"read {memory}"] + amounts[f"write {memory}"])
            for number, memory in enumerate(memories)}


def check(target, weights, board, prompt, folder):
    """Returns the part of the weights' bytes that DRAM serves, as simulated."""
    device = board or target
    simulated = simulate(target, weights, board, prompt, folder)
    predicted = predict(device, weights, prompt + TOKENS // 2)
    expect(list(simulated) == list(predicted), f"{device}: memories {', '.join(simulated)}")
    nearest, *others = simulated
    for memory in others:
        most = MOST_PERCENT_OF.get((device, weights, memory), MOST_PERCENT)
        for what, p, s in zip(("of weights", "of states", "in all"), predicted[memory],
                              simulated[memory]):
            agrees = abs(p - s) <= SMALL or s > 0 and abs(percent(p, s)) <= most
            expect(agrees, f"{device} {weights} at {prompt}: {memory} serves {p:.0f} bytes {what} by the report, "
                   f"{s:.0f} simulated" + (f" ({percent(p, s):+.1f} %)" if s else ""))
    return simulated[others[-1]][0] / simulated[nearest][0]


prompt = int(sys.argv[1])
with temporary_folder() as folder:
    parts = {}
    for argument in sys.argv[2:]:
        target, weights, *board = argument.split(":")
        parts[argument] = check(target, weights, board[0] if board else None, prompt, folder)
# The model runs each block twice in a row. All of that, a half, and nothing has to occur, or
# nothing was shown.
for least, most in ((0.99, 1.01), (0.5, 0.6), (0, 0.01)):
    some = [argument for argument, part in parts.items() if least <= part <= most]
    expect(some, f"DRAM serves {least:.0%} to {most:.0%} of the weights' bytes with "
           f"{', '.join(some) or 'none'}")
finish()
