#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the code points of \\p{L}, \\p{N} and \\s as C++ tables of ranges.

usage: unicode_ranges.py OUTPUT
"""
import sys
import unicodedata


def is_letter(char):
    return unicodedata.category(char).startswith("L")


def is_number(char):
    return unicodedata.category(char).startswith("N")


def is_space(char):
    """The property White_Space: all separators and six control characters."""
    controls = "\t\n\v\f\r\x85"
    return unicodedata.category(char).startswith("Z") or char in controls


def ranges(predicate):
    """Maximal runs [first, last] of code points for which predicate holds."""
    found = []
    for code in range(0x110000):
        if not predicate(chr(code)):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def main(output):
    tables = {
        "letterRanges": is_letter,
        "numberRanges": is_number,
        "spaceRanges": is_space,
    }
    with open(output, "w", encoding="ascii") as file:
        file.write(f"// Unicode {unicodedata.unidata_version}\n")
        for name, predicate in tables.items():
            file.write(f"constexpr eke_char_range {name}[] = {{\n")
            for first, last in ranges(predicate):
                file.write(f"    {{{first:#x}, {last:#x}}},\n")
            file.write("};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
