"""The arithmetic between samples and what a page shows."""

from dataclasses import dataclass
from statistics import median

from program import FORMATS
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


def pairs(results):
    found = []
    for model in results["models"]:
        for ours in model["runs"]:
            if ours["engine"] != OURS:
                continue
            theirs = next((run for run in model["runs"] if run["engine"] != OURS
                           and run["threads"] == ours["threads"]
                           and run["format"] == FORMATS[ours["format"]]), None)
            found.append(Pair(model, ours["threads"], ours, theirs))
    return found


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
