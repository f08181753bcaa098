"""Encodes and decodes texts with Hugging Face's tokenizers, as JSON.

usage: tokenizer-reference.py TOKENIZER_JSON OUTPUT
"""

import json
import random
import sys

import tokenizers

PIECES = [
    "the", " the", "'s", "'ll", "'", " ", "  ", "\n", "\t", "\r\n", "=====", "--",
    "0", "42", "3.14", "x_1", "é", "ß", "漢字", "かな", "٣", "½", "Ⅷ", "²", "😀",
    "👩‍👩‍👧", "\u00a0", "\u3000", "\u2028", "\u200b", "\u0085", "\x1c", "\x00",
    "e\u0301", "ǅ", "ª", "ʰ", "𝒳", "𝟘", "\U000e0001", "\ufffd", "<|endoftext|>",
    "<|endoftext|", "``code``", ".. note::", "😀'sé", "İ", "\u202f", "\u2009a",
]
BYTE_LEVEL = {"type": "ByteLevel", "trim_offsets": True}
DIGITS = {"type": "Digits", "individual_digits": True}


def texts(generator):
    for _ in range(400):
        yield "".join(generator.choices(PIECES, k=generator.randrange(12)))
    for _ in range(200):  # any character but surrogates
        codes = [generator.randrange(0x110000) for _ in range(8)]
        yield "".join(chr(c) for c in codes if not 0xD800 <= c < 0xE000)
    for start in range(0, 0x3100, 64):  # every character of the first blocks
        yield "".join(chr(c) for c in range(start, start + 64))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        root = json.load(file)
    results = []
    for prefix in (False, True):
        for use_regex in (False, True):
            for digits in (False, True):
                step = {**BYTE_LEVEL, "add_prefix_space": prefix, "use_regex": use_regex}
                if digits:
                    step = {"type": "Sequence", "pretokenizers": [DIGITS, step]}
                root["pre_tokenizer"] = step
                tokenizer = tokenizers.Tokenizer.from_str(json.dumps(root))
                cases = []
                for text in texts(random.Random(3)):
                    ids = tokenizer.encode(text, add_special_tokens=False).ids
                    decoded = tokenizer.decode(ids, skip_special_tokens=False)
                    cases.append({"text": text, "ids": ids, "decoded": decoded})
                results.append({"pre_tokenizer": step, "cases": cases})
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(results, file, ensure_ascii=False)


main()
