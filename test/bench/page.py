"""The page of results, in Markdown."""

from statistics import median

import figures
import sharing
from figures import LATENCIES, PEAK_RSS, RATES, pairs, samples
from page_text import HOW_TO_READ, HOW_TO_RUN, describe_run

NONE = "–"


def number(value, digits=1):
    return NONE if value is None else f"{value:.{digits}f}"


def with_range(values, digits=1):
    """The median, and the lowest and highest sample."""
    if not values:
        return NONE
    low, high = number(min(values), digits), number(max(values), digits)
    return number(median(values), digits) + (f" ({low}–{high})" if low != high else "")


def times(value):
    return NONE if value is None else f"{value:.2f}×"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def columns_of(pair):
    return [pair.model["title"], str(pair.threads), pair.formats]


def metric_section(metric, all_pairs):
    """Empty when nobody has samples."""
    rows = [columns_of(pair)
            + [with_range(samples(run, metric), metric.digits)
               for run in (pair.ours, pair.theirs)]
            + [times(figures.advantage_in(pair, metric))]
            for pair in all_pairs if samples(pair.ours, metric)]
    if not rows:
        return ""
    return f"## {metric.title}, {metric.unit}\n\n" + table(
        ["model", "threads", "formats", "Eke", "llama.cpp", "Eke better by"], rows)


def size_section(all_pairs):
    """Sizes do not depend on the number of threads, so one is enough."""
    fewest = min(pair.threads for pair in all_pairs)
    rows = []
    for pair in all_pairs:
        if pair.threads != fewest:
            continue
        files = [run and run["file_bytes"] for run in (pair.ours, pair.theirs)]
        peaks = [samples(run, PEAK_RSS) for run in (pair.ours, pair.theirs)]
        rows.append([pair.model["title"], pair.formats,
                     *(number(size and size / 1e6) for size in files),
                     times(figures.advantage(*files, False)),
                     *(with_range(peak) for peak in peaks),
                     times(figures.advantage_in(pair, PEAK_RSS))])
    return "## File and peak memory, MB\n\n" + table(
        ["model", "formats", "Eke file", "llama.cpp file", "smaller by",
         "Eke memory", "llama.cpp memory", "smaller by"], rows)


def bandwidth_section(all_pairs, bandwidth):
    rows = []
    for pair in all_pairs:
        limit = bandwidth.get(str(pair.threads))
        shares = [figures.bandwidth_share(run, limit) for run in (pair.ours, pair.theirs)]
        rows.append(columns_of(pair) + [
            *(number(run and run["weight_bytes"] / 1e6) for run in (pair.ours, pair.theirs)),
            *(NONE if share is None else f"{100 * share:.0f} %" for share in shares)])
    speeds = ", ".join(f"{value / 1e9:.1f} GB/s with {threads} thread{'s'[:threads != '1']}"
                       for threads, value in sorted(bandwidth.items()))
    return ("## Share of the memory's bandwidth in decoding\n\n"
            f"The machine reads {speeds}.\n\n" + table(
                ["model", "threads", "formats", "Eke weights, MB", "llama.cpp weights, MB",
                 "Eke share", "llama.cpp share"], rows))


def rows_section(all_pairs):
    rows, seen = [], []  # a run may be in several pairs
    for pair in all_pairs:
        for run in filter(None, (pair.ours, pair.theirs)):
            if any(run is other for other in seen):
                continue
            seen.append(run)
            first = run["rows"][0] if run["rows"] else []
            rows.append([pair.model["title"], str(pair.threads),
                         f"{run['engine']} {run['format']}",
                         number(1e3 * median(first), 2) if first else NONE,
                         *(number(cost, 2) for cost in figures.relative_costs(run)[1:])])
    sizes = [str(count) for count in range(2, 1 + max(len(pair.ours["rows"])
                                                       for pair in all_pairs))]
    return "## Cost of several rows at once, relative to one\n\n" + table(
        ["model", "threads", "format", "1 row, ms", *sizes], rows)


def sharing_section(results):
    if not results:
        return ""
    rows = []
    for result in results:
        first = 1e6 * median(result["once"]) / result["blocks"]
        second = sharing.relative(result)
        rows.append([result["title"], str(result["threads"]), result["format"],
                     number(first), number(first * second), number(second, 2)])
    return ("## The second run of a shared block\n\n"
            "A block that runs twice in a row is read from memory once; the second run may find it in a cache. "
            "Measured\nin turns with the same model without sharing, "
            f"at position {sharing.POSITION}.\n\n" + table(
                ["model", "threads", "format", "first run, µs", "second run, µs",
                 "second / first"], rows))


def compile_section(all_pairs):
    return "## Compiling\n\n" + table(
        ["model", "format", "seconds", "peak memory of the compiler, MB"],
        [[pair.model["title"], pair.ours["format"], number(pair.ours["compile_seconds"]),
          number(pair.ours["compile_peak_bytes"] / 1e6, 0)]
         for pair in figures.single(all_pairs)])


def quality_rows(model, all_pairs):
    """Formats with what they lose against the reference of their side, and how fast they are
    with the fewest threads."""
    fewest = min(pair.threads for pair in all_pairs)
    reference = [figures.perplexity(model, *side) for side in figures.REFERENCES]
    yield [model["title"], " / ".join(form for _, form in figures.REFERENCES),
           *(number(value, 3) for value in reference), NONE, NONE, NONE, NONE]
    for pair in all_pairs:
        if pair.model is not model or pair.threads != fewest:
            continue
        runs = (pair.ours, pair.theirs)
        found = [run and figures.perplexity(model, run["engine"], run["format"]) for run in runs]
        speeds = [samples(run, RATES[0]) for run in runs]
        yield [model["title"], pair.formats, *(number(value, 3) for value in found),
               *(percent(value, base) for value, base in zip(found, reference)),
               *(number(median(speed)) if speed else NONE for speed in speeds)]


def percent(value, base):
    """How much more than the base the value is."""
    return NONE if not value or not base else f"{100 * (value / base - 1):+.1f} %"


def quality_section(models, all_pairs):
    models = [model for model in models if "quality" in model]
    if not models:
        return ""
    told = "".join(quality_text(model) for model in models)
    return ("## Quality\n\nPerplexity beside the speed of decoding in tokens/s, with the fewest threads. "
            "Both sides predict the\nsame tokens, after those before them in a window:\n\n"
            + told + "\n" + table(
                ["model", "formats", "Eke perplexity", "llama.cpp perplexity", "Eke more than f32",
                 "llama.cpp more than F16", "Eke decodes", "llama.cpp decodes"],
                [row for model in models for row in quality_rows(model, all_pairs)]))


def quality_text(model):
    quality = model["quality"]
    line = (f"- {model['title']}: {quality['tokens']} tokens of {quality['text']}, in windows of "
            f"{quality['window']}.")
    if "same_tokens" in quality:
        line += (" llama.cpp's own tokenizer makes the same tokens of it." if quality["same_tokens"]
                 else " llama.cpp's own tokenizer makes others of it, and is not used.")
    return line + "\n"


def page(results, chart):
    """The whole page; `chart` is the name of the picture beside it."""
    all_pairs = pairs(results)
    parts = ["# Performance\n", HOW_TO_RUN, describe_run(results),
             f"![Tokens per second of both sides]({chart})\n", HOW_TO_READ,
             quality_section(results["models"], all_pairs)]
    parts += [metric_section(metric, all_pairs) for metric in RATES + LATENCIES]
    parts += [size_section(all_pairs), bandwidth_section(all_pairs, results["bandwidth"]),
              rows_section(all_pairs), sharing_section(results.get("sharing")),
              compile_section(all_pairs)]
    return "\n".join(part for part in parts if part)
