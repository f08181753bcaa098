"""Makes a small model with each kind of file that a tokenizer comes in.

usage: other_tokenizers.py FOLDER

FOLDER/json is as any small model, FOLDER/vocabulary has the same tokenizer as vocab.json
and merges.txt, and FOLDER/sentencepiece has a tokenizer.model of its own.
"""

import json
import shutil
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))
import models  # noqa: E402

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6


def field(number, data):
    """A field of Protobuf: bytes, an integer or a float."""
    if isinstance(data, bytes):
        return varint(number << 3 | 2) + varint(len(data)) + data
    if isinstance(data, float):
        return varint(number << 3 | 5) + struct.pack("<f", data)
    return varint(number << 3) + varint(data)


def varint(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def sentencepiece():
    """A BPE of a few pieces, with all bytes to fall back on."""
    pieces = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    pieces += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    words = ["he", "ll", "▁w", "llo", "▁he", "▁hello", "▁", *"helowrd"]
    pieces += [(word, NORMAL) for word in words]
    data = b""
    for number, (text, kind) in enumerate(pieces):
        data += field(1, field(1, text.encode()) + field(2, -float(number)) + field(3, kind))
    data += field(2, field(3, 2) + field(35, 1))  # BPE, falls back on bytes
    return data + field(3, field(4, 0))  # keeps all spaces


def main(folder):
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    model = models.write(folder / "json", models.SMALL)
    root = json.loads((model / "tokenizer.json").read_text())
    for name in ("vocabulary", "sentencepiece"):
        shutil.copytree(model, folder / name)
        (folder / name / "tokenizer.json").unlink()
    merges = [merge if isinstance(merge, str) else " ".join(merge)
              for merge in root["model"]["merges"]]
    (folder / "vocabulary" / "vocab.json").write_text(json.dumps(root["model"]["vocab"]))
    (folder / "vocabulary" / "merges.txt").write_text(
        "\n".join(["#version: 0.2", *merges, ""]))
    (folder / "vocabulary" / "added_tokens.json").write_text(json.dumps(
        {token["content"]: token["id"] for token in root["added_tokens"]}))
    (folder / "sentencepiece" / "tokenizer.model").write_bytes(sentencepiece())


main(*sys.argv[1:])
