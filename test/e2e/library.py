"""A C application links the model as a library, and continues a text as the program does.

usage: library.py TARGET CC
"""

import subprocess
import sys
from pathlib import Path

from harness import (EXAMPLE, ROOT, command, compile_model, emulator, expect, expect_equal,
                     finish, run_text, temporary_folder)

PROMPT, TOKENS = "This module provides", "24"

target, compiler = sys.argv[1:]
with temporary_folder() as name:
    folder = Path(name)
    library = compile_model(EXAMPLE, folder / "libmodel.a", "--emit=lib",
                            f"--target={target}", "--weights=i8")
    header = folder / "model.h"
    expect(header.exists(), f"a library of {library.stat().st_size} bytes and its header")
    files = sorted(path.name for path in folder.iterdir())
    expect_equal(files, ["libmodel.a", "model.h"], "nothing else")

    application = folder / "continue"
    subprocess.run([compiler, "-std=c99", "-Wall", "-Werror", "-include", header,
                    ROOT / "examples/embed/continue.c", library, "-static", "-lm", "-lpthread",
                    "-o", application], check=True)
    expect(True, "compiles without a warning, and links")
    text = run_text([*emulator(target), application, PROMPT, TOKENS])
    wanted = run_text(command(target, "i8", "--echo", "--prompt", PROMPT, "--tokens", TOKENS))
    expect_equal(text.strip(), wanted.strip(), f"it says what the program says: {text[:60]!r} …")

    subprocess.run([compiler, "-std=c++17", "-Wall", "-Werror",
                    "-fsyntax-only", "-x", "c++", header], check=True)
    expect(True, "the header is C++, too")
finish()
