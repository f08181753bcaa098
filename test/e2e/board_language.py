"""A language model on a board without an operating system generates what it does here.

usage: board_language.py TARGET
"""

import subprocess
import sys
from pathlib import Path

from harness import (EXAMPLE, board, command, compile_model, expect_equal, finish, run_text,
                     temporary_folder)

ARGUMENTS = ["--prompt", "This module provides", "--tokens", "12"]

target, = sys.argv[1:]
with temporary_folder() as name:
    program = compile_model(EXAMPLE, Path(name) / "model", f"--target={target}", "--weights=i8")
    # The console of a board is QEMU's standard error.
    said = subprocess.run(board.command(target, str(program), ARGUMENTS), check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    wanted = run_text(command("host", "i8", *ARGUMENTS))
    expect_equal(said.strip(), wanted.strip(), f"it says {said[:50]!r}")
finish()
