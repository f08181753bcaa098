"""The same model gives the same bytes, twice and from another folder, and the same code by its
description."""

import shutil
from pathlib import Path

from harness import (EKE, EXAMPLE, assembly, compile_model, expect, finish, program, run,
                     temporary_folder)

OPTIONS = ["--target=cortex-a76", "--weights=i8"]
FEW = [*OPTIONS, "--rows=1"]  # fewer kernels, which takes less time


def check_places(folder, wanted):
    code = assembly(EXAMPLE, folder / "code", *FEW)

    def check(what, model):
        expect(assembly(model, folder / "code", *FEW) == code,
               f"{what}: the same {len(code)} characters of assembly")

    copy = shutil.copytree(EXAMPLE, folder / "elsewhere/pydoc-lm")
    output = compile_model(copy, folder / "program", *FEW)
    expect(output.read_bytes() == wanted,
           f"from a copy in another folder: the same {len(wanted)} bytes")
    description = folder / "model.textproto"
    run([EKE, "import", EXAMPLE, "-o", description])
    check("from its description", description)
    run([EKE, "import", copy, "-o", copy / "model.textproto"])
    (copy / "config.json").unlink()
    check("from a folder with a description", copy)


with temporary_folder() as name:
    folder = Path(name)
    again = compile_model(EXAMPLE, folder / "again", *OPTIONS).read_bytes()
    expect(again == program("cortex-a76", "i8").read_bytes(), f"again: the same {len(again)} bytes")
    check_places(folder, compile_model(EXAMPLE, folder / "program", *FEW).read_bytes())
    for options in (["--weights=f32"], ["--emit=lib"]):
        twice = [compile_model(EXAMPLE, folder / "output", *FEW, *options).read_bytes()
                 for _ in range(2)]
        expect(twice[0] == twice[1], f"{options[0]}: the same {len(twice[0])} bytes")
finish()
