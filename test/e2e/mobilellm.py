"""A model of the size of MobileLLM-125M compiles with little time and memory.

usage: mobilellm.py [layer-sharing]

With an argument also as a model whose layers run twice. The weights are random and the
tokenizer is made up; sizes are those of the published model (30 layers of width 576, 32000
tokens, 2048 positions). Seconds are of the processor, linker included.
"""

import json
import sys
import time
from pathlib import Path

import models
from harness import (EKE, expect, expect_equal, finish, run, run_measured, run_text,
                     temporary_folder)

MOST_SECONDS = 60
MOST_BYTES = 81_000_000  # the embedding in 8 bits
MOST_MORE_BYTES = 4096  # for layers that run twice
SHAPE = models.MOBILELLM_125M


def compile_measured(model, output):
    begin = time.monotonic()
    used = run_measured([EKE, "compile", model, "--weights=i4", "-o", output])
    expect(used.cpu_seconds <= MOST_SECONDS,
           f"{model.name}: {used.cpu_seconds:.1f} s to compile (at most {MOST_SECONDS} s); "
           f"{time.monotonic() - begin:.1f} s on the clock")
    size = (folder / "base/model.safetensors").stat().st_size
    expect(used.peak_bytes <= 2 * size,
           f"{model.name}: {used.peak_bytes / 1e6:.0f} MB at the peak "
           f"(at most twice the model's {size / 1e6:.0f} MB)")
    expect(output.stat().st_size <= MOST_BYTES,
           f"{model.name}: file of {output.stat().st_size} bytes (at most {MOST_BYTES})")


def check_text(program, name):
    told = folder / "statistics.json"
    ids = run_text([program, "--prompt", "hello world", "--tokens", "4", "--temperature", "1",
                    "--ids", "--stats", told]).split()
    statistics = json.loads(told.read_text())
    expect(len(ids) == 4 and all(0 <= int(token) < SHAPE.vocab for token in ids),
           f"{name}: tokens {' '.join(ids)}; {statistics['decode']['tokens_per_second']:.1f} "
           "tokens per second")
    expect(statistics["prefill"]["tokens"] > 1, f"{name}: a prompt of "
           f"{statistics['prefill']['tokens']} tokens")
    expect(run([program, "--prompt", "hello", "--tokens", "1"]) is not None, f"{name}: as text")


def write_shared(base, name):
    """A directory of the same weights whose layers run twice."""
    shared = folder / name
    shared.mkdir()
    for file in ("model.safetensors", "tokenizer.json"):
        (shared / file).symlink_to(base / file)
    (shared / "config.json").write_text(json.dumps(models.config(
        SHAPE, architectures=["MobileLLMForCausalLM"], layer_sharing=True)))
    return shared


with temporary_folder() as name:
    folder = Path(name)
    base = models.write(folder / "base", SHAPE)
    count = models.parameters(SHAPE)
    expect_equal(round(count / 1e6, 2), 124.64, f"{count / 1e6:.2f} million parameters")
    compiled = [base, *(write_shared(base, name) for name in sys.argv[1:])]
    for model in compiled:
        program = folder / f"{model.name}.program"
        compile_measured(model, program)
        check_text(program, model.name)
    once, *twice = ((folder / f"{model.name}.program").stat().st_size for model in compiled)
    for size in twice:
        expect(abs(size - once) <= MOST_MORE_BYTES,
               f"{size - once:+} bytes for layers that run twice")
finish()
