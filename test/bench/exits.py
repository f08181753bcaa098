"""Measures what early exits bring: the tables and the picture of docs/early-exits-results.md.

Part of `./dev bench --exits`. Programs of the examples continue text that no exit was
chosen by: timed on this machine, and counted by an emulator for ARM. The MobileLLM-125M
shape, whose weights are random, replays the acceptance of an example.
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
TOKENS, PIECES, PIECE_BYTES = 64, 32, 240
COUNTED_PIECES = 4  # an emulator takes its time
TRACED_PIECES = 64  # counting drafts takes little
TRAINED = ROOT / "examples/pydoc-lm-exit/model.textproto"
DEPTHS, DRAFTS, EXAMPLE_RUNS = (2, 4, 6, 8), (1, 3, 7), 12
TRAINED_EXIT, TRAINED_DRAFTS = 3, (1, 2, 3, 7, "auto")
REPLAYED_DRAFTS, DRAFT_TOKENS = 2, 4096
MOST_DRAFTS = 7
THRESHOLDS = (0.2, 0.4, 0.6, 0.8, 0.9, 0.99, 1)


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"bench.py: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done


def held_back_pieces(text, count):
    """The first bytes of equal parts of a text, from the beginning of a line on."""
    for index in range(count):
        begin = text.index(b"\n", index * len(text) // count)
        yield text[begin:begin + PIECE_BYTES].decode(errors="ignore").encode()


class Drafts:
    """Sums of what programs tell of their drafts."""

    def __init__(self):
        self.drafted = self.accepted = self.cycles = self.tokens = self.bytes = 0
        self.kinds = {}  # cycles by their drafts, and how many of these were right

    def add(self, told):
        decode, drafts = told["decode"], told.get("speculation", {})
        self.tokens += decode["tokens"]
        self.bytes += decode["tokens"] * decode.get("weight_bytes_per_token", 0)
        self.drafted += drafts.get("drafted_tokens", 0)
        self.accepted += drafts.get("accepted_tokens", 0)
        self.cycles += drafts.get("verifications", 0)
        self.kinds[-1, 0] = self.kinds.get((-1, 0), 0) + drafts.get("plain_steps", 0)
        for count, by_right in drafts.get("accepted_lengths_by_drafts", {}).items():
            for right, cycles in enumerate(by_right):
                kind = int(count), right
                self.kinds[kind] = self.kinds.get(kind, 0) + cycles

    def summary(self):
        """Where `auto` drafts nothing, nothing is accepted."""
        return {"accepted": self.accepted / max(1, self.drafted),
                "tokens_per_verification": 1 + self.accepted / max(1, self.cycles),
                "drafts_per_verification": self.drafted / max(1, self.cycles),
                "cycles": ",".join(f"{drafts}:{right}:{count}" for (drafts, right), count
                                   in sorted(self.kinds.items()) if count)}


class Bench:
    def __init__(self, eke, cache, rounds):
        self.eke, self.cache, self.rounds = eke, cache, rounds
        text = (EXAMPLE / "eval.txt").read_bytes()
        middle = text.index(b"\n", len(text) // 2)
        self.calibration = cache / "calibration.txt"
        self.calibration.write_bytes(text[:middle])
        self.pieces = self.write_pieces("piece", text[middle:], PIECES)
        self.traced = self.write_pieces("traced", text, TRACED_PIECES)

    def write_pieces(self, name, text, count):
        paths = []
        for index, piece in enumerate(held_back_pieces(text, count)):
            paths.append(self.cache / f"{name}{index}.txt")
            paths[-1].write_bytes(piece)
        return paths

    def compile(self, model, name, *options):
        output = self.cache / name
        return output, run([self.eke, "compile", model, "-o", output, *options]).stderr

    def tell(self, program, piece, *options, launcher=(), tokens=TOKENS):
        """The statistics of one continuation."""
        stats = self.cache / "stats.json"
        run([*launcher, program, "--prompt-file", piece, "--tokens", tokens, "--stats", stats,
             *options])
        return json.loads(stats.read_text())

    def speed_ups(self, program, drafts, threads=1):
        """Plain decoding and drafting in turns. Of each piece the shortest time of all
        rounds counts: other work on the machine only makes times longer."""
        ways = {"off": {}, str(drafts): {}}
        for _ in range(self.rounds):
            for piece in self.pieces:
                for way, best in ways.items():
                    told = self.tell(program, piece, "--speculate", way, "--threads", threads)
                    if told["decode"]["seconds"] < best.get(piece, told)["decode"]["seconds"] \
                            or piece not in best:
                        best[piece] = told
        return self.compare(*(list(best.values()) for best in ways.values()))

    def drafts(self, program, way):
        """How a program drafts, whatever time that takes."""
        sums = Drafts()
        for piece in self.traced:
            sums.add(self.tell(program, piece, "--speculate", way))
        return sums.summary()

    @staticmethod
    def compare(plain, drafted):
        """The sums over all pieces; both ways write the same tokens."""
        sums = [Drafts(), Drafts()]
        for each, told in zip(sums, (plain, drafted)):
            for one in told:
                each.add(one)
        seconds = [sum(one["decode"]["seconds"] for one in told) for told in (plain, drafted)]
        return {"plain": sums[0].tokens / seconds[0], "drafted": sums[1].tokens / seconds[1],
                "speed_up": seconds[0] / seconds[1], "bytes": sums[1].bytes / sums[0].bytes,
                **sums[1].summary()}

    def counted(self, program, drafts, cpu="cortex-a76"):
        """The same in instructions of a 64-bit ARM program, without those of the prompt."""
        counts, plugin = self.cache / "counts", self.eke.parent.parent / "lib/eke/libeke-meter.so"
        plan = self.cache / "plan"
        plan.write_text("")  # no region of memory is watched
        launcher = ["qemu-aarch64", "-cpu", cpu, "-plugin", f"{plugin},plan={plan},out={counts}"]

        def instructions(piece, way, tokens):
            told = self.tell(program, piece, "--speculate", way, launcher=launcher, tokens=tokens)
            return sum_counts(counts.read_text()), told

        told, totals = ([], []), [0, 0]
        for piece in self.pieces[::len(self.pieces) // COUNTED_PIECES]:
            before, _ = instructions(piece, "off", 1)  # the prompt and the first token
            for index, way in enumerate(("off", drafts)):
                count, one = instructions(piece, way, TOKENS)
                totals[index] += count - before
                told[index].append(one)
        return {**self.compare(*told), "speed_up": totals[0] / totals[1]}


def sum_counts(text):
    """Instructions in all lines `block ADDRESS BYTES INSTRUCTIONS COUNT`."""
    return sum(int(words[3]) * int(words[4]) for words in map(str.split, text.splitlines())
               if words[:1] == ["block"])


def sweep(bench, model, weights, depths, counts):
    """Programs of one model, by exit and number of drafts."""
    name, rows = model_name(model), []
    for depth in depths:
        program, _ = bench.compile(model, f"{name}-{weights}-{depth}", f"--weights={weights}",
                                   f"--exit={depth}", f"--drafts={MOST_DRAFTS}")
        for drafts in counts:
            rows.append({"model": name, "weights": weights, "exit": depth, "drafts": drafts,
                         **bench.speed_ups(program, drafts)})
    return rows


def model_name(model):
    return (model.parent if model.suffix else model).name


LINE = re.compile(r"^ *(\d+) +(\d+) +(all|\d+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$", re.M)


def predictions(bench, model, target, weights):
    """The table of --exit=auto."""
    _, told = bench.compile(model, f"auto-{target}-{weights}", f"--target={target}",
                            f"--weights={weights}", "--exit=auto",
                            f"--calibrate={bench.calibration}")
    keys = ("exit", "drafts", "draft_tokens", "accepted", "tokens_per_verification", "cost",
            "bytes", "speed_up")
    return {"model": model_name(model), "target": target, "weights": weights,
            "verdict": told.strip().split("\n")[-1],
            "rows": [dict(zip(keys, row)) for row in LINE.findall(told)]}


def verify(bench, model, predicted):
    """Measures what was predicted, on text that it was not predicted from."""
    for row in predicted["rows"]:
        options = [f"--weights={predicted['weights']}", f"--target={predicted['target']}",
                   f"--exit={row['exit']}", f"--drafts={row['drafts']}"]
        if row["draft_tokens"] != "all":
            options.append(f"--draft-tokens={row['draft_tokens']}")
        program, _ = bench.compile(model, "verified", *options)
        measure_it = bench.speed_ups if predicted["target"] == "host" else bench.counted
        row["measured"] = measure_it(program, row["drafts"])


class Replay:
    """The MobileLLM-125M shape, drafting at the same share of its depth as the example."""

    def __init__(self, bench, weights, draft_tokens, cc):
        self.bench, self.weights, self.draft_tokens = bench, weights, draft_tokens
        self.runs = models.MOBILELLM_125M.layers
        self.depth = self.runs * TRAINED_EXIT // EXAMPLE_RUNS
        model = directory_of(next(w for w in WORKLOADS if w.name == "125m"), bench.cache)
        options = [f"--weights={weights}", f"--exit={self.depth}", f"--drafts={MOST_DRAFTS}"]
        if draft_tokens:
            options.append(f"--draft-tokens={draft_tokens}")
        library, _ = bench.compile(model, "libreplay.a", "--emit=lib", *options)
        self.module, _ = bench.compile(model, "replay.mlir", "--stop-after=graph", *options)
        self.program = bench.cache / "replay"
        run([cc, "-O2", "-include", bench.cache / "replay.h", ROOT / "test/bench/replay.c",
             library, "-lm", "-lpthread", "-o", self.program])

    def tell(self, mode, cycles="0:0:1"):
        return run([self.program, mode, 96, 1, cycles]).stdout

    def trace(self):
        """How the example drafts if it decides by the costs of this model."""
        costs = {name: cost_of(self.module.read_text(), name) * EXAMPLE_RUNS / self.runs
                 for name in ("head", "exit_head")}
        costs["rows"] = [float(cost) for cost in self.tell("rows").split()]
        options = ["--weights=i8", f"--drafts={MOST_DRAFTS}", f"--exit={TRAINED_EXIT}"]
        module, _ = self.bench.compile(TRAINED, "trace.mlir", "--stop-after=graph", *options)
        module.write_text(with_costs(module.read_text(), costs))
        program, _ = self.bench.compile(module, "trace", "--weights=i8")
        return self.bench.drafts(program, "auto")

    def speeds(self, drafts, trace):
        speeds = {mode: [] for mode in ("plain", "cached", "uncached")}
        for _ in range(self.bench.rounds):
            for mode, samples in speeds.items():
                samples.append(float(self.tell(mode, trace["cycles"])))
        return {"weights": self.weights, "exit": self.depth, "runs": self.runs,
                "draft_tokens": self.draft_tokens, "drafts": drafts, "trace": trace,
                **{mode: median(samples) for mode, samples in speeds.items()},
                **{f"{mode}_speed_up": median(
                    a / b for a, b in zip(speeds[mode], speeds["plain"]))
                   for mode in ("cached", "uncached")}}


def cost_of(module, name):
    """One of the costs by which a program decides how many tokens to draft."""
    return float(re.search(rf"#eke\.language<[^>]*\b{name} = ([-+.e\d]+)", module)[1])


def with_costs(module, costs):
    """The module with other costs: numbers, or for `rows` a list of them."""
    for name, cost in costs.items():
        new = (f"{cost:e}" if isinstance(cost, float)
               else f"[{', '.join(f'{one:e}' for one in cost)}]")
        module = re.sub(rf"(#eke\.language<[^>]*\b{name} = )(\[[^]]*\]|[-+.e\d]+)",
                        lambda found: found[1] + new, module)
    return module


def replay(bench, cc):
    """How the example drafts a fixed number of tokens, and as many as pay."""
    program, _ = bench.compile(TRAINED, "fixed", "--weights=i8", f"--exit={TRAINED_EXIT}",
                               f"--drafts={MOST_DRAFTS}")
    fixed = bench.drafts(program, REPLAYED_DRAFTS)
    for weights in ("f16", "i8", "i4"):
        for draft_tokens in (None, DRAFT_TOKENS):
            model = Replay(bench, weights, draft_tokens, cc)
            yield model.speeds(REPLAYED_DRAFTS, fixed)
            yield model.speeds("auto", model.trace())


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
    results = {"pieces": PIECES, "counted_pieces": COUNTED_PIECES,
               "traced_pieces": TRACED_PIECES, "sweep": [], "predictions": []}
    for weights in ("f16", "i8"):
        results["sweep"] += sweep(bench, EXAMPLE, weights, DEPTHS, DRAFTS)
        results["sweep"] += sweep(bench, TRAINED, weights, [TRAINED_EXIT], TRAINED_DRAFTS)
    for target in ("host", "cortex-a76"):
        predicted = predictions(bench, TRAINED, target, "i8")
        verify(bench, TRAINED, predicted)
        results["predictions"].append(predicted)
    results["replay"] = list(replay(bench, cc))
    results["confidence"] = [confidence(bench, depth) for depth in (4, 8)]
    return results


def write(results, facts, folders):
    for folder in folders:
        (Path(folder) / PAGE).write_text(page(results, facts, PICTURE))
        (Path(folder) / PICTURE).write_text(curve(results["confidence"]))
        print(f"written: {Path(folder) / PAGE}, {Path(folder) / PICTURE}")
