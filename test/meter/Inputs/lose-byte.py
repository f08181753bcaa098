"""Copies the tokenizer of a model without the token that is the byte 0xf0.

usage: lose-byte.py TOKENIZER OUTPUT
"""

import json
import sys

with open(sys.argv[1]) as file:
    tokenizer = json.load(file)
vocabulary = tokenizer["model"]["vocab"]
vocabulary["ðððð"] = vocabulary.pop("ð")  # as byte-level tokenizers write it
with open(sys.argv[2], "w") as file:
    json.dump(tokenizer, file)
