"""Reads fenced code blocks, with the text that leads to them."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Block:
    file: str
    line: int  # of its first line
    language: str
    text: str
    before: str  # the prose since the block before, or since the heading

    @property
    def where(self):
        return f"{self.file}:{self.line}"


def blocks_of(path, text=None, first_line=1):
    """The blocks of a page, or of `text`, which starts at `first_line` of `path`."""
    text = Path(path).read_text() if text is None else text
    found, before, open_at = [], [], None
    for number, line in enumerate(text.splitlines(), first_line):
        fence = re.match(r"\s*```(\S*)\s*$", line)
        if not fence:
            (lines if open_at else before).append(line)
        elif open_at:
            body = textwrap.dedent("\n".join(lines)) + "\n"
            found.append(Block(str(path), open_at, language, body, "\n".join(before)))
            open_at, before = None, []
        else:
            open_at, language, lines = number + 1, fence[1], []
        if not open_at and line.startswith("#"):
            before = []
    if open_at:
        raise SystemExit(f"{path}:{open_at}: the block has no end")
    return found
