"""The picture of results: bars of both sides, as SVG."""

from statistics import median
from xml.sax.saxutils import escape

import figures
from figures import RATES, pairs, samples

BAR, GAP, GROUP_GAP = 13, 2, 10
LABEL_WIDTH, BAR_WIDTH, PANEL_GAP = 250, 300, 90
TOP = 64
OURS, THEIRS, INK, FAINT = "#1f6f8b", "#c9c3b4", "#222222", "#666666"


def text(x, y, content, size=12, fill=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" '
            f'text-anchor="{anchor}" font-weight="{weight}">{escape(content)}</text>')


def rectangle(x, y, width, height, fill):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'fill="{fill}"/>')


def label(pair):
    threads = f"{pair.threads} thread{'s'[:pair.threads > 1]}"
    return f"{pair.model['title']}, {pair.formats}, {threads}"


def bar(x, y, value, longest, fill, note):
    width = BAR_WIDTH * value / longest
    return [rectangle(x, y, width, BAR, fill),
            text(x + width + 4, y + BAR - 3, note, 10, FAINT)]


def group(pair, metric, x, y, longest):
    """The two bars of a pair; a side without samples has none."""
    parts, ratio = [], figures.advantage_in(pair, metric)
    for side, run, fill in ((0, pair.ours, OURS), (1, pair.theirs, THEIRS)):
        values = samples(run, metric)
        if not values:
            continue
        note = f"{median(values):.0f}"
        if side == 0 and ratio is not None:
            note += f"  ({ratio:.2f}×)"
        parts += bar(x, y + side * (BAR + GAP), median(values), longest, fill, note)
    return parts


def longest_by_model(metric, all_pairs):
    """The highest median of each model: small models would hide the bars of large ones."""
    longest = {}
    for pair in all_pairs:
        for values in (samples(run, metric) for run in (pair.ours, pair.theirs)):
            if values:
                name = pair.model["name"]
                longest[name] = max(longest.get(name, 0), median(values))
    return longest


def panel(metric, all_pairs, x, height):
    longest = longest_by_model(metric, all_pairs)
    if not longest:
        return []
    parts = [text(x, TOP - 12, f"{metric.title}, {metric.unit}", 13, weight="bold")]
    for index, pair in enumerate(all_pairs):
        if pair.model["name"] in longest:
            parts += group(pair, metric, x, TOP + index * height,
                           longest[pair.model["name"]])
    return parts


def chart(results):
    """Rates of decoding and of the short prompt, a group of bars for each pair."""
    all_pairs = pairs(results)
    height = 2 * BAR + GAP + GROUP_GAP
    width = LABEL_WIDTH + 2 * (BAR_WIDTH + PANEL_GAP)
    total = TOP + len(all_pairs) * height + 8
    parts = [rectangle(0, 0, width, total, "#ffffff"),
             rectangle(12, 14, BAR, BAR, OURS), text(30, 25, "Eke"),
             rectangle(80, 14, BAR, BAR, THEIRS), text(98, 25, "llama.cpp"),
             text(180, 25, "median; in brackets, how many times faster Eke is; bars of one model share a scale", 11, FAINT)]
    for index, pair in enumerate(all_pairs):
        y = TOP + index * height + BAR + GAP + 3
        parts.append(text(LABEL_WIDTH - 8, y, label(pair), 11, anchor="end"))
    for index, metric in enumerate(RATES[:2]):
        x = LABEL_WIDTH + index * (BAR_WIDTH + PANEL_GAP)
        parts += panel(metric, all_pairs, x, height)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" '
            f'width="{width}" height="{total}" font-family="sans-serif">\n'
            + "\n".join(parts) + "\n</svg>\n")
