#!/usr/bin/env python3
"""Makes training data: packages in, arrays of tokens out.

Writes train.npy, validation.npy (uint16), tokenizer.json and data.json, which says what
they were made from. Documents that the scored text was taken from are left out.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import text
from command_line import Parser

EXAMPLE = Path(__file__).resolve().parent.parent
END = "<|endoftext|>"  # id 0, before every document


def train_tokenizer(texts, vocabulary):
    """A byte-level BPE in the form of examples/pydoc-lm/tokenizer.json."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def encode(tokenizer, texts):
    """One stream of tokens: 0, first document, 0, second document ..."""
    encoded = tokenizer.encode_batch(list(texts))
    return numpy.concatenate([numpy.array([0, *one.ids], numpy.uint16) for one in encoded])


def summary(kind, texts, tokens):
    return {f"{kind}_documents": len(texts), f"{kind}_bytes": sum(len(t.encode()) for t in texts.values()),
            f"{kind}_tokens": len(tokens), f"{kind}_sha256": hashlib.sha256(tokens.tobytes()).hexdigest()}


def make(packages, scored, tokenizer_file, vocabulary, folder):
    """Does all of it, and returns what data.json says."""
    cache = folder / "packages"
    cache.mkdir(parents=True, exist_ok=True)
    found, versions = {}, {}
    for package in packages:
        unpacked, versions[package] = text.fetch(package, cache)
        of_package = text.documents(unpacked)
        if not of_package:
            raise text.Unavailable(f"{package} has no file that ends with {', '.join(text.SUFFIXES)}")
        found |= {f"{package}/{name}": content for name, content in of_package.items()}
    train, validation, held_back = text.split(found, scored.read_text())
    if not train or not validation:
        raise text.Unavailable(f"{len(found)} documents are too few to train and to validate on")
    if vocabulary:
        tokenizer = train_tokenizer(train.values(), vocabulary)
    else:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.save(str(folder / "tokenizer.json"))
    facts = {"packages": versions, "vocabulary": tokenizer.get_vocab_size(),
             "held_back": sorted(held_back)}
    for kind, texts in ("train", train), ("validation", validation):
        tokens = encode(tokenizer, texts.values())
        numpy.save(folder / f"{kind}.npy", tokens)
        facts |= summary(kind, texts, tokens)
    (folder / "data.json").write_text(json.dumps(facts, indent=2) + "\n")
    return facts


def arguments():
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--packages", default="python3.11-doc", metavar="NAMES",
                        help="Debian packages, separated by commas (default: %(default)s)")
    parser.add_argument("--scored", type=Path, default=EXAMPLE / "eval.txt", metavar="FILE",
                        help="text that no training document may share (default: eval.txt)")
    parser.add_argument("--tokenizer", type=Path, default=EXAMPLE / "tokenizer.json", metavar="FILE",
                        help="an existing tokenizer.json (default: the example's)")
    parser.add_argument("--vocabulary", type=int, metavar="N",
                        help="train a tokenizer with N tokens instead")
    options = parser.parse_args()
    # Every byte and the end of text are tokens; arrays hold 16 bits a token.
    if options.vocabulary is not None and not 257 <= options.vocabulary <= 65536:
        parser.error(f"--vocabulary is {options.vocabulary}; expected 257 to 65536")
    return options


def main():
    options = arguments()
    try:
        facts = make(options.packages.split(","), options.scored, options.tokenizer,
                     options.vocabulary, options.out)
    except (text.Unavailable, OSError) as error:
        sys.exit(f"data.py: error: {error}")
    for name, value in facts.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
