"""How well both sides predict a text, of which they get the same tokens."""

import re
from dataclasses import dataclass
from pathlib import Path

import peer
from program import REFERENCE, Program
from tools import Missing
from workloads import lines_of, model_of

QUICK_SIZE = 16_000  # of a text, with --quick
PIECE = 160  # characters; no context is smaller


@dataclass(frozen=True)
class Text:
    title: str
    file: Path
    ids: list
    ids_file: Path
    window: int

    @property
    def targets(self):
        """Every token but the first is predicted."""
        return len(self.ids) - 1


def pieces_of(text, most):
    """The text in pieces of about `most` characters, that all but the first begin with white
    space behind another character. There, tokenizers that split at words split as well."""
    places = [match.start() + 1 for match in re.finditer(r"\S\s", text)]
    begin = 0
    for place, after in zip(places, [*places[1:], len(text)]):
        if after - begin > most:
            yield text[begin:place]
            begin = place
    if begin < len(text):
        yield text[begin:]


def token_ids(program, text):
    """The tokens of a text of any length: a program takes prompts as long as its context."""
    start = len(program.start_ids())
    ids = program.start_ids()
    for piece in pieces_of(text, PIECE):
        ids += program.prompt_ids(piece)[start:]
    return ids


def prepare(workload, plan, program, folder):
    title, text = workload.evaluation_text(plan.cache)
    if plan.quick:
        text = lines_of(text, QUICK_SIZE)
    file, ids_file = folder / "text", folder / "text-ids"
    file.write_text(text)
    ids = token_ids(program, text)
    ids_file.write_text(" ".join(ids))
    return Text(title, file, ids, ids_file, workload.window)


def score(side, text, threads):
    """The perplexity, of as many tokens as the text has."""
    got = side.score(text, threads)
    if got["tokens"] != text.targets:
        raise Missing(f"{side.engine} scored {got['tokens']} tokens in {side.format}, "
                      f"expected {text.targets}")
    return {"engine": side.engine, "format": side.format, "perplexity": got["perplexity"]}


def references(workload, plan, llama, folder):
    """The sides before anything is rounded to few bits: what others lose is relative to it."""
    ours, theirs = REFERENCE
    files = peer.gguf_files(llama, workload, [theirs], plan.cache) if llama else {}
    model = files[theirs] if workload.package and llama else model_of(workload, plan.cache)
    yield Program(plan.eke, model, plan.target, ours, folder, workload.file_context)
    if llama:
        yield peer.Model(llama, files[theirs], theirs, workload.context, folder)


def measure(workload, plan, llama, sides, folder):
    text = prepare(workload, plan, sides[0], folder)
    threads = max(plan.threads)
    found = {"text": text.title, "tokens": text.targets, "window": text.window,
             "scores": [score(side, text, threads) for side in
                        [*references(workload, plan, llama, folder), *sides]]}
    if theirs := [side for side in sides if side.engine == peer.NAME]:
        ids = theirs[0].token_ids(text.file)
        found["same_tokens"] = ids[-text.targets:] == text.ids[-text.targets:]
    return found
