"""What bench.py calls: finds a Python that has the peers, measures with it and writes the
page. Nothing here needs a package."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tools import HERE, Missing, python_with

from .page import page

PAGE = "networks-performance.md"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
MODULES = ["ai_edge_litert", "numpy", "onnx", "onnxruntime"]


def has_numpy(python):
    try:
        return subprocess.run([python, "-c", "import numpy"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def find_python(cache, no_peer):
    """A Python and the options that go with it."""
    if not no_peer:
        try:
            return python_with(cache / "networks-venv", MODULES, REQUIREMENTS), []
        except Missing as missing:
            print(f"bench.py: ONNX Runtime and LiteRT are left out: {missing}", file=sys.stderr)
    for python in (sys.executable, "/usr/bin/python3"):
        if has_numpy(python):
            return python, ["--no-peer"]
    raise Missing("NumPy is not installed (Debian: python3-numpy)")


def measure(options, cache, output):
    python, arguments = find_python(cache, options.no_peer)
    results = output / "networks.json"
    arguments += [f"--eke={options.eke}", f"--output={results}"]
    for name in ("target", "lines", "keep", "rounds"):
        if value := getattr(options, name):
            arguments.append(f"--{name}={value}")
    done = subprocess.run([python, "-B", "-m", "networks", *arguments],
                          env={**os.environ, "PYTHONPATH": str(HERE)})
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(results.read_text())


def write(results, folders):
    for folder in folders:
        (folder / PAGE).write_text(page(results))
        print(f"written: {folder / PAGE}")
