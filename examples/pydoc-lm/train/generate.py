#!/usr/bin/env python3
"""Lets a compiled program continue pieces of the training text, greedily.

An exit that drafts reads what the model writes, not what people wrote. Writes an array
of tokens (uint16), a row per piece: its beginning and what the program made of it.
`train.py --generated` trains exits on it.
"""

import concurrent.futures
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from tokenizers import Tokenizer

from command_line import Parser, positive

PROMPT_SHARE = 3  # one token of so many is given


class Failed(Exception):
    """A program cannot continue a text; the message says why, in one line."""


def pieces_of(tokens, length, count, seed):
    """The beginnings of `count` pieces: count x length tokens, from anywhere."""
    starts = numpy.random.default_rng(seed).integers(len(tokens) - length, size=count)
    return tokens[starts[:, None] + numpy.arange(length)]


def continued(program, text, length):
    """The first `length` tokens of a text and its continuation; fewer if it ends."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as prompt:
        prompt.write(text)
        prompt.flush()
        command = [program, "--prompt-file", prompt.name, "--tokens", str(length), "--ids",
                   "--echo", "--speculate=off"]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise Failed(f"{program} cannot be run: {error.strerror}") from error
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or [f"{program} failed"])[-1])
    return [int(token) for token in done.stdout.split()][:length]


def write(program, tokens, tokenizer, length, count, seed, threads):
    """count x length tokens, less what ended early."""
    beginnings = pieces_of(tokens, length // PROMPT_SHARE, count, seed)
    texts = [tokenizer.decode(one.tolist(), skip_special_tokens=False) for one in beginnings]
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        rows = pool.map(lambda text: continued(program, text, length), texts)
        return numpy.array([row for row in rows if len(row) == length], numpy.uint16)


def arguments():
    parser = Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("program", type=Path, help="what `eke compile` made")
    add("--data", type=Path, required=True, metavar="FOLDER", help="what data.py wrote")
    add("--out", type=Path, required=True, metavar="FILE", help="an array (.npy)")
    add("--count", type=positive, default=6000, metavar="N", help="pieces (default: %(default)s)")
    add("--window", type=positive, default=192, metavar="T",
        help="tokens that train.py takes of a piece (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="(default: %(default)s)")
    add("--threads", type=positive, default=os.cpu_count(), metavar="N",
        help="programs at a time (default: one per core)")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        tokens = numpy.load(options.data / "train.npy")
        tokenizer = Tokenizer.from_file(str(options.data / "tokenizer.json"))
        # A window has one token more: the last one's target.
        rows = write(options.program.resolve(), tokens, tokenizer, options.window + 1,
                     options.count, options.seed, options.threads)
        numpy.save(options.out, rows)
    except (Failed, OSError, ValueError) as error:
        sys.exit(f"generate.py: error: {error}")
    print(f"{options.out}: {len(rows)} pieces of {options.window + 1} tokens")


if __name__ == "__main__":
    main()
