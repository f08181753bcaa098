#!/usr/bin/env python3
"""Parses every ```mlir block of the documentation with eke-opt.

usage: run_examples.py EKE_OPT FILE...

FILE is a page or a TableGen file. A block may be

- a module, or ops of one;
- ops that use values nobody defines: these are given the types that the uses
  ask for;
- an attribute (`#eke.place<…>`) or a type (`tensor<…>`).

A block that is an edit of the tree (markdown.py) is left out: what it needs may not be
there yet.

Where a pass's description shows one block, "becomes", and another, the pass must
turn the first into the second: both are printed and compared as text.
"""

import re
import subprocess
import sys
from pathlib import Path

from markdown import blocks_of, edit_of


class Opt:
    def __init__(self, program):
        self.program = program

    def run(self, text, *flags):
        """Returns the output, or None and the errors."""
        done = subprocess.run([self.program, *flags, "-"], input=text,
                              capture_output=True, text=True)
        return (done.stdout, "") if done.returncode == 0 else (None, done.stderr)

    def complete(self, text, types=None):
        """Adds definitions of the undefined values of `text`; None if it fails.

        eke-opt reports one undefined value or one wrong type at a time, and
        with it the name and the type wanted.
        """
        if re.match(r"#\w+\.|tensor<", text.strip()):
            kind = "#" if text.strip()[0] == "#" else "!"
            text = f"{kind}example = {text.strip()}\n"
        types = dict(types or {})
        for _ in range(64):
            casts = "".join(f"{name} = builtin.unrealized_conversion_cast to {type}\n"
                            for name, type in types.items())
            output, errors = self.run(casts + text)
            if output is not None:
                return casts + text, types, ""
            names = []
            for where in re.finditer(r"<stdin>:(\d+):(\d+): error: use of undeclared SSA value", errors):
                line = (casts + text).splitlines()[int(where[1]) - 1]
                names.append(re.match(r"%[\w#]+", line[int(where[2]) - 1:])[0])
            wanted = re.search(r"use of value '(%\w+)' expects different type than prior uses: "
                               r"'(.+?)' vs '(.+?)'\n", errors)
            if names:
                types.update({name: "none" for name in names})
            elif wanted and types.get(wanted[1]) == "none":
                types[wanted[1]] = wanted[2]
            else:
                return None, types, errors
        return None, types, "too many undefined values"


def table_gen_blocks(path):
    """Yields each def of a TableGen file, as its pass's flag or None, and its blocks."""
    text = path.read_text()
    for part in re.finditer(r"(?ms)^def .*?(?=^def |\Z)", text):
        flag = re.search(r':\s*Pass<"([\w-]+)"', part[0])
        first_line = text.count("\n", 0, part.start()) + 1
        yield flag and flag[1], blocks_of(path, part[0], first_line)


def groups(path):
    if path.suffix == ".td":
        yield from table_gen_blocks(path)
    else:
        yield None, blocks_of(path)


def check(opt, flag, blocks):
    """Yields the complaints about the blocks of one description."""
    completed = []
    for block in blocks:
        text, types, errors = opt.complete(block.text)
        if text is None:
            yield f"{block.where}: does not parse\n{errors}"
        completed.append((block, text, types))
    if not flag:
        return
    if not blocks:
        yield f"--{flag} has no example"
    for (block, before, types), (next_block, after, _) in zip(completed, completed[1:]):
        if next_block.before.strip() != "becomes" or not before or not after:
            continue
        after, _, _ = opt.complete(next_block.text, types)
        actual, errors = opt.run(before, f"--{flag}")
        expected, _ = opt.run(after)
        if actual is None:
            yield f"{block.where}: --{flag} fails\n{errors}"
        elif actual != expected:
            yield (f"{next_block.where}: --{flag} gives something else\n"
                   f"--- documented\n{expected}--- actual\n{actual}")


def main(program, *files):
    opt, count, failed = Opt(program), 0, 0
    for path in map(Path, files):
        for flag, blocks in groups(path):
            mlir = [block for block in blocks
                    if block.language == "mlir" and not edit_of(block)]
            for complaint in check(opt, flag, mlir):
                print(complaint, file=sys.stderr)
                failed += 1
            count += len(mlir)
    print(f"{count} examples, {failed} complaints")
    return bool(failed) or count == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
