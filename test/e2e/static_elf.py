"""The compiled example is one static file that runs wherever it is loaded, is hardly larger
than its weights, and gives away as little as can be.

usage: static_elf.py TARGET WEIGHTS...
"""

import hashlib
import json
import sys

from elf import (EM_X86_64, ET_DYN, ET_EXEC, MACHINES, PF_W, PF_X, PT_GNU_RELRO,
                 PT_GNU_STACK, PT_INTERP, PT_LOAD, SHF_ALLOC, SHF_WRITE, SHT_SYMTAB, Elf)
from harness import (EXAMPLE, ROOT, WORK, command, expect, expect_equal, finish, program,
                     statistics, targets, temporary_folder)

PAGE = 4096
# What comes on top of the weights: the C library, code, tokenizer.
MOST_BESIDES_WEIGHTS = 1_200_000
DT_NEEDED, DT_TEXTREL, DT_FLAGS, DT_FLAGS_1 = 1, 22, 30, 0x6ffffffb
DF_TEXTREL, DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 4, 8, 1, 0x08000000
NT_GNU_BUILD_ID = 3
INPUTS = ["config.json", "model.safetensors", "tokenizer.json"]


def check_relocation(binary, name):
    """It is loaded anywhere, and its addresses are right before it runs."""
    expect_equal(binary.type, ET_DYN, f"{name} position-independent")
    dynamic = dict(binary.dynamic)
    expect(dynamic.get(DT_FLAGS_1, 0) & DF_1_NOW and dynamic[DT_FLAGS_1] & DF_1_PIE
           and dynamic.get(DT_FLAGS, 0) & DF_BIND_NOW, f"{name} bound when it starts (-z now)")
    expect(DT_TEXTREL not in dynamic and not dynamic[DT_FLAGS] & DF_TEXTREL,
           f"{name} no relocation in code")


def check_hardening(binary, name):
    """The facts that `readelf -lWdn` shows."""
    if binary.is_64_bit:
        check_relocation(binary, name)
    else:  # whose C library cannot relocate it
        expect_equal(binary.type, ET_EXEC, f"{name} runs where it was linked")
    expect(not any(s.type == PT_INTERP for s in binary.segments)
           and not any(tag == DT_NEEDED for tag, _ in binary.dynamic),
           f"{name} no interpreter, no library")
    expect(not any(s.flags & PF_W and s.flags & PF_X for s in binary.segments),
           f"{name} no segment is writable and executable")
    expect_equal([s.flags & PF_X for s in binary.segments if s.type == PT_GNU_STACK], [0],
                 f"{name} the stack is not executable")
    relro = [s for s in binary.segments if s.type == PT_GNU_RELRO]
    expect(len(relro) == 1 and all(
        relro[0].address <= s.address
        and s.address + s.size <= relro[0].address + relro[0].memory_size
        for s in binary.sections if s.name in (".dynamic", ".got", ".data.rel.ro")),
        f"{name} tables of addresses are read-only once it has started (-z relro)")
    expect(not any(s.type == SHT_SYMTAB for s in binary.sections), f"{name} no symbols")
    expect_equal(len(binary.notes().get(("GNU", NT_GNU_BUILD_ID), b"")), 20,
                 f"{name} a build-id")


def check_manifest(binary, name, target, weights):
    """The file says what it was made of, and nothing about where."""
    manifest = json.loads(binary.notes()["Eke", 3])
    expected = {"manifest": 1, "model": EXAMPLE.name, "target": target, "weights_format": weights,
                "head_format": {"i4": "i8", "i4m": "i8g"}.get(weights, weights),
                "rotated": weights == "i8"}
    if target == "host":
        del expected["target"]
    expect_equal({key: manifest[key] for key in expected}, expected, f"{name} a manifest")
    inputs = [{"name": path.name, "bytes": path.stat().st_size,
               "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
              for path in (EXAMPLE / name for name in INPUTS)]
    expect_equal(manifest["inputs"], inputs, f"{name} of {len(inputs)} inputs, by their digests")
    expect(not any(str(folder).encode() in binary.data for folder in (ROOT, WORK, EXAMPLE.parent)),
           f"{name} no folder of this machine")


def check(target, weights):
    path = program(target, weights)
    binary = Elf(path)
    name = f"{target} {weights}:"
    wanted = EM_X86_64 if target == "host" else MACHINES[targets()[target]["triple"].split("-")[0]]
    expect_equal(binary.machine, wanted, f"{name} machine {binary.machine}")
    check_hardening(binary, name)
    check_manifest(binary, name, target, weights)

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
