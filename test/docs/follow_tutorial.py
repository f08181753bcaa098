#!/usr/bin/env python3
"""Follows a tutorial word by word in a copy of the repository.

usage: follow_tutorial.py PAGE REPOSITORY FOLDER

FOLDER gets a copy of the files under version control; its build/ is kept from run
to run, and what the tutorial leaves alone comes from ccache, if ./dev built the
repository. Then, in order, blocks that are edits (markdown.py) are made, and those
whose language is sh are run; a ```text block right behind shows the output.
"""

import os
import subprocess
import sys
from pathlib import Path

from markdown import apply_edit, blocks_of, edit_of
from run_page import agrees, run

OUTPUTS = ("build", "out", ".git")


def tracked(repository):
    """The files under version control, or all but outputs where git says nothing."""
    listed = subprocess.run(
        ["git", "-C", repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True)
    names = [Path(name) for name in listed.stdout.split("\0") if name] or [
        path.relative_to(repository) for path in repository.rglob("*")]
    return {name for name in names
            if name.parts[0] not in OUTPUTS and (repository / name).is_file()}


def copy(repository, folder):
    """Makes `folder` equal to the repository, and leaves what is equal alone."""
    wanted = tracked(repository)
    for path in list(folder.rglob("*")) if folder.exists() else []:
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in OUTPUTS and name not in wanted:
            path.unlink()
    for name in wanted:
        contents = (repository / name).read_bytes()
        target = folder / name
        if not target.exists() or target.read_bytes() != contents:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
            target.chmod((repository / name).stat().st_mode)


def main(page, repository, folder):
    folder = Path(folder)
    os.environ["CCACHE_BASEDIR"] = str(folder.resolve())
    copy(Path(repository), folder)
    blocks = blocks_of(page)
    edits = commands = 0
    for block, following in zip(blocks, [*blocks[1:], None]):
        if edit := edit_of(block):
            apply_edit(block, edit, folder)
            edits += 1
        if block.language != "sh":
            continue
        commands += 1
        # ccache takes another locale for another compilation.
        done = run(block, folder, os.environ)
        print(f"{block.where}\n{block.text}{done.stdout}", flush=True)
        if done.returncode:
            print(f"{block.where}: exit status {done.returncode}", file=sys.stderr)
            return 1
        shows = following and following.language == "text" and not following.before.strip()
        if shows and not agrees(following.text, done.stdout):
            print(f"{following.where}: the output is another", file=sys.stderr)
            return 1
    print(f"{edits} edits, {commands} commands")
    return edits == 0 or commands == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
