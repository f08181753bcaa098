"""Reads fenced code blocks, with the text that leads to them."""

import re
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
    """The blocks of a page, or of `text`, which starts at `first_line` of `path`.

    A fence ends at one of the same indentation, so a block may show blocks.
    """
    text = Path(path).read_text() if text is None else text
    found, before, opened = [], [], None
    for number, line in enumerate(text.splitlines(), first_line):
        fence = re.match(r"(\s*)```(\S*)\s*$", line)
        if opened:
            if fence and (fence[1], fence[2]) == (opened[1], ""):
                body = "".join(line.removeprefix(opened[1]) + "\n" for line in lines)
                found.append(Block(str(path), start, opened[2], body, "\n".join(before)))
                opened, before = None, []
            else:
                lines.append(line)
        elif fence:
            opened, start, lines = fence, number + 1, []
        elif line.startswith("#"):
            before = []
        else:
            before.append(line)
    if opened:
        raise SystemExit(f"{path}:{start}: the block has no end")
    return found
