"""Measures what early exits bring: the tables and the picture of docs/early-exits-results.md.

Part of `./dev bench --exits`. Programs of the example are timed on this machine while they
continue text that the exit was not chosen by; for ARM, instructions are counted. The
MobileLLM-125M shape, whose weights are random, replays the acceptance of the example.
"""

import json
import re
import subprocess
from pathlib import Path
from statistics import median

from exits_page import page
from curve import curve
from workloads import EXAMPLE, ROOT, WORKLOADS, directory_of, models

PAGE, PICTURE = "early-exits-results.md", "early-exits.svg"
TOKENS, PIECES, PIECE_BYTES = 64, 6, 240
DEPTHS, DRAFTS, EXAMPLE_RUNS = (2, 4, 6, 8), (1, 3, 7), 12
REPLAYED = (4, 3)  # the exit and the number of drafts whose acceptance another model gets
THRESHOLDS = (0.2, 0.4, 0.6, 0.8, 0.9, 0.99, 1)


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"bench.py: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done


class Bench:
    def __init__(self, eke, cache, rounds):
        self.eke, self.cache, self.rounds = eke, cache, rounds
        text = (EXAMPLE / "eval.txt").read_bytes()
        middle = text.index(b"\n", len(text) // 2)
        self.calibration, self.pieces = cache / "calibration.txt", []
        self.calibration.write_bytes(text[:middle])
        held_back = text[middle:]
        for index in range(PIECES):
            begin = held_back.index(b"\n", index * len(held_back) // PIECES)
            path = cache / f"piece{index}.txt"
            path.write_bytes(held_back[begin:begin + PIECE_BYTES].decode(errors="ignore").encode())
            self.pieces.append(path)

    def compile(self, model, name, *options):
        output = self.cache / name
        return output, run([self.eke, "compile", model, "-o", output, *options]).stderr

    def decode(self, program, speculate, threads):
        """Continues all pieces; returns tokens per second and the sums of the drafts."""
        tokens = seconds = 0
        sums, lengths = {}, []
        for piece in self.pieces:
            stats = self.cache / "stats.json"
            run([program, "--prompt-file", piece, "--tokens", TOKENS, "--speculate",
                 speculate, "--threads", threads, "--stats", stats])
            told = json.loads(stats.read_text())
            tokens += told["decode"]["tokens"]
            seconds += told["decode"]["seconds"]
            for key, value in told.get("speculation", {}).items():
                if key == "accepted_lengths":
                    lengths = [a + b for a, b in zip(lengths or [0] * len(value), value)]
                else:
                    sums[key] = sums.get(key, 0) + value
        return tokens / seconds, sums, lengths

    def speed_ups(self, program, drafts, threads=1):
        """The median of rounds in which both ways take turns."""
        plain, drafted = [], []
        for _ in range(self.rounds):
            plain.append(self.decode(program, "off", threads)[0])
            speed, sums, lengths = self.decode(program, drafts, threads)
            drafted.append(speed)
        ratio = median(b / a for a, b in zip(plain, drafted))
        return {"plain": median(plain), "drafted": median(drafted), "speed_up": ratio,
                "accepted": sums["accepted_tokens"] / sums["drafted_tokens"],
                "tokens_per_verification": 1 + sums["accepted_tokens"] / sums["verifications"],
                "lengths": lengths}


def sweep(bench, weights):
    rows = []
    for depth in DEPTHS:
        program, _ = bench.compile(EXAMPLE, f"exit-{weights}-{depth}", f"--weights={weights}",
                                   f"--exit={depth}", f"--drafts={max(DRAFTS)}")
        for drafts in DRAFTS:
            rows.append({"weights": weights, "exit": depth, "drafts": drafts,
                         **bench.speed_ups(program, drafts)})
    return rows


LINE = re.compile(r"^ *(\d+) +(\d+) +(all|\d+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$", re.M)


def predictions(bench, target, weights):
    """The table of --exit=auto."""
    _, told = bench.compile(EXAMPLE, f"auto-{target}-{weights}", f"--target={target}",
                            f"--weights={weights}", "--exit=auto",
                            f"--calibrate={bench.calibration}")
    keys = ("exit", "drafts", "draft_tokens", "accepted", "tokens_per_verification", "cost",
            "bytes", "speed_up")
    return {"target": target, "weights": weights, "verdict": told.strip().split("\n")[-1],
            "rows": [dict(zip(keys, row)) for row in LINE.findall(told)]}


def verify(bench, predicted):
    """Measures what was predicted, on text that it was not predicted from."""
    for row in predicted["rows"]:
        options = [f"--weights={predicted['weights']}", f"--exit={row['exit']}",
                   f"--drafts={row['drafts']}"]
        if row["draft_tokens"] != "all":
            options.append(f"--draft-tokens={row['draft_tokens']}")
        program, _ = bench.compile(EXAMPLE, "verified", *options)
        row["measured"] = bench.speed_ups(program, row["drafts"])


def replay(bench, weights, trace, cc):
    """The 125M shape with the acceptance of the example, drafting at the same share of
    its depth: plain, with the exit-query cache and without, and with a small head."""
    lengths = trace["lengths"]
    workload = next(w for w in WORKLOADS if w.name == "125m")
    model = directory_of(workload, bench.cache)
    drafts, rows = len(lengths) - 1, []
    runs = models.MOBILELLM_125M.layers
    depth = runs * trace["exit"] // trace["runs"]
    for draft_tokens in (None, 4096):
        options = [f"--draft-tokens={draft_tokens}"] if draft_tokens else []
        library, _ = bench.compile(model, "libreplay.a", f"--weights={weights}", "--emit=lib",
                                   f"--exit={depth}", f"--drafts={drafts}", *options)
        program = bench.cache / "replay"
        run([cc, "-O2", f"-I{ROOT}/runtime/include", ROOT / "test/bench/replay.c", library,
             "-lm", "-lpthread", "-o", program])
        speeds = {mode: [] for mode in ("plain", "cached", "uncached")}
        for _ in range(bench.rounds):
            for mode, samples in speeds.items():
                samples.append(float(run([program, mode, 96, 1,
                                          ",".join(map(str, lengths))]).stdout))
        rows.append({"weights": weights, "exit": depth, "runs": runs, "drafts": drafts,
                     "draft_tokens": draft_tokens,
                     **{mode: median(samples) for mode, samples in speeds.items()},
                     **{f"{mode}_speed_up": median(
                         a / b for a, b in zip(speeds[mode], speeds["plain"]))
                        for mode in ("cached", "uncached")}})
    return rows


def confidence(bench, depth):
    """Perplexity and mean depth for every threshold."""
    program, _ = bench.compile(EXAMPLE, "confidence", f"--exit={depth}", "--threshold=0.5")
    points = []
    for threshold in THRESHOLDS:
        told = json.loads(run([program, "--score", EXAMPLE / "eval.txt",
                               f"--confidence={threshold}"]).stdout)
        runs = told.get("early_exit", {})
        points.append({"threshold": threshold, "perplexity": told["perplexity"],
                       "mean_depth": runs.get("mean_depth"), "runs": runs.get("runs")})
    for point in points:
        point["mean_depth"] = point["mean_depth"] or points[0]["runs"]
    return {"exit": depth, "points": points}


def measure(eke, cache, rounds, cc="cc"):
    bench = Bench(eke, cache, rounds)
    results = {"sweep": [row for weights in ("f16", "i8") for row in sweep(bench, weights)],
               "predictions": []}
    predicted = predictions(bench, "host", "i8")
    verify(bench, predicted)
    results["predictions"].append(predicted)
    results["predictions"].append(predictions(bench, "cortex-a76", "i8"))
    source = next(row for row in results["sweep"]
                  if (row["weights"], row["exit"], row["drafts"]) == ("i8", *REPLAYED))
    results["trace"] = {"exit": source["exit"], "runs": EXAMPLE_RUNS,
                        "accepted": source["accepted"],
                        "lengths": source["lengths"][:source["drafts"] + 1]}
    results["replay"] = [row for weights in ("f16", "i8", "i4")
                         for row in replay(bench, weights, results["trace"], cc)]
    results["confidence"] = [confidence(bench, depth) for depth in (4, 8)]
    return results


def write(results, facts, folders):
    for folder in folders:
        (Path(folder) / PAGE).write_text(page(results, facts, PICTURE))
        (Path(folder) / PICTURE).write_text(curve(results["confidence"]))
        print(f"written: {Path(folder) / PAGE}, {Path(folder) / PICTURE}")
