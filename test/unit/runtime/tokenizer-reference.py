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
    "xyz", "x", "Ġ", "Ċ", "Ġthe", "ĠĠ", "éé", "\té\n",
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


def pre_tokenizers():
    for prefix in (False, True):
        for use_regex in (False, True):
            for digits in (False, True):
                step = {**BYTE_LEVEL, "add_prefix_space": prefix, "use_regex": use_regex}
                if digits:
                    step = {"type": "Sequence", "pretokenizers": [DIGITS, step]}
                yield step


def parts(merge):
    return merge.split(" ") if isinstance(merge, str) else merge


def unknown(root, fuse):
    """Without tokens for newline, é's bytes and tab, but with one in their place."""
    model = root["model"]
    gone = ["Ċ", "Ã", "©", "ĉ"]
    number = [model["vocab"].pop(token) for token in gone][0]
    model["vocab"] = {t: n for t, n in model["vocab"].items() if not set(t) & set(gone)}
    model["merges"] = [m for m in model["merges"] if not set("".join(parts(m))) & set(gone)]
    model["vocab"]["<unk>"] = number
    model.update(unk_token="<unk>", fuse_unk=fuse)


def add(root, tokens):
    """Added tokens, (content, normalized), with the numbers that the vocabulary has for
    them. The others take the place of its last ones, as the library counts on from there."""
    model = root["model"]
    vocab = model["vocab"]
    new = [content for content, _ in tokens if content not in vocab]
    gone = set(sorted(vocab, key=vocab.get)[len(vocab) - len(new):])
    model["merges"] = [m for m in model["merges"]
                       if not gone & {*parts(m), "".join(parts(m))}]
    numbers = {**vocab, **dict(zip(new, sorted(vocab.pop(token) for token in gone)))}
    for content, normalized in tokens:
        root["added_tokens"].append({
            "id": numbers[content], "content": content, "special": False, "single_word": False,
            "lstrip": False, "rstrip": False, "normalized": normalized})


def variants(read):
    for step in pre_tokenizers():
        root = read()
        root["pre_tokenizer"] = step
        yield root
    for fuse in (False, True):
        root = read()
        unknown(root, fuse)
        yield root
    root = read()  # written as the vocabulary writes bytes
    add(root, [(content, False) for content in ("Ġ", "Ċ", "Ġthe", "é", "漢")])
    yield root
    root = read()  # of those that overlap, the ones that are not normalized come first
    add(root, [("xyz", True), ("yz=", False), ("42", True), ("3.14", False), ("14", True),
               ("=x", True), ("yz0", False)])
    yield root


def main():
    def read():
        with open(sys.argv[1], encoding="utf-8") as file:
            return json.load(file)

    results = []
    for root in variants(read):
        tokenizer = tokenizers.Tokenizer.from_str(json.dumps(root))
        cases = []
        for text in texts(random.Random(3)):
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            decoded = tokenizer.decode(ids, skip_special_tokens=False)
            cases.append({"text": text, "ids": ids, "decoded": decoded})
        results.append({"tokenizer": root, "cases": cases})
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(results, file, ensure_ascii=False)


main()
