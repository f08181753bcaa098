"""The arithmetic between samples and what a page shows."""

from dataclasses import dataclass
from statistics import median

from program import FORMATS, REFERENCE
from program import NAME as OURS


@dataclass(frozen=True)
class Metric:
    name: str     # in the samples of a run
    title: str
    unit: str
    scale: float  # a sample times this is in units
    more_is_better: bool
    digits: int = 1


RATES = [
    Metric("decode", "Decoding", "tokens/s", 1, True),
    Metric("prefill_128", "Reading a prompt of 128 tokens", "tokens/s", 1, True),
    Metric("prefill_512", "Reading a prompt of 512 tokens", "tokens/s", 1, True),
]
LATENCIES = [
    Metric("first_token", "First token after a prompt of 128", "ms", 1e3, False),
    Metric("start", "Start: from the process to the prompt", "ms", 1e3, False),
]
PEAK_RSS = Metric("peak_rss", "Peak memory", "MB", 1e-6, False)


REFERENCES = [(OURS, REFERENCE[0]), ("llama.cpp", REFERENCE[1])]


@dataclass(frozen=True)
class Pair:
    """One model, format and number of threads on both sides."""

    model: dict
    threads: int
    ours: dict
    theirs: dict  # or None

    @property
    def formats(self):
        return f"{self.ours['format']} / {self.theirs['format']}" if self.theirs else (
            self.ours["format"])


def rivals_of(ours, model):
    """The runs of llama.cpp that one of Eke's is next to."""
    return [run for run in model["runs"] if run["engine"] != OURS
            and run["threads"] == ours["threads"] and run["format"] in FORMATS[ours["format"]]]


def pairs(results):
    return [Pair(model, ours["threads"], ours, theirs)
            for model in results["models"] for ours in model["runs"] if ours["engine"] == OURS
            for theirs in rivals_of(ours, model) or [None]]


def single(all_pairs):
    """The first pair of each run of Eke's with the fewest threads: what is said of it alone."""
    found = {}
    for pair in all_pairs:
        if pair.threads == min(each.threads for each in all_pairs):
            found.setdefault((pair.model["name"], pair.ours["format"]), pair)
    return list(found.values())


def samples(run, metric):
    """In the metric's unit; empty when there are none."""
    return [metric.scale * value for value in (run or {"samples": {}})["samples"].get(
        metric.name, [])]


def advantage(ours, theirs, more_is_better):
    """How many times better the first number is; below 1 it is worse. None when one of
    them is missing."""
    if not ours or not theirs:
        return None
    return ours / theirs if more_is_better else theirs / ours


def advantage_in(pair, metric):
    values = [samples(run, metric) for run in (pair.ours, pair.theirs)]
    return advantage(*(median(each) if each else None for each in values),
                     metric.more_is_better)


def perplexity(model, engine, form):
    """What a side predicts the model's text with, or None."""
    return next((score["perplexity"] for score in model["quality"]["scores"]
                 if (score["engine"], score["format"]) == (engine, form)), None)


def relative_costs(run):
    """What batches of 1, 2 … rows take, relative to one row; None where not measured."""
    costs = [median(times) if times else None for times in run["rows"]] if run else []
    if not costs or not costs[0]:
        return [None] * len(costs)
    return [cost and cost / costs[0] for cost in costs]


def bandwidth_share(run, bandwidth):
    """The part of the memory's bandwidth that decoding uses, each weight counted once per
    token, however often a token uses it."""
    rates = run["samples"].get("decode") if run else None
    if not rates or not bandwidth:
        return None
    return run["weight_bytes"] * median(rates) / bandwidth
