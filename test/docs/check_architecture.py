#!/usr/bin/env python3
"""Compares the tables of docs/architecture.md with the sources.

usage: check_architecture.py REPOSITORY

The table of phases must be that of compiler/pipeline/Phases.cpp, every op must be
listed with its summary, and every pass with its flag.
"""

import re
import sys
from pathlib import Path


def joined(literals):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))


def phases(root):
    source = (root / "compiler/pipeline/Phases.cpp").read_text()
    table = re.search(r"constexpr Phase phases\[\] = \{(.*?)\n\};", source, re.S)[1]
    for entry in re.finditer(r'\{\s*"(\w+)",((?:\s*"[^"]*")+),\s*\w+[^}]*\}', table):
        yield f"| `{entry[1]}` | {joined(entry[2])} |"


def definitions(path, pattern):
    for part in re.split(r"(?m)^def ", path.read_text())[1:]:
        name = re.search(pattern, part.split("{")[0])
        summary = re.search(r'let summary = ((?:\s*"[^"]*")+);', part)
        if name and summary:
            yield name[1], joined(summary[1])


def ops(root):
    for dialect, prefix in (("eke", "Eke"), ("halide", "Halide")):
        for path in sorted((root / "dialects" / dialect).glob("*.td")):
            for name, summary in definitions(path, rf'{prefix}_Op<"(\w+)"'):
                yield f"| `{dialect}.{name}` | {summary} |"


def passes(root):
    rooms = re.findall(r'(?m)^include "(passes/.*)"', (root / "passes/Passes.td").read_text())
    for file in ("compiler/frontend/mlir/ImportPasses.td", *rooms):
        for flag, summary in definitions(root / file, r'Pass<"([\w-]+)"'):
            yield f"| `--{flag}` | {summary} |"


def listed(page, head):
    """The rows of all tables of the page whose first column is called `head`."""
    for table in re.findall(rf"(?m)^\| {head} \|.*\n\|[-|]+\n((?:\|.*\n)+)", page):
        yield from table.splitlines()


def main(root):
    root = Path(root)
    page = (root / "docs/architecture.md").read_text()
    failed = False
    for head, rows in (("phase", phases(root)), ("op", ops(root)), ("pass", passes(root))):
        rows = list(rows)
        if not rows or list(listed(page, head)) != rows:
            print(f"docs/architecture.md should list, in this order, each {head}:\n"
                  + "\n".join(rows), file=sys.stderr)
            failed = True
    print("docs/architecture.md differs" if failed else "docs/architecture.md agrees")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
