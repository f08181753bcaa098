"""Compares tokenizers with the packages tokenizers and sentencepiece.

usage: compare.py PROGRAM [--texts N] [--seed S] [KIND...]

Trains tokenizers of every kind, compiles them, and compares what the runtime (PROGRAM, of
tokenize.cpp) makes of N texts with what the packages make of them: tokens, and the text
that these become again. Prints a line for each kind, and the first texts that differ.
"""

import argparse
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

try:
    import kinds
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
import texts


class Runtime:
    """What the compiler and the runtime make of a tokenizer."""

    def __init__(self, program, kind, folder):
        path = Path(folder) / kind.name / kind.file
        path.parent.mkdir()
        path.write_bytes(kind.data)
        for name, data in kind.others.items():
            (path.parent / name).write_bytes(data)
        self.process = subprocess.Popen([program, path, str(kind.size)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode().strip()
        if not line.startswith("ok "):
            self.process.communicate()
            raise RuntimeError(line)
        self.bytes = int(line.split()[1])

    def answers(self, batch):
        """(tokens, text again) of every text."""
        def feed():
            for text in batch:
                data = text.encode()
                self.process.stdin.write(struct.pack("<I", len(data)) + data)
            self.process.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        out = self.process.stdout
        for _ in batch:
            count, = struct.unpack("<I", out.read(4))
            ids = struct.unpack(f"<{count}i", out.read(4 * count))
            size, = struct.unpack("<I", out.read(4))
            yield list(ids), out.read(size).decode()
        feeder.join()
        self.process.wait()


def compare(program, kind, batch, folder):
    """Prints how a kind does; whether all is alike."""
    start = time.monotonic()
    try:
        runtime = Runtime(program, kind, folder)
    except RuntimeError as refusal:
        print(f"{kind.name:<22} {refusal}", flush=True)
        return False
    expected = kind.encode(batch)
    again = kind.decode(expected)
    wrong = []
    tokens = 0
    for text, ids, decoded, (ours, ours_again) in zip(batch, expected, again,
                                                      runtime.answers(batch)):
        tokens += len(ids)
        if ids != ours:
            wrong.append((text, ids, ours))
        elif decoded != ours_again:
            wrong.append((text, decoded, ours_again))
    print(f"{kind.name:<22} {len(batch)} texts, {tokens} tokens, {runtime.bytes} bytes, "
          f"{len(wrong)} differ, {time.monotonic() - start:.1f} s", flush=True)
    for text, theirs, ours in wrong[:3]:
        print(f"  {text!r}\n    expected {theirs!r}\n    got      {ours!r}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    options = parser.parse_args()
    batch = list(texts.texts(options.texts, options.seed))
    with tempfile.TemporaryDirectory() as folder:
        results = [compare(options.program, kind, batch, folder)
                   for kind in kinds.all_kinds(options.kinds)]
    print(f"{len(results)} kinds, {results.count(False)} differ")
    return not results or not all(results)


if __name__ == "__main__":
    sys.exit(main())
