#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes what tokenizers need to know of characters as C++ tables.

usage: unicode_tables.py OUTPUT

Hugging Face's library knows three versions of Unicode: its patterns are of version 16, its
normal forms of version 9, and what BERT drops or splits off is older still. Python's
unicodedata may be of any from 14 on, so the differences are written down here.
"""
import sys
import unicodedata

LAST = 0x110000

# Characters since version 15, by category; those that were another category before too.
SINCE_15 = {
    "Cf": [(0x13439, 0x1343f)],
    "Ll": [0x1c8a, 0xa7cd, 0xa7db, (0x10d70, 0x10d85), (0x1df25, 0x1df2a)],
    "Lm": [0x10d4e, 0x10d6f, (0x16d40, 0x16d42), (0x16d6b, 0x16d6c), (0x1e030, 0x1e06d),
           0x1e4eb],
    "Lo": [(0x105c0, 0x105f3), (0x10d4a, 0x10d4d), 0x10d4f, (0x10ec2, 0x10ec4),
           (0x1123f, 0x11240), (0x11380, 0x11389), 0x1138b, 0x1138e, (0x11390, 0x113b5),
           0x113b7, 0x113d1, 0x113d3, (0x11bc0, 0x11be0), 0x11f02, (0x11f04, 0x11f10),
           (0x11f12, 0x11f33), 0x1342f, (0x13441, 0x13446), (0x13460, 0x143fa),
           (0x16100, 0x1611d), (0x16d43, 0x16d6a), 0x18cff, 0x1b132, 0x1b155,
           (0x1e4d0, 0x1e4ea), (0x1e5d0, 0x1e5ed), 0x1e5f0, 0x2b739, (0x2ebf0, 0x2ee5d),
           (0x31350, 0x323af)],
    "Lu": [0x1c89, (0xa7cb, 0xa7cc), 0xa7da, 0xa7dc, (0x10d50, 0x10d65)],
    "Mc": [0xcf3, (0x113b8, 0x113ba), 0x113c2, 0x113c5, (0x113c7, 0x113ca),
           (0x113cc, 0x113cd), 0x113cf, 0x1171e, 0x11f03, (0x11f34, 0x11f35),
           (0x11f3e, 0x11f3f), 0x11f41, (0x1612a, 0x1612c)],
    "Mn": [0x897, 0xece, (0x10d69, 0x10d6d), (0x10efc, 0x10eff), 0x11241,
           (0x113bb, 0x113c0), 0x113ce, 0x113d0, 0x113d2, (0x113e1, 0x113e2),
           (0x11f00, 0x11f01), (0x11f36, 0x11f3a), 0x11f40, 0x11f42, 0x11f5a, 0x13440,
           (0x13447, 0x13455), (0x1611e, 0x16129), (0x1612d, 0x1612f), 0x1e08f,
           (0x1e4ec, 0x1e4ef), (0x1e5ee, 0x1e5ef)],
    "Nd": [(0x10d40, 0x10d49), (0x116d0, 0x116e3), (0x11bf0, 0x11bf9), (0x11f50, 0x11f59),
           (0x16130, 0x16139), (0x16d70, 0x16d79), (0x1ccf0, 0x1ccf9), (0x1e4f0, 0x1e4f9),
           (0x1e5f1, 0x1e5fa)],
    "No": [(0x1d2c0, 0x1d2d3)],
    "Pd": [0x10d6e],
    "Po": [(0x1b4e, 0x1b4f), 0x1b7f, (0x113d4, 0x113d5), (0x113d7, 0x113d8),
           (0x11b00, 0x11b09), 0x11be1, (0x11f43, 0x11f4f), (0x16d6d, 0x16d6f), 0x1e5ff],
    "Sm": [(0x10d8e, 0x10d8f)],
    "So": [(0x2427, 0x2429), (0x2ffc, 0x2fff), (0x31e4, 0x31e5), 0x31ef,
           (0x1cc00, 0x1ccef), (0x1cd00, 0x1ceb3), 0x1f6dc, (0x1f774, 0x1f776),
           (0x1f77b, 0x1f77f), 0x1f7d9, (0x1f8b2, 0x1f8bb), (0x1f8c0, 0x1f8c1),
           (0x1fa75, 0x1fa77), (0x1fa87, 0x1fa89), 0x1fa8f, (0x1faad, 0x1faaf),
           (0x1fabb, 0x1fabf), 0x1fac6, (0x1face, 0x1facf), (0x1fada, 0x1fadc), 0x1fadf,
           (0x1fae8, 0x1fae9), (0x1faf7, 0x1faf8), (0x1fbcb, 0x1fbef)],
}
# Lower case since version 15: first, last, and how far away.
LOWER_SINCE_15 = [
    (0x1c89, 0x1c89, 1), (0xa7cb, 0xa7cb, -42343), (0xa7cc, 0xa7cc, 1), (0xa7ce, 0xa7ce, 1),
    (0xa7d2, 0xa7d2, 1), (0xa7d4, 0xa7d4, 1), (0xa7da, 0xa7da, 1), (0xa7dc, 0xa7dc, -42561),
    (0x10d50, 0x10d65, 32), (0x16ea0, 0x16eb8, 27),
]
# From version 10 to 14, where it matters: combining classes and decompositions, and marks.
CLASSES_SINCE_10 = [
    0x7fd, (0x898, 0x89f), (0x8ca, 0x8d3), 0x9fe, 0xc3c, (0xd3b, 0xd3c), 0xeba, 0x1715,
    (0x1abf, 0x1ace), (0x1df6, 0x1dfa), 0xa82c, (0x10d24, 0x10d27), (0x10eab, 0x10eac),
    (0x10f46, 0x10f50), (0x10f82, 0x10f85), 0x11070, 0x1133b, 0x1145e, (0x11839, 0x1183a),
    (0x1193d, 0x1193e), 0x11943, 0x119e0, 0x11a34, 0x11a47, 0x11a99, 0x11d42,
    (0x11d44, 0x11d45), 0x11d97, (0x16ff0, 0x16ff1), (0x1e130, 0x1e136), 0x1e2ae,
    (0x1e2ec, 0x1e2ef),
]
DECOMPOSED_SINCE_10 = [
    0x32ff, (0xa7f2, 0xa7f4), 0xab69, (0x10781, 0x10785), (0x10787, 0x107b0),
    (0x107b2, 0x107ba), 0x1f16c, (0x1fbf0, 0x1fbf9), 0x11938,
]
MARKS_SINCE_10 = [
    0x7fd, (0x898, 0x89f), (0x8ca, 0x8d3), 0x9fe, (0xafa, 0xaff), 0xb55, 0xc04, 0xc3c, 0xd00,
    (0xd3b, 0xd3c), 0xd81, 0xeba, 0x1715, 0x180f, (0x1abf, 0x1ace), 0x1cf7,
    (0x1df6, 0x1dfa), 0xa82c, 0xa8ff, (0x10d24, 0x10d27), (0x10eab, 0x10eac),
    (0x10f46, 0x10f50), (0x10f82, 0x10f85), 0x11070, (0x11073, 0x11074), 0x110c2,
    (0x11145, 0x11146), 0x111c9, (0x111ce, 0x111cf), 0x1133b, 0x1145e, (0x1182c, 0x1183a),
    (0x11930, 0x11935), (0x11937, 0x11938), (0x1193b, 0x1193e), 0x11940, (0x11942, 0x11943),
    (0x119d1, 0x119d7), (0x119da, 0x119e0), 0x119e4, (0x11a01, 0x11a0a), (0x11a33, 0x11a39),
    (0x11a3b, 0x11a3e), 0x11a47, (0x11a51, 0x11a5b), (0x11a8a, 0x11a99), (0x11d31, 0x11d36),
    0x11d3a, (0x11d3c, 0x11d3d), (0x11d3f, 0x11d45), 0x11d47, (0x11d8a, 0x11d8e),
    (0x11d90, 0x11d91), (0x11d93, 0x11d97), (0x11ef3, 0x11ef6), 0x16f4f, (0x16f7f, 0x16f87),
    0x16fe4, (0x16ff0, 0x16ff1), (0x1cf00, 0x1cf2d), (0x1cf30, 0x1cf46), (0x1e130, 0x1e136),
    0x1e2ae, (0x1e2ec, 0x1e2ef),
]
# What BERT's steps do not know.
NONSPACING_SINCE_8 = [
    0x7fd, (0x898, 0x89f), (0x8ca, 0x8e1), 0x9fe, (0xafa, 0xaff), 0xb55, 0xc04, 0xc3c, 0xd00,
    (0xd3b, 0xd3c), 0xd81, 0xeba, 0x180f, (0x1885, 0x1886), (0x1abf, 0x1ace),
    (0x1df6, 0x1dfb), 0xa82c, 0xa8c5, 0xa8ff, 0xa9bd, (0x10d24, 0x10d27),
    (0x10eab, 0x10eac), (0x10f46, 0x10f50), (0x10f82, 0x10f85), 0x11070, (0x11073, 0x11074),
    0x110c2, 0x111c9, 0x111cf, 0x1123e, 0x1133b, (0x11438, 0x1143f), (0x11442, 0x11444),
    0x11446, 0x1145e, (0x1182f, 0x11837), (0x11839, 0x1183a), (0x1193b, 0x1193c), 0x1193e,
    0x11943, (0x119d4, 0x119d7), (0x119da, 0x119db), 0x119e0, (0x11a01, 0x11a0a),
    (0x11a33, 0x11a38), (0x11a3b, 0x11a3e), 0x11a47, (0x11a51, 0x11a56), (0x11a59, 0x11a5b),
    (0x11a8a, 0x11a96), (0x11a98, 0x11a99), (0x11c30, 0x11c36), (0x11c38, 0x11c3d), 0x11c3f,
    (0x11c92, 0x11ca7), (0x11caa, 0x11cb0), (0x11cb2, 0x11cb3), (0x11cb5, 0x11cb6),
    (0x11d31, 0x11d36), 0x11d3a, (0x11d3c, 0x11d3d), (0x11d3f, 0x11d45), 0x11d47,
    (0x11d90, 0x11d91), 0x11d95, 0x11d97, (0x11ef3, 0x11ef4), 0x16f4f, 0x16fe4,
    (0x1cf00, 0x1cf2d), (0x1cf30, 0x1cf46), (0x1e000, 0x1e006), (0x1e008, 0x1e018),
    (0x1e01b, 0x1e021), (0x1e023, 0x1e024), (0x1e026, 0x1e02a), (0x1e130, 0x1e136), 0x1e2ae,
    (0x1e2ec, 0x1e2ef), (0x1e944, 0x1e94a),
]
PUNCTUATION_SINCE_8 = [
    0x61d, 0x9fd, 0xa76, 0xc77, 0xc84, (0x1b7d, 0x1b7e), (0x2e43, 0x2e4f), (0x2e52, 0x2e5d),
    0x10ead, (0x10f55, 0x10f59), (0x10f86, 0x10f89), (0x1144b, 0x1144f), (0x1145a, 0x1145b),
    0x1145d, (0x11660, 0x1166c), 0x116b9, 0x1183b, (0x11944, 0x11946), 0x119e2,
    (0x11a3f, 0x11a46), (0x11a9a, 0x11a9c), (0x11a9e, 0x11aa2), (0x11c41, 0x11c45),
    (0x11c70, 0x11c71), (0x11ef7, 0x11ef8), 0x11fff, (0x12ff1, 0x12ff2), (0x16e97, 0x16e9a),
    0x16fe2, (0x1e95e, 0x1e95f),
]
FORMAT_SINCE_8 = [(0x890, 0x891), 0x8e2, 0x110cd, (0x13430, 0x13438)]


def codes(ranges):
    for item in ranges:
        first, last = item if isinstance(item, tuple) else (item, item)
        yield from range(first, last + 1)


NEW = {code: name for name, ranges in SINCE_15.items() for code in codes(ranges)}


def category(code):
    return NEW.get(code) or unicodedata.category(chr(code))


def old(code):
    """The category that Unicode 14 has; of what is newer, "Cn"."""
    return "Cn" if code in NEW and code != 0x1171e else unicodedata.category(chr(code))


def runs(values):
    """Runs [first, last, value] of equal values, given for all code points."""
    found = []
    for code, value in enumerate(values):
        if found and found[-1][2] == value:
            found[-1][1] = code
        else:
            found.append([code, code, value])
    return found


def ranges_of(predicate):
    return [run[:2] for run in runs(bool(predicate(code)) for code in range(LAST)) if run[2]]


def sets():
    marks, nonspacing = set(codes(MARKS_SINCE_10)), set(codes(NONSPACING_SINCE_8))
    punctuation, formats = set(codes(PUNCTUATION_SINCE_8)), set(codes(FORMAT_SINCE_8))
    yield "combiningMarks", lambda c: (old(c)[0] == "M" and c not in marks) or c in (
        0x1cf2, 0x1cf3)
    yield "bertNonspacing", lambda c: (old(c) == "Mn" and c not in nonspacing) or c == 0x1734
    yield "bertPunctuation", lambda c: (
        old(c)[0] == "P" and c not in punctuation) or c in (0x166d, 0x111c9) or (
            c < 128 and chr(c) in "$+<=>^`|~")
    yield "bertControls", lambda c: c in (0, 0xfffd) or (
        old(c) in ("Cc", "Cf", "Co") and c not in formats and c not in (9, 10, 13))


def decomposed(code, compatible):
    """The full decomposition, of one kind or of both."""
    text = unicodedata.decomposition(chr(code))
    if not text or code in DECOMPOSED or old(code) == "Cn":
        return [code]
    parts = text.split()
    if parts[0].startswith("<"):
        if not compatible:
            return [code]
        parts = parts[1:]
    return [c for part in parts for c in decomposed(int(part, 16), compatible)]


DECOMPOSED = set(codes(DECOMPOSED_SINCE_10))


def lower():
    late = {c: c + far for first, last, far in LOWER_SINCE_15 for c in range(first, last + 1)}
    for code in range(LAST):
        if 0xd800 <= code < 0xe000:
            continue
        text = [late[code]] if code in late else [ord(c) for c in chr(code).lower()]
        if text != [code]:
            yield code, text


def array(file, kind, name, rows):
    file.write(f"constexpr {kind} {name}[] = {{\n")
    for row in rows:
        file.write("    {" + ", ".join(str(x) for x in row) + "},\n")
    file.write("};\n")


def mappings(file, name, items):
    """Characters that become up to 18 others."""
    texts, rows = [], []
    for code, text in items:
        rows.append((hex(code), len(texts), len(text)))
        texts += text
    array(file, "CharMapping", name, rows)
    file.write(f"constexpr uint32_t {name}Texts[] = {{{', '.join(map(hex, texts))}}};\n")


def compositions():
    for code in range(LAST):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and old(code) != "Cn":
            if unicodedata.normalize("NFC", chr(code)) == chr(code) and code != 0x11938:
                yield int(parts[0], 16), int(parts[1], 16), code


def main(output):
    classes = set(codes(CLASSES_SINCE_10))
    with open(output, "w", encoding="ascii") as file:
        names = sorted({category(code) for code in range(LAST)})
        file.write("constexpr const char *categoryNames[] = {"
                   + ", ".join(f'"{name}"' for name in names) + "};\n")
        array(file, "CategoryRange", "categoryRanges",
              [(hex(first), hex(last), names.index(value))
               for first, last, value in runs(category(code) for code in range(LAST))])
        for name, predicate in sets():
            array(file, "CodeRange", name, [map(hex, r) for r in ranges_of(predicate)])
        array(file, "CategoryRange", "combiningClasses",
              [(hex(first), hex(last), value) for first, last, value in runs(
                  0 if code in classes or old(code) == "Cn"
                  else unicodedata.combining(chr(code)) for code in range(LAST)) if value])
        for name, compatible in (("canonical", False), ("compatible", True)):
            mappings(file, name, [(c, d) for c in range(LAST)
                                  if not 0xac00 <= c < 0xac00 + 11172
                                  and (d := decomposed(c, compatible)) != [c]])
        mappings(file, "lowerCase", lower())
        array(file, "Composition", "compositions", sorted(compositions()))


if __name__ == "__main__":
    main(*sys.argv[1:])
