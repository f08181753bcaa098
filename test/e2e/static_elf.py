"""The compiled example is one static file, hardly larger than its weights.

usage: static_elf.py TARGET WEIGHTS...
"""

import sys

from elf import (EM_AARCH64, EM_X86_64, ET_EXEC, PF_W, PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD,
                 SHF_ALLOC, SHF_WRITE, SHT_DYNAMIC, Elf)
from harness import (command, expect, expect_equal, finish, program, statistics,
                     temporary_folder)

PAGE = 4096
# What comes on top of the weights: the C library, code, tokenizer, symbols.
MOST_BESIDES_WEIGHTS = 1_200_000


def check(target, weights):
    path = program(target, weights)
    binary = Elf(path)
    name = f"{target} {weights}:"
    expect_equal(binary.type, ET_EXEC, f"{name} type EXEC")
    expect_equal(binary.machine, EM_X86_64 if target == "host" else EM_AARCH64,
                 f"{name} machine {binary.machine}")
    expect(not any(s.type in (PT_INTERP, PT_DYNAMIC) for s in binary.segments)
           and not any(s.type == SHT_DYNAMIC for s in binary.sections),
           f"{name} no interpreter, no dynamic segment or section")
    expect(not any(s.flags & PF_W and s.flags & PF_X for s in binary.segments),
           f"{name} no segment is writable and executable")

    image = binary.section(".eke.weights")
    if not expect(image, f"{name} has a section for its weights"):
        return
    expect(image.address % PAGE == 0 and image.flags & SHF_ALLOC
           and not image.flags & SHF_WRITE, f"{name} weights on pages of their own, read-only")
    expect(any(s.type == PT_LOAD and s.address <= image.address
               and image.address + image.size <= s.address + s.file_size
               and not s.flags & PF_W for s in binary.segments),
           f"{name} weights mapped from the file by a read-only segment")

    with temporary_folder() as folder:
        run = command(target, weights, "--prompt", "a", "--tokens", "1")
        told = statistics(run, folder)["weight_bytes"]
    expect_equal(told, image.size, f"{name} {told} bytes of weights, as --stats says")
    rest = path.stat().st_size - image.size
    expect(rest <= MOST_BESIDES_WEIGHTS, f"{name} file of {path.stat().st_size} bytes, {rest} "
           f"besides the weights (at most {MOST_BESIDES_WEIGHTS})")


target, *formats = sys.argv[1:]
for weights in formats:
    check(target, weights)
finish()
