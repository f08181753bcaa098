"""Runs a program without an operating system on a board that QEMU emulates.

usage: board.py MACHINE PROGRAM [ARGUMENT...]
"""

import re
import subprocess
import sys


def quote(word):
    """A word as the program's start-up code reads it (runtime/os/baremetal/SplitWords.cpp)."""
    return word if re.fullmatch(r'[^\s"\\]+', word) else (
        '"' + re.sub(r'(["\\])', r"\\\1", word) + '"')


def prefix(target):
    """The words in front of a program's, for a target as `eke targets --json` lists it."""
    board = target.get("board")
    return [sys.executable, __file__, board] if board else list(target["emulator"])


def command(machine, program, arguments, more=()):
    words = ",".join("arg=" + quote(word).replace(",", ",,") for word in [program, *arguments])
    return ["qemu-system-arm", "-machine", machine, "-display", "none", "-monitor", "none",
            "-serial", "none", "-semihosting-config", f"enable=on,target=native,{words}",
            "-kernel", program, *more]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    machine, program, *arguments = sys.argv[1:]
    return subprocess.run(command(machine, program, arguments), stdin=subprocess.DEVNULL,
                          timeout=300).returncode


if __name__ == "__main__":
    sys.exit(main())
