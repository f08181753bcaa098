"""The table of results, in Markdown."""

from page import NONE, times
from page import table as markdown


def best(side):
    """The seconds of a side's best batch, or None."""
    return min(side["seconds"]) if side.get("seconds") else None


def microseconds(seconds):
    if seconds is None:
        return NONE
    value = 1e6 * seconds
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def millions(count):
    return NONE if count is None else f"{count / 1e6:.3f}"


def advantage(sides):
    """The time of the fastest peer over Eke's."""
    ours = best(sides["Eke"])
    theirs = [best(side) for name, side in sides.items() if name != "Eke" and best(side)]
    return min(theirs) / ours if ours and theirs else None


def on(device):
    """What Eke's program for a device is called among the sides."""
    return f"Eke on {device}"


def row(result, peers, devices):
    sides = result["sides"]
    counts = [sides.get(on(device), {}).get("instructions") for device in devices]
    return [result["title"], result["format"], millions(result["multiplications"]),
            microseconds(best(sides["Eke"])), *(microseconds(best(sides[peer])) for peer in peers),
            times(advantage(sides)), *map(millions, counts)]


def table(results, peers, devices):
    heads = ["line", "format", "multiplications, millions", "Eke, µs",
             *(f"{peer}, µs" for peer in peers), "Eke faster by",
             *(f"{device}, million instructions" for device in devices)]
    return markdown(heads, [row(result, peers, devices) for result in results])


def failures(results):
    """What was left out, and why, as a list."""
    return "".join(f"- {result['title']}, {result['format']}, {name}: {side['failed']}\n"
                   for result in results for name, side in result["sides"].items()
                   if "failed" in side)
