"""Runs a script with a Python that has PyTorch, or says that there is none.

usage: with_torch.py PYTHON SCRIPT [ARGUMENT...]

PYTHON is where `./dev setup --train` puts one; else this Python is tried. The exit
status 77 says that the script was not run.
"""

import subprocess
import sys

SKIPPED = 77


def has_torch(python):
    try:
        return subprocess.run([python, "-c", "import torch, tokenizers, safetensors"],
                              stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


python = next(filter(has_torch, (sys.argv[1], sys.executable)), None)
if python is None:
    print("skipped: there is no PyTorch; ./dev setup --train installs it")
    sys.exit(SKIPPED)
sys.exit(subprocess.run([python, "-B", *sys.argv[2:]]).returncode)
