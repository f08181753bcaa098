#!/usr/bin/env python3
"""Makes the edits of tutorials in a copy of the files that they change, without building.

usage: check_tutorials.py REPOSITORY FOLDER PAGE=N...

N is how many files, apart from tests and documentation, the page may touch: what it
promises its readers. Every file that a page names in `backticks` has to be in the
repository, or made by the page.
"""

import re
import shutil
import sys
from pathlib import Path

from markdown import apply_edit, blocks_of, edit_of


def named_files(text):
    """The names of files in the prose of a page."""
    prose = re.sub(r"(?ms)^```.*?^```", "", text)
    return set(re.findall(r"`((?:[\w.-]+/)+[\w-]+\.\w+)`", prose))


def check(page, repository, folder, most):
    """Yields what is wrong with a page."""
    shutil.rmtree(folder, ignore_errors=True)
    edits = [(block, edit) for block in blocks_of(page) if (edit := edit_of(block))]
    for path in {edit.path for _, edit in edits}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if (repository / path).exists():
            shutil.copy(repository / path, folder / path)
    for block, edit in edits:
        apply_edit(block, edit, folder)
    touched = {edit.path for _, edit in edits}
    code = sorted(path for path in touched if not path.startswith(("test/", "docs/")))
    print(f"{page.name}: {len(edits)} edits of {len(touched)} files, {len(code)} of them "
          f"neither tests nor documentation: {', '.join(code)}")
    if not code or len(code) > most:
        yield f"{page}: touches {len(code)} files, expected 1 to {most}"
    anchors = {edit.anchor for _, edit in edits}
    for name in sorted(named_files(page.read_text()) - touched - anchors):
        if not (repository / name).exists():
            yield f"{page}: names {name}, which does not exist"


def main(repository, folder, *pages):
    repository, failed = Path(repository), 0
    for argument in pages:
        name, most = argument.split("=")
        for complaint in check(repository / name, repository, Path(folder), int(most)):
            print(complaint, file=sys.stderr)
            failed += 1
    return bool(failed) or not pages


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
