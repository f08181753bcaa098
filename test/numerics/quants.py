#!/usr/bin/env python3
"""Blocks of GGUF files stand for the numbers that the Python package `gguf` reads.

usage: quants.py --eke EKE --work FOLDER

Random blocks of every kind, through the whole compiler: as f32 bit for bit, with rows in
order and interleaved; kept as they are, up to the rounding of a product that is added; and
scales that are no numbers are refused. Without the package it is skipped (77).
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from programs import Compiler, run

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))
from gguf_files import BLOCKS, random_blocks  # noqa: E402

try:
    import gguf
except ImportError as error:
    print(f"skipped: {error}; ./dev setup installs the package gguf")
    sys.exit(77)

ROWS, COLUMNS, INTERLEAVED = 24, 512, 8
# What keeps a kind's numbers, and what it is rounded to.
KEPT = {"Q8_0": "i8g", "Q5_0": "i8g", "Q4_0": "i4", "Q4_1": "i4m"}


def reference(kind, blocks):
    return gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[kind])


def with_extremes(rng, kind):
    """Random blocks; of the first rows, scales are zero, subnormal and the largest f16."""
    blocks = random_blocks(rng, kind, ROWS, COLUMNS)
    _, elements, bytes_, places = BLOCKS[kind]
    view = blocks.reshape(ROWS, COLUMNS // elements, bytes_)
    for row, scale in enumerate((0.0, -0.0, 6e-8, 65504.0, -65504.0)):
        for at in places[:1]:
            view[row, :, at:at + 2] = np.array([scale], np.float16).view(np.uint8)
    return blocks


def module(weights, storage):
    lines = [f'module attributes {{eke.weights_format = #eke.storage<{storage}>}} {{']
    offset = 0
    for name, (kind, blocks, interleaved) in weights.items():
        order = f", interleaved = {interleaved}" if interleaved else ""
        lines += [f'eke.weight @{name} : tensor<{ROWS}x{COLUMNS}xf32> = <"weights.bin", offset = '
                  f'{offset}, length = {blocks.nbytes}, element = !eke.quants<{kind.lower()}>{order}>',
                  f"eke.model @\"read_{name}.all\"(%t: tensor<{ROWS}xi32>) -> tensor<{ROWS}x{COLUMNS}xf32> {{",
                  f"  %w = eke.use @{name} : tensor<{ROWS}x{COLUMNS}xf32>",
                  f"  %y = eke.embed %t, %w : (tensor<{ROWS}xi32>, tensor<{ROWS}x{COLUMNS}xf32>) "
                  f"-> tensor<{ROWS}x{COLUMNS}xf32>",
                  f"  eke.yield %y : tensor<{ROWS}x{COLUMNS}xf32>", "}"]
        offset += blocks.nbytes
    return "\n".join([*lines, "}", ""])


def write(folder, name, weights, storage):
    folder = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.bin").write_bytes(b"".join(b.tobytes() for _, b, _ in weights.values()))
    path = folder / "module.mlir"
    path.write_text(module(weights, storage))
    return path


def read(program, name):
    tokens = np.arange(ROWS, dtype=np.int32)
    return program.run(f"read_{name}.all", [tokens], [(ROWS, COLUMNS)])[0]


def interleave(numbers):
    """Rows in the order of the module, of a file that has them interleaved."""
    sets = numbers.reshape(-1, INTERLEAVED // 2, 2, COLUMNS)
    return sets.transpose(0, 2, 1, 3).reshape(ROWS, COLUMNS)


def check_numbers(compiler, folder, rng):
    weights = {}
    for kind in BLOCKS:
        weights[kind.lower()] = (kind, with_extremes(rng, kind), 0)
        weights[f"{kind.lower()}_in_turn"] = (kind, random_blocks(rng, kind, ROWS, COLUMNS),
                                              INTERLEAVED)
    program = compiler.compile(write(folder, "f32", weights, "f32"))
    for name, (kind, blocks, interleaved) in weights.items():
        wanted = reference(kind, blocks)
        if interleaved:
            wanted = interleave(wanted)
        got = read(program, name)
        same = (got.view(np.uint32) == wanted.view(np.uint32)).all()
        yield same, f"{name}: {np.abs(got - wanted).max():.1e} apart in f32"


def check_kept(compiler, folder, rng):
    weights = {kind.lower(): (kind, with_extremes(rng, kind), 0) for kind in KEPT}
    program = compiler.compile(write(folder, "keep", weights, "keep"))
    for name, (kind, blocks, _) in weights.items():
        wanted, got = reference(kind, blocks), read(program, name)
        # Of q4_1 the product may not be rounded before the minimum is added.
        most = np.abs(wanted).max(axis=1, keepdims=True) * (2.0**-23 if kind == "Q4_1" else 0)
        yield (np.abs(got - wanted) <= most).all(), (
            f"{name} kept as {KEPT[kind]}: {np.abs(got - wanted).max():.1e} apart")


def check_refused(compiler, folder, rng):
    for kind in BLOCKS:
        for scale in (np.inf, -np.inf, np.nan):
            blocks = random_blocks(rng, kind, ROWS, COLUMNS)
            _, elements, bytes_, places = BLOCKS[kind]
            view = blocks.reshape(ROWS, COLUMNS // elements, bytes_)
            view[3, -1, places[-1]:places[-1] + 2] = np.array([scale], np.float16).view(np.uint8)
            for storage in ("keep", "i8") if kind in KEPT else ("i8",):
                path = write(folder, "refused", {"w": (kind, blocks, 0)}, storage)
                try:
                    compiler.compile(path, options=["--emit=obj"])
                    yield False, f"{kind} with a scale of {scale} is taken as {storage}"
                except SystemExit as error:
                    said = str(error).strip().splitlines()
                    fits = len(said) == 2 and "(row 3, column " in said[1] and (
                        "is infinite, expected" in said[1] or "is NaN, expected" in said[1])
                    yield fits, f"{kind} with a scale of {scale} as {storage}: {said[-1][-60:]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True, type=Path)
    options = parser.parse_args()
    rng = np.random.default_rng(7)
    compiler = Compiler(options.eke, options.work)
    failed = 0
    for check in (check_numbers, check_kept, check_refused):
        for is_right, what in check(compiler, options.work, rng):
            print("ok   " if is_right else "WRONG", what, flush=True)
            failed += not is_right
    sys.exit(f"{failed} checks failed" if failed else 0)


if __name__ == "__main__":
    main()
