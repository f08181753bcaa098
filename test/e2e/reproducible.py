"""The same model gives the same bytes: twice, from another folder, by its description."""

import shutil
from pathlib import Path

from harness import (EKE, EXAMPLE, compile_model, expect, finish, program, run, temporary_folder)

OPTIONS = ["--target=cortex-a76", "--weights=i8"]

wanted = program("cortex-a76", "i8").read_bytes()
with temporary_folder() as name:
    folder = Path(name)

    def check(what, model):
        output = compile_model(model, folder / "program", *OPTIONS)
        expect(output.read_bytes() == wanted, f"{what}: the same {len(wanted)} bytes")

    check("again", EXAMPLE)
    copy = shutil.copytree(EXAMPLE, folder / "elsewhere/pydoc-lm")
    check("from a copy in another folder", copy)
    description = folder / "model.textproto"
    run([EKE, "import", EXAMPLE, "-o", description])
    check("from its description", description)
    run([EKE, "import", copy, "-o", copy / "model.textproto"])
    (copy / "config.json").unlink()
    check("from a folder with a description", copy)
    for options in (["--weights=f32"], ["--emit=lib"], ["--emit=obj"]):
        twice = [compile_model(EXAMPLE, folder / "output", *OPTIONS, *options).read_bytes()
                 for _ in range(2)]
        expect(twice[0] == twice[1], f"{options[0]}: the same {len(twice[0])} bytes")
finish()
