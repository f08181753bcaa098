"""Damages the note with the model in a program, in several ways.

usage: damage_note.py PROGRAM FOLDER
"""

import struct
import sys
from pathlib import Path

program, folder = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
at = program.index(struct.pack("<I", 4) + b"Eke\0") + 8  # of the note of type 4
length, = struct.unpack("<I", program[at - 12:at - 8])


def write(name, start, replacement):
    (folder / name).write_bytes(program[:start] + replacement + program[start + len(replacement):])


write("size", at, struct.pack("<Q", 1 << 60))
write("data", at + 8, b"\xff" * 16)
write("short", at - 12, struct.pack("<I", 4))
(folder / "cut").write_bytes(program[:len(program) // 2])
