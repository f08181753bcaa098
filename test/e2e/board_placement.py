"""Weights, states and arena in the memories of a board that placement chose for them.

The board has a small memory beside the core, a larger one, and flash, which hold a part of
the model each. What the program computes is compared with that of this machine; where
everything lies, with the report; and what each memory serves, byte for byte, with the
plan, counted by the emulator.

usage: board_placement.py BASE TCM SRAM FLASH
"""

import json
import re
import sys
from pathlib import Path

from elf import Elf, PT_LOAD
from harness import (EKE, board, compile_model, expect, expect_equal, finish, run, run_text,
                     temporary_folder)

PROFILE = """name: "two-rams"
base: "{base}"
stack_bytes: 8192
memories {{ name: "tcm" kind: RAM capacity_bytes: {tcm_bytes} address: {tcm} }}
memories {{ name: "sram" kind: RAM capacity_bytes: {sram_bytes} address: {sram}
  bandwidth {{ nominal: 2e8 source: "an example" }} }}
memories {{ name: "flash" kind: ROM capacity_bytes: 262144 address: {flash}
  bandwidth {{ nominal: 5e7 source: "an example" }} }}
"""
# Of the three products' weights, 16, 24 and 38 KB, one fits beside what else there is.
TCM_BYTES, SRAM_BYTES = 30000, 40000
# (columns of the input, columns of the output) of each product.
SHAPES = [(64, 256), (256, 96), (96, 400)]
CALLS = 3


def write_model(path):
    """Three products of bytes, with a state that adds up what the second one gives."""
    lines = []
    x = "%x"
    for number, (rows, columns) in enumerate(SHAPES):
        weights = bytes((i * i * 7 + i * number) % 251 for i in range(rows * columns))
        acc = f"tensor<1x{columns}xi32>"
        lines += [
            f'%w{number} = arith.constant dense<"0x{weights.hex().upper()}"> '
            f": tensor<{rows}x{columns}xi8>",
            f"%zero{number} = arith.constant dense<0> : {acc}",
            f"%p{number} = linalg.matmul ins({x}, %w{number} : tensor<1x{rows}xi8>, "
            f"tensor<{rows}x{columns}xi8>) outs(%zero{number} : {acc}) -> {acc}"]
        result = f"%p{number}"
        if number == 1:
            lines += [f"%old = eke.read @sum : {acc}", f"%new = arith.addi %old, {result} : {acc}",
                      f"eke.write %new, @sum : {acc}"]
            result = "%new"
        if number + 1 < len(SHAPES):
            lines += [f"%c{number} = arith.constant dense<9> : {acc}",
                      f"%s{number} = arith.shrsi {result}, %c{number} : {acc}",
                      f"%b{number} = arith.trunci %s{number} : {acc} to tensor<1x{columns}xi8>"]
        x = f"%b{number}"
    body = "\n    ".join(lines)
    path.write_text(f"""module @net {{
  eke.state @sum : tensor<1x96xi32> = dense<-1000>
  eke.model @main(%x: tensor<1x64xi8> {{eke.name = "x"}})
      -> (tensor<1x400xi32> {{eke.name = "y"}}) {{
    {body}
    eke.yield %p2 : tensor<1x400xi32>
  }}
}}
""")


def find_symbols(program):
    """Address and size of each symbol."""
    lines = run_text(["readelf", "-sW", program]).splitlines()
    words = (line.split() for line in lines)
    return {w[7]: (int(w[1], 16), int(w[2], 0)) for w in words if len(w) == 8 and w[0] != "Num:"}


def check_map(program, report, memories):
    """Everything lies in the memory that the report names, and is loaded into flash."""
    symbols = find_symbols(program)
    binary = Elf(program)
    used = set()
    for tensor in report["memory_map"]:
        memory = tensor["memory"]
        used.add((tensor["kind"], memory))
        symbol = "eke_state_net" if tensor["kind"] == "state" else (
            "eke_weights_net" + ("" if memory == "flash" else "." + memory))
        start, size = symbols[symbol]
        begin, end = memories[memory]
        expect(begin <= start + tensor["offset"] and tensor["offset"] + tensor["bytes"] <= size
               and start + size <= end, f"{tensor['name']} lies in {memory}")
    kinds = {memory for kind, memory in used if kind == "weight"}
    expect_equal(sorted(kinds), sorted(memories), "each memory has weights")
    begin, end = memories["flash"]
    expect(all(begin <= segment.physical and segment.physical + segment.file_size <= end
               for segment in binary.segments if segment.type == PT_LOAD and segment.file_size),
           "all that is loaded is loaded into flash")


def check_bytes(counted, report):
    """Each memory serves the bytes of weights and states that the plan says."""
    for memory, served in counted["call"]["memories"].items():
        for kind, region in (("weight", "weights"), ("state", "state")):
            planned = sum(tensor["read"] for tensor in report["tensors"]
                          if tensor["kind"] == kind and tensor["memory"] == memory)
            expect_equal(served[region]["read"], CALLS * planned,
                         f"{memory}: {planned} bytes read of {region} per call")
        expect_equal(served["weights"]["written"], 0, f"{memory}: no weight is written")


base, *addresses = sys.argv[1:]
starts = dict(zip(("tcm", "sram", "flash"), (int(a, 16) for a in addresses)))
sizes = {"tcm": TCM_BYTES, "sram": SRAM_BYTES, "flash": 262144}
with temporary_folder() as name:
    folder = Path(name)
    model = folder / "net.mlir"
    write_model(model)
    profile = folder / "two.textproto"
    profile.write_text(PROFILE.format(base=base, tcm_bytes=TCM_BYTES, sram_bytes=SRAM_BYTES,
                                      **starts))
    (folder / "x").write_bytes(bytes(i * 37 % 256 for i in range(64)))
    outputs = {}
    for target in ("host", profile):
        program = compile_model(model, folder / Path(target).stem, f"--target={target}",
                                "--keep-symbols")
        outputs[target] = folder / f"{program.name}.y"
        words = ["--in", folder / "x", "--out", outputs[target], "--repeat", CALLS]
        words = [str(word) for word in words]
        run([program, *words] if target == "host" else board.command(base, str(program), words))
    expect_equal(outputs[profile].read_bytes(), outputs["host"].read_bytes(),
                 "it computes what it does here")
    foretold = run_text([EKE, "report", model, f"--target={profile}", "--json=-"])
    report, = json.loads(foretold)["reports"]
    check_map(program, report, {m: (a, a + sizes[m]) for m, a in starts.items()})
    counted = json.loads(run_text([EKE, "profile", program, f"--target={profile}", "--json=-",
                                   f"--calls={CALLS}", "--seconds=0"]))
    check_bytes(counted, report)
finish()
