"""What one process of either side shows."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Prompt:
    text: str
    ids: list  # of text: as the programs print and read them
    file: str  # that holds the ids


def sample_of(run, stats, prompt, tokens, program):
    """The figures of a process, from what it told and how long it took to speak."""
    prefill, decode = stats["prefill"], stats["decode"]
    counts = prefill["tokens"], decode["tokens"], len(run.output.split())
    if counts != (len(prompt.ids), tokens - 1, tokens):
        sys.exit(f"bench.py: {program} read {counts[0]} tokens, decoded {counts[1]} and printed "
                 f"{counts[2]}; expected {len(prompt.ids)}, {tokens - 1} and {tokens}")
    figures = {"first_token": run.first,
               # From the start of the process to the first work on the prompt.
               "start": run.first - prefill["seconds"],
               f"prefill_{len(prompt.ids)}": prefill["tokens"] / prefill["seconds"],
               "peak_rss": stats["peak_rss_bytes"]}
    if decode["tokens"]:
        figures["decode"] = decode["tokens"] / decode["seconds"]
    facts = {"weight_bytes": stats["weight_bytes"], "tokens": run.output.split()}
    return figures, facts


def cut_prompt(program, source, count, folder):
    """The beginning of a text that the program reads as exactly `count` tokens."""
    low, high = 1, min(len(source), 8 * count)
    size = min(count - 1, high)  # right if every character is a token
    for _ in range(40):
        ids = program.prompt_ids(source[:size])
        if len(ids) == count:
            path = folder / f"prompt-{count}"
            path.write_text(" ".join(ids))
            return Prompt(source[:size], ids, path)
        low, high = (size + 1, high) if len(ids) < count else (low, size - 1)
        if low > high:
            break
        size = (low + high) // 2
    sys.exit(f"bench.py: no beginning of the text has exactly {count} tokens")
