"""Reads fenced code blocks, with the text that leads to them, and edits that they are.

A block is an edit behind one of

- "Create `PATH`:";
- "In `PATH`, in front of `TEXT`, add:" or "In `PATH`, behind `TEXT`, add:", where TEXT is
  on one line of the file only;
- "At the end of `PATH`, add:".
"""

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


@dataclass
class Edit:
    path: str
    place: str  # "create", "in front of", "behind" or "end"
    anchor: str = ""


def edit_of(block):
    """The edit that a block is, or None."""
    prose = " ".join(block.before.split())
    if found := re.search(r"Create `([^`]+)`:$", prose):
        return Edit(found[1], "create")
    if found := re.search(r"At the end of `([^`]+)`, add:$", prose):
        return Edit(found[1], "end")
    if found := re.search(r"In `([^`]+)`, (in front of|behind) `([^`]+)`, add:$", prose):
        return Edit(*found.groups())
    return None


def apply_edit(block, edit, folder):
    """Does what the text in front of the block says, in a copy of the repository."""
    path = Path(folder) / edit.path
    if edit.place == "create":
        if path.exists():
            raise SystemExit(f"{block.where}: {edit.path} exists already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
        return
    lines = path.read_text().splitlines(keepends=True)
    where = len(lines)
    if edit.place != "end":
        at = [number for number, line in enumerate(lines) if edit.anchor in line]
        if len(at) != 1:
            raise SystemExit(f"{block.where}: '{edit.anchor}' is on {len(at)} lines of {edit.path}")
        where = at[0] + (edit.place == "behind")
    lines[where:where] = [block.text]
    path.write_text("".join(lines))
