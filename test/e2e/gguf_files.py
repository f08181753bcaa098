"""Writes small GGUF files: a header of values, then tensors whose bytes are given.

The blocks are random: whatever their bytes are, they stand for numbers, as long as the
scales are finite.
"""

import struct
from pathlib import Path

import numpy as np

F32, F16, BF16 = 0, 1, 30
# By name: the type's number, elements and bytes of a block, and where its scales (f16) are.
BLOCKS = {
    "Q4_0": (2, 32, 18, [0]), "Q4_1": (3, 32, 20, [0, 2]), "Q5_0": (6, 32, 22, [0]),
    "Q5_1": (7, 32, 24, [0, 2]), "Q8_0": (8, 32, 34, [0]), "Q4_K": (12, 256, 144, [0, 2]),
    "Q5_K": (13, 256, 176, [0, 2]), "Q6_K": (14, 256, 210, [208]),
}
PLAIN = {"F32": (F32, np.float32), "F16": (F16, np.float16)}
ALIGNMENT = 32


# What the largest number of a block is in units of its scale, and its minimum.
LARGEST = {"Q4_0": 8, "Q4_1": 8, "Q5_0": 16, "Q5_1": 16, "Q8_0": 128, "Q4_K": 63 * 15,
           "Q5_K": 63 * 31, "Q6_K": 128 * 32}


def random_blocks(rng, kind, rows, columns, largest=0.06):
    """A matrix of blocks, as bytes [rows, bytes of a row], of numbers up to about `largest`."""
    _, elements, bytes_, (scale_at, *minimum_at) = BLOCKS[kind]
    blocks = rng.integers(0, 256, (rows, columns // elements, bytes_), np.uint8)
    scale = largest / LARGEST[kind] * rng.uniform(0.5, 1, blocks.shape[:2])
    # A minimum is added; in the kinds of 256 it is taken off, and has a factor of its own.
    minimum = scale * (8 if kind.endswith("_K") else -LARGEST[kind])
    for at, values in ((scale_at, scale), *((at, minimum) for at in minimum_at)):
        blocks[..., at:at + 2] = values.astype(np.float16)[..., None].view(np.uint8)
    return blocks.reshape(rows, -1)


class File:
    """What a file holds: values by key, and tensors as (kind, shape, bytes)."""

    def __init__(self, **values):
        self.values, self.tensors = dict(values), {}

    def add(self, name, kind, array, shape=None):
        """`array` holds numbers of a plain kind, or the bytes of blocks."""
        if kind in PLAIN:
            array = np.asarray(array, PLAIN[kind][1])
            shape = array.shape
        self.tensors[name] = (kind, shape, array.tobytes())

    def write(self, path):
        header = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(self.values))
        for key, value in self.values.items():
            header += text(key) + encode(value)
        data = b""
        for name, (kind, shape, contents) in self.tensors.items():
            number = BLOCKS[kind][0] if kind in BLOCKS else PLAIN[kind][0]
            data += bytes(-len(data) % ALIGNMENT)
            header += text(name) + struct.pack("<I", len(shape))
            header += struct.pack(f"<{len(shape)}Q", *reversed(shape))
            header += struct.pack("<IQ", number, len(data))
            data += contents
        header += bytes(-len(header) % ALIGNMENT)
        Path(path).write_bytes(header + data)
        return path


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def encode(value):
    """A value with its type: lists hold strings, numbers or integers."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    number, form = (6, "f") if isinstance(value[0], float) else (5, "i")
    return struct.pack(f"<IIQ{len(value)}{form}", 9, number, len(value), *value)
