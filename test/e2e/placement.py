"""Weights in several memories: the program is the same, but for where they lie.

A profile of this machine with a second memory, which costs less and holds a part of the
weights, has a section for each. Layers that a loop goes through have theirs in both. What
it computes is compared, to the last bit, with the program for the same profile without it.
"""

import re
from pathlib import Path

from elf import Elf, SHF_ALLOC, SHF_WRITE
from harness import (EKE, EXAMPLE, beginning, compile_model, expect, expect_equal, finish,
                     run, run_text, score, temporary_folder)

SRAM_BYTES = 700000
PROFILE = """name: "{name}"
base: "{base}"
memories {{ name: "l1d" kind: CACHE capacity_bytes: 32768 line_bytes: 64 ways: 8 }}
{sram}
memories {{ name: "dram" kind: RAM read_energy {{ nominal: 90 }} }}
"""
SRAM = f"""memories {{
  name: "sram" kind: RAM capacity_bytes: {SRAM_BYTES} read_energy {{ nominal: 5 }}
}}"""
LINE = re.compile(r"eke\.weight @(\S+) .* place <(\w+), offset = (\d+)>")


def write_profile(folder, name, sram):
    module = run_text([EKE, "compile", EXAMPLE, "--stop-after=memory", "-o", "-"])
    base = re.search(r'#eke\.target<name = "([^"]+)"', module)[1]
    path = folder / f"{name}.textproto"
    path.write_text(PROFILE.format(name=name, base=base, sram=sram))
    return path


def check_sections(program, places):
    binary = Elf(program)
    sizes = {}
    for memory, name in (("dram", ".eke.weights"), ("sram", ".eke.weights.sram")):
        section = binary.section(name)
        if expect(section, f"{name} is there"):
            sizes[memory] = section.size
            expect(section.flags & SHF_ALLOC and not section.flags & SHF_WRITE,
                   f"{name} is loaded, and read only")
    expect(0 < sizes["sram"] <= SRAM_BYTES, f"{sizes['sram']} bytes in sram (at most {SRAM_BYTES})")
    both = {re.sub(r"\d+", "N", name) for name, memory, _ in places if memory == "sram"} & {
        re.sub(r"\d+", "N", name) for name, memory, _ in places if memory == "dram"}
    expect(both, f"{len(both)} kinds of layers have weights in both memories")


def check_same(two, one, text):
    expect_equal(score([two], text), score([one], text), "the same score of a text")
    greedy = ["--ids", "--tokens", "48", "--prompt", "def main("]
    expect_equal(run_text([two, *greedy]), run_text([one, *greedy]), "the same 48 tokens")


def check_library(folder, profile):
    """A library reserves states and arena, each in a section of its memory."""
    forced = folder / "forced.mlir"
    module = run_text([EKE, "compile", EXAMPLE, f"--target={profile}", "--stop-after=format",
                       "-o", "-"])
    forced.write_text(re.sub(r"^(module \S+ attributes \{)", r'\1eke.arena_memory = "sram", ', module))
    library = compile_model(forced, folder / "lib.a", "--emit=lib")
    run(["ar", "x", library], cwd=folder)
    sections = {s.name: s for s in Elf(folder / "model.o").sections}
    expect(sections.get(".bss.eke.arena.sram"), "a library's arena has a section of its memory")
    expect(not any(name.startswith(".bss.eke.state") for name in sections),
           "its states, which lie where all does that is written, have none")
    expect((folder / "weights1.o").exists(), "its weights are an object for each memory")


with temporary_folder() as name:
    folder = Path(name)
    text = beginning(folder, 2000)
    two_profile = write_profile(folder, "two", SRAM)
    two = compile_model(EXAMPLE, folder / "two", f"--target={two_profile}")
    one = compile_model(EXAMPLE, folder / "one", f"--target={write_profile(folder, 'one', '')}")
    module = run_text([EKE, "compile", EXAMPLE, f"--target={two_profile}", "--stop-after=memory",
                       "-o", "-"])
    check_sections(two, LINE.findall(module))
    expect(Elf(one).section(".eke.weights.sram") is None, "one memory has one section")
    check_same(two, one, text)
    check_library(folder, two_profile)
finish()
