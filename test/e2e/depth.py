"""Blocks of one shape are code once: twice the layers add hardly any code, and running
every block twice hardly any bytes."""

from pathlib import Path

import models
from elf import Elf
from harness import compile_model, expect, finish, temporary_folder

MOST_MORE_CODE, MOST_MORE_BYTES = 2048, 4096

with temporary_folder() as name:
    folder = Path(name)
    shallow = models.write(folder / "shallow", models.SMALL._replace(layers=6))
    deep = models.write(folder / "deep", models.SMALL._replace(layers=12))
    shared = models.write(folder / "shared", models.SMALL._replace(layers=6),
                          architectures=["MobileLLMForCausalLM"], layer_sharing=True)
    for target in ("host", "cortex-a53"):
        options = [f"--target={target}", "--emit=obj"]
        six, twelve, twice = (
            Elf(compile_model(model, folder / "model.o", *options)).code_bytes()
            for model in (shallow, deep, shared))
        expect(0 <= twelve - six < MOST_MORE_CODE,
               f"{target}: {six} bytes of code for 6 layers, {twelve - six:+} for 12")
        expect(abs(twice - six) < MOST_MORE_CODE,
               f"{target}: {twice - six:+} for 6 layers that run twice")
    once, twice = (compile_model(model, folder / "model").stat().st_size
                   for model in (shallow, shared))
    expect(abs(twice - once) <= MOST_MORE_BYTES,
           f"file of {once} bytes, {twice - once:+} if its layers run twice")
finish()
