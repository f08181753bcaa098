#!/usr/bin/env python3
"""Runs the commands of a page and compares what they print with what it shows.

usage: run_page.py PAGE REPOSITORY BUILD FOLDER

Every ```sh block runs in FOLDER, which is made anew and looks like the root of the
repository with its build in build/. A ```text block right behind it shows the
output; `…` stands for anything. Other blocks are not run: ```console is for
commands that need another machine or much time.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from markdown import blocks_of


def make_folder(folder, repository, build):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in repository.iterdir():
        if path.name not in ("build", "out", ".git"):
            (folder / path.name).symlink_to(path)
    (folder / "build").symlink_to(build)


def pattern_of(shown):
    """A line of only `…` stands for any lines, also none."""
    parts = []
    for line in shown.strip().split("\n"):
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*?".join(map(re.escape, line.rstrip().split("…"))) + r"[ \t]*\n")
    return re.compile(r"\s*" + "".join(parts) + r"\s*")


def agrees(shown, output):
    return pattern_of(shown).fullmatch(output + "\n") is not None


def run(block, folder, environment=None):
    environment = environment or {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], cwd=folder,
                          env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main(page, repository, build, folder):
    folder = Path(folder)
    make_folder(folder, Path(repository), Path(build))
    blocks = blocks_of(page)
    count = failed = 0
    for block, following in zip(blocks, [*blocks[1:], None]):
        if block.language != "sh":
            continue
        count += 1
        done = run(block, folder)
        print(f"{block.where}\n{block.text}{done.stdout}", flush=True)
        if done.returncode:
            print(f"{block.where}: exit status {done.returncode}", file=sys.stderr)
            return 1  # later commands need this one
        shows = following and following.language == "text" and not following.before.strip()
        if shows and not agrees(following.text, done.stdout):
            print(f"{following.where}: the output is another", file=sys.stderr)
            failed += 1
    print(f"{count} commands, {failed} with other output")
    return bool(failed) or count == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
