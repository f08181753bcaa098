"""Widths that no tile and no group divides compile to what they say.

72 inputs leave a last group of 8 for int4, 300 tokens a last tile of 4 channels. Plain
loops and an emulated device have to compute what the kernels of this machine do: in f32
and f16 up to the order of their sums, in i8 and i4 up to what a flipped rounding costs
(see plain_loops.py).
"""

from pathlib import Path

import models
from harness import (compile_model, emulator, expect, expect_equal, finish, score,
                     temporary_folder)

SHAPE = models.Shape(layers=2, width=72, heads=4, kv_heads=2, hidden=100, vocab=300, context=64)
MOST_RELATIVE = {"f32": 1e-5, "f16": 1e-5, "i8": 5e-3, "i4": 5e-3}
# The cortex-x2 has instructions of its own for 8-bit activations only.
DEVICES = {"f32": ("cortex-a53", "cortex-a76"), "f16": ("cortex-a53", "cortex-a76"),
           "i8": ("cortex-a53", "cortex-a76", "cortex-x2"),
           "i4": ("cortex-a53", "cortex-a76", "cortex-x2")}


def perplexity(command, text, tokens):
    result = score(command, text)
    expect_equal(result["tokens"], tokens, f"{tokens} tokens")
    return result["perplexity"]


with temporary_folder() as name:
    folder = Path(name)
    model = models.write(folder / "odd", SHAPE)
    text = folder / "text"
    text.write_bytes(bytes(range(32, 127)) * 3)
    tokens, previous = None, None
    for weights, most in MOST_RELATIVE.items():
        def build(label, *options):
            return compile_model(model, folder / f"{label}-{weights}", f"--weights={weights}",
                                 *options)
        program = build("host")
        tokens = tokens or score([program], text)["tokens"]
        wanted = perplexity([program], text, tokens)
        others = {"loops": [build("loops", "--kernels=loops")]}
        for device in DEVICES[weights]:
            others[device] = [*emulator(device), build(device, f"--target={device}")]
        for label, command in others.items():
            difference = perplexity(command, text, tokens) / wanted - 1
            expect(abs(difference) <= most, f"{weights}, {label}: perplexity differs by "
                   f"{difference:+.1e} (at most {most})")
        if previous is not None:
            expect(abs(wanted / previous - 1) <= 0.02,
                   f"{weights}: perplexity {wanted:.4f}, f32's is {previous:.4f}")
        previous = previous or wanted
finish()
