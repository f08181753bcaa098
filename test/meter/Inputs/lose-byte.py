"""Copies the tokenizer of a model without the token that is the byte 0xff.

usage: lose-byte.py TOKENIZER OUTPUT
"""

import json
import sys

with open(sys.argv[1]) as file:
    tokenizer = json.load(file)
vocabulary = tokenizer["model"]["vocab"]
vocabulary["ÿÿÿÿ"] = vocabulary.pop("ÿ")  # as byte-level tokenizers write it
with open(sys.argv[2], "w") as file:
    json.dump(tokenizer, file)
