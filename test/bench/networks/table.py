"""The table of results, in Markdown."""

NONE = "–"


def best(side):
    """The seconds of a side's best batch, or None."""
    return min(side["seconds"]) if side and side.get("seconds") else None


def microseconds(seconds):
    if seconds is None:
        return NONE
    value = 1e6 * seconds
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def advantage(sides):
    """The time of the fastest peer over Eke's."""
    ours = best(sides.get("Eke"))
    theirs = [best(side) for name, side in sides.items() if name != "Eke" and best(side)]
    return min(theirs) / ours if ours and theirs else None


def instructions(sides, device):
    count = sides["Eke"].get("instructions", {}).get(device)
    return NONE if count is None else f"{count / 1e6:.3f}"


def row(result, peers, devices):
    sides, ratio = result["sides"], advantage(result["sides"])
    return [result["title"], result["format"], microseconds(best(sides.get("Eke"))),
            *(microseconds(best(sides.get(peer))) for peer in peers),
            NONE if ratio is None else f"{ratio:.2f}×",
            *(instructions(sides, device) for device in devices)]


def table(results, peers, devices):
    heads = ["line", "format", "Eke, µs", *(f"{peer}, µs" for peer in peers), "Eke faster by",
             *(f"{device}, M instr." for device in devices)]
    rows = [heads, ["---"] * 2 + ["---:"] * (len(heads) - 2)]
    rows += [row(result, peers, devices) for result in results]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def failures(results):
    """What was left out, and why, as a list."""
    return "".join(f"- {result['title']}, {result['format']}, {name}: {side['failed']}\n"
                   for result in results for name, side in result["sides"].items()
                   if "failed" in side)
