"""The picture of confidence exits: perplexity against mean depth, as SVG."""

from chart import FAINT, INK, OURS, rectangle, text

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 340, 64, 48, 40, 150
COLOURS = (OURS, "#b5541c", "#4a7a2c", "#6b4c9a")


def scale(values, low, high):
    """Places `values` linearly between two coordinates."""
    least, most = min(values), max(values)
    return lambda value: low + (value - least) * (high - low) / ((most - least) or 1)


def curve(series):
    points = [point for line in series for point in line["points"]]
    x = scale([point["mean_depth"] for point in points], LEFT, WIDTH - RIGHT)
    y = scale([point["perplexity"] for point in points], HEIGHT - BOTTOM, TOP)
    parts = [rectangle(0, 0, WIDTH, HEIGHT, "#ffffff"),
             text(LEFT, 22, "Perplexity against block runs per token", 13, weight="bold"),
             rectangle(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT - LEFT, 1, FAINT),
             rectangle(LEFT, TOP, 1, HEIGHT - BOTTOM - TOP, FAINT)]
    depths = sorted({round(point["mean_depth"]) for point in points})
    for depth in depths:
        parts.append(text(x(depth), HEIGHT - BOTTOM + 16, str(depth), 10, FAINT, "middle"))
    least, most = (limit(point["perplexity"] for point in points) for limit in (min, max))
    for step in range(5):
        value = least + step * (most - least) / 4
        parts.append(text(LEFT - 6, y(value) + 4, f"{value:.1f}", 10, FAINT, "end"))
    for index, line in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{x(p['mean_depth']):.1f},{y(p['perplexity']):.1f}"
                        for p in line["points"])
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                     'stroke-width="2"/>')
        parts += [rectangle(x(p["mean_depth"]) - 2, y(p["perplexity"]) - 2, 4, 4, colour)
                  for p in line["points"]]
        parts += [rectangle(WIDTH - RIGHT + 16, TOP + 18 * index, 10, 10, colour),
                  text(WIDTH - RIGHT + 32, TOP + 18 * index + 9,
                       f"exit behind run {line['exit']}", 11, INK)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'font-family="sans-serif">' + "\n".join(parts) + "</svg>\n")
