#!/usr/bin/env python3
"""Checks the rules of the tree that a machine can check.

usage: check_tree.py REPOSITORY

Prints one line per violation and fails if there is one; prints what a reviewer
should look at without failing.
"""

import re
import subprocess
import sys
from pathlib import Path

# A folder may include files of the folders listed with it, and its own.
LAYERS = {
    "runtime": [],
    "dialects": [],
    "passes": ["dialects"],
    "codegen": ["dialects", "runtime"],
    "compiler": ["codegen", "dialects", "passes", "runtime"],
}
# Within a folder, a room may include files of the rooms before it, and its own.
ROOMS = {
    "compiler": ["support", "targets", "frontend", "pipeline", "meter", "report", "search",
                 "driver", "tools"],
    "runtime": ["include", "text", "os", "core", "programs"],
}
TOP_LEVEL = {*LAYERS, "docs", "examples", "test", "CMakeLists.txt", "CMakePresets.json",
             "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "dev"}
MAX_PATH = 64
MAX_LINES = 500
CODE = (".c", ".cpp", ".h", ".td")


class Tree:
    """The files under version control; of a plain folder all files."""

    def __init__(self, root):
        self.root = root
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True)
        names = [Path(name) for name in listed.stdout.split("\0") if name] or [
            path.relative_to(root) for path in root.rglob("*")]
        self.paths = sorted({name for name in names if (root / name).is_file()})

    def texts(self, *suffixes):
        """The path and text of every text file, or of those with `suffixes`."""
        for path in self.paths:
            if suffixes and path.suffix not in suffixes:
                continue
            try:
                yield path, (self.root / path).read_text()
            except UnicodeDecodeError:
                pass  # data


def top_level(tree):
    for name in sorted({path.parts[0] for path in tree.paths}):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield name, "has no place at the top level"


def layering(tree):
    for path, text in tree.texts(*CODE):
        layer = path.parts[0]
        for used in re.findall(r'include "(\w+)/', text):
            if used in LAYERS and layer in LAYERS:
                if used != layer and used not in LAYERS[layer]:
                    yield path, f"{layer} may not include {used}"


def rooms(tree):
    for path, text in tree.texts(*CODE):
        order = ROOMS.get(path.parts[0], [])
        if len(path.parts) < 3 or path.parts[1] not in order:
            continue
        for layer, used in re.findall(r'include "(\w+)/(\w+)/', text):
            if layer == path.parts[0] and used in order:
                if order.index(used) > order.index(path.parts[1]):
                    yield path, f"{layer}/{path.parts[1]} may not include {layer}/{used}"


def halide_behind_its_interface(tree):
    for path, text in tree.texts(".cpp", ".h"):
        if re.search(r'include [<"]Halide\.h', text) and '#include "mlir/' in text:
            yield path, "includes both Halide.h and MLIR"


def licences(tree):
    for path, text in tree.texts(*CODE):
        if path.parts[0] != "examples" and "SPDX-License-Identifier" not in text[:600]:
            yield path, "has no SPDX-License-Identifier near the top"


def cmake_lists(tree):
    for path in tree.paths:
        if path.suffix not in (".c", ".cpp") or "Inputs" in path.parts:
            continue
        if path.parts[0] in ("docs", "examples"):
            continue  # compiled by the tests that show them
        nearest = next((folder / "CMakeLists.txt" for folder in path.parents
                        if (tree.root / folder / "CMakeLists.txt").exists()))
        name = path.relative_to(nearest.parent).as_posix()
        if name not in (tree.root / nearest).read_text():
            yield path, f"not named in {nearest}"


def inert_checks(tree):
    """FileCheck ignores a directive without a colon."""
    for path, text in tree.texts(".mlir", ".test"):
        prefixes = {"CHECK"}
        for listed in re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", text):
            prefixes.update(listed.split(","))
        names = "|".join(sorted(map(re.escape, prefixes), key=len, reverse=True))
        suffixes = r"LABEL|NEXT|SAME|NOT|DAG|EMPTY|COUNT-\d+(?!\d)"
        inert = re.compile(rf"\s*(?://|#|;)\s*(?:{names})(?:(?:-(?:{suffixes}))(?!\s*:)|\s+[%@\"'\w(])")
        for number, line in enumerate(text.splitlines(), 1):
            if inert.match(line):
                yield path, f"line {number}: directive has no colon"
        if "FileCheck" in text and not re.search(rf"(?:{names})(?:-(?:{suffixes}))?(?:\{{\w+\}})?:", text):
            yield path, "calls FileCheck but has no directive"


def constraints(tree):
    """Each constraint (Cn) of an op has a test that is named after it."""
    tests = {}
    for path, text in tree.texts(".mlir"):
        if path.parts[:2] == ("test", "dialects"):
            tests[path.parts[2]] = tests.get(path.parts[2], "") + text
    for path, text in tree.texts(".td"):
        if path.parts[0] != "dialects":
            continue
        for op in re.split(r"(?m)^def ", text)[1:]:
            name = re.search(r'<"(\w+)"', op)
            for label in re.findall(r"- \((C\d+)\)", op):
                wanted = f"@{name[1]}_{label.lower()}"
                if not re.search(re.escape(wanted) + r"(?!\d)", tests.get(path.parts[1], "")):
                    yield path, f"({label}) of {name[1]} has no test {wanted}"


def words(tree):
    forbidden = re.compile("|".join([
        "TO" + "DO", "FIX" + "ME", r"\bX" + r"XX\b",  # do it, or leave it out
        r"(?<![\w.])/(?:work|root|home|Users)/\w",    # somebody's machine
    ]))
    for path, text in tree.texts():
        if path.parts[0] == "examples" and path.suffix != ".md":
            continue  # data
        for number, line in enumerate(text.splitlines(), 1):
            for word in forbidden.findall(line):
                yield path, f"line {number}: '{word}'"


def sizes(tree):
    for path, text in tree.texts(*CODE, ".py", ".mlir"):
        if len(str(path)) > MAX_PATH:
            yield path, f"path is longer than {MAX_PATH} characters"
        if text.count("\n") > MAX_LINES:
            yield path, f"file is longer than {MAX_LINES} lines"


def main(root):
    tree = Tree(root)
    checks = [top_level, layering, rooms, halide_behind_its_interface, licences, cmake_lists,
              inert_checks, constraints, words]
    found = [f"{path}: {what}" for check in checks for path, what in check(tree)]
    for path, what in sizes(tree):
        print(f"for the reviewer: {path}: {what}")
    print("\n".join(found) or "tree is clean")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
