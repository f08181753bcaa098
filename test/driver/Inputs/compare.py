"""Compares two files of f32 numbers: usage: compare.py FILE FILE"""

import struct
import sys

first, second = ([number for number, in struct.iter_unpack("<f", open(path, "rb").read())]
                 for path in sys.argv[1:])
largest = max(map(abs, first))
assert len(first) == len(second) and largest > 0
difference = max(abs(a - b) for a, b in zip(first, second))
assert difference <= 0.01 * largest, (difference, largest)
