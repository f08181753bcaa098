"""Compiles the example for the other tests.

usage: compile_example.py TARGET WEIGHTS
"""

import sys

from harness import EXAMPLE, WORK, compile_model, expect, finish, program

target, weights = sys.argv[1:]
WORK.mkdir(parents=True, exist_ok=True)
output = program(target, weights)
compile_model(EXAMPLE, output, f"--target={target}", f"--weights={weights}")
expect(output.stat().st_mode & 0o111, f"{output.stat().st_size} bytes, executable")
finish()
