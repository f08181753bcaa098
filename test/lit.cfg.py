"""Settings of the tests that lit runs.

A test is a file with RUN lines. Besides lit's own substitutions there are

    eke, eke-opt, eke-reduce
                     the programs of this build
    %qemu-TARGET     runs a binary compiled for TARGET: an emulator of its CPU or board
    %root            the root of the repository
    %examples        the folder of the example models
    %python          the Python of the tests
    %bin             the folder of the programs of this build
    %meter           the plugin that counts for `eke profile`

and the features `qemu-aarch64`, `qemu-arm`, `qemu-system-arm` and `tokenizers`, for
REQUIRES lines.
"""

import json
import os
import shutil
import subprocess
import sys

import lit.formats
from lit.llvm import llvm_config

sys.path.append(os.path.join(os.path.dirname(__file__), "tools"))
import board  # noqa: E402

config.name = "eke"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "seeds"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.eke_obj_root, "test")


def emulators():
    """Maps each target to the command that runs its binaries; nothing without the compiler.

    Who works on a pass builds eke-opt alone."""
    eke = os.path.join(config.eke_obj_root, "bin/eke")
    if not os.path.exists(eke):
        return {}
    listed = json.loads(subprocess.check_output([eke, "targets", "--json=-"]))["targets"]
    return {"host": "env", **{t["name"]: " ".join(board.prefix(t)) or "env" for t in listed}}


def has_module(name):
    return subprocess.run([config.python, "-c", f"import {name}"],
                          stderr=subprocess.DEVNULL).returncode == 0


llvm_config.use_default_substitutions()
# Longest names first: no name may hide one that it begins.
for target, command in sorted(emulators().items(), key=lambda e: -len(e[0])):
    config.substitutions.append((f"%qemu-{target}", command))
config.substitutions += [
    ("%root", config.eke_root),
    ("%examples", os.path.join(config.eke_root, "examples")),
    ("%python", config.python),
    ("%bin", os.path.join(config.eke_obj_root, "bin")),
    ("%meter", os.path.join(config.eke_obj_root, "lib/eke/libeke-meter.so")),
]
llvm_config.add_tool_substitutions(
    ["eke", "eke-opt", "eke-reduce"], [os.path.join(config.eke_obj_root, "bin")])
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)

for emulator in ("qemu-aarch64", "qemu-arm"):
    if shutil.which(emulator):
        config.available_features.add(emulator)
if shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc"):
    config.available_features.add("qemu-system-arm")
if has_module("tokenizers"):
    config.available_features.add("tokenizers")
