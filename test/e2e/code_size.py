"""The code that the compiler makes and its runtime are small, and only as new as the
device.

usage: code_size.py TARGET WEIGHTS...

Looks at relocatable objects: model and runtime, no C library.
"""

import re
import sys

from elf import ET_REL, Elf
from harness import (EXAMPLE, LLVM_TOOLS, compile_model, expect, expect_equal, finish, run_text,
                     temporary_folder)

MOST_CODE = 120_000

# By the first architecture version that has them; Armv8.0 has none.
DOT_PRODUCT = r"\b[su]dot\b"
MATRIX = r"\b(smmla|ummla|usmmla|usdot|sudot|bfmmla|bfdot|bfcvt\w*)\b"
HALF_ARITHMETIC = (r"\bf(add|sub|mul|div|madd|msub|nmadd|nmsub|sqrt|max\w*|min\w*|mla|mls|abs|neg)"
                   r"\s+(h\d|v\d+\.[48]h)")
ATOMICS = r"\b(cas|swp|ldadd|ldset|ldclr|ldeor|ldsmax|ldumax)\w*\b"
SCALABLE = r"\bz\d+\.[bhsd]\b"
ARMV8_0 = {"dot products": DOT_PRODUCT, "8-bit matrices": MATRIX,
           "f16 arithmetic": HALF_ARITHMETIC, "atomics": ATOMICS, "SVE": SCALABLE}
# On 32 bits.
NEON_DOT = r"\bv[su]dot\b"
FUSED = r"\bvfn?m[as]\b"
FORBIDDEN = {
    "cortex-a7": {"dot products": NEON_DOT, "instructions of Armv8": r"\bv(rint|maxnm|minnm)"},
    "cortex-a9": {"dot products": NEON_DOT, "fused products": FUSED,
                  "division": r"\b[su]div\b"},
    "cortex-a53": ARMV8_0,
    "cortex-a72": ARMV8_0,
    "generic-armv8": ARMV8_0,
    "cortex-a76": {"8-bit matrices": MATRIX, "SVE": SCALABLE},
    "cortex-x2": {"SVE": SCALABLE},
}
# What multiplies small integers.
USED = {"cortex-a7": r"\bvmlal\.s8\b", "cortex-a9": r"\bvmlal\.s8\b",
        "cortex-a76": DOT_PRODUCT, "cortex-x2": r"\bsmmla\b"}


def check_instructions(target, binary, path, name):
    """Disassembles; the devices of the newer instructions show that they are seen."""
    everything = "+all" if binary.is_64_bit else "+v8.2a,+dotprod,+fp-armv8,+neon"
    listing = run_text([LLVM_TOOLS / "llvm-objdump", "-d", "--no-show-raw-insn",
                        f"--mattr={everything}", path])
    code = re.findall(r"^\s*[0-9a-f]+:\s+(.+)$", listing, re.M)
    expect(len(code) > 1000, f"{name} {len(code)} instructions")
    unknown = sum("<unknown>" in line for line in code)
    expect_equal(unknown, 0, f"{name} all of them known")
    for what, pattern in FORBIDDEN.get(target, {}).items():
        found = [line for line in code if re.search(pattern, line)]
        expect_equal(found, [], f"{name} no {what}")
    if target in USED and name.split()[1] in ("i8:", "i4:"):
        expect(any(re.search(USED[target], line) for line in code),
               f"{name} uses {USED[target]}")


target, *formats = sys.argv[1:]
with temporary_folder() as folder:
    for weights in formats:
        path = compile_model(EXAMPLE, f"{folder}/{weights}.o", "--emit=obj",
                             f"--target={target}", f"--weights={weights}")
        name = f"{target} {weights}:"
        binary = Elf(path)
        expect_equal(binary.type, ET_REL, f"{name} relocatable")
        size = binary.code_bytes()
        expect(0 < size <= MOST_CODE, f"{name} {size} bytes of code (at most {MOST_CODE})")
        if target in FORBIDDEN:
            check_instructions(target, binary, path, name)
finish()
