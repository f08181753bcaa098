"""What the benchmark builds and installs for itself, all in one folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Missing(Exception):
    """Something cannot be had; the message says what, in one line."""


def reason(text):
    """The line that says why a command failed: its first error, else the last line. npm
    starts with a code, which says less."""
    lines = text.strip().splitlines() or ["no message"]
    errors = [line for line in lines if "error" in line.lower() and "error code" not in line]
    return (errors or lines[-1:])[0]


def run(command, what, **options):
    """Runs a command to its end; raises Missing, which says `what` failed, and why."""
    try:
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, **options)
    except OSError as error:
        raise Missing(f"{what}: {error}") from error
    if done.returncode:
        raise Missing(f"{what}: {reason(done.stderr or done.stdout)}")
    return done.stdout


def compile_c(output, sources, compiler="cc", flags=()):
    """Compiles a C program of this folder, unless it is newer than its sources."""
    paths = [HERE / source for source in sources]
    newest = max(path.stat().st_mtime for path in HERE.glob("*.[ch]"))
    if not output.exists() or output.stat().st_mtime < newest:
        output.parent.mkdir(parents=True, exist_ok=True)
        run([compiler, "-O3", "-std=c11", *flags, "-o", output, *paths, "-lpthread", "-ldl", "-lm"],
            f"cannot compile {paths[0].name}")
    return output


def python_with(folder, modules, requirements):
    """The Python of an environment in `folder` that has these modules, installed as the
    file of requirements says."""
    python = folder / "bin/python3"
    check = [str(python), "-c", f"import {', '.join(modules)}"]
    if python.exists() and subprocess.run(check, capture_output=True).returncode == 0:
        return python
    run([sys.executable, "-m", "venv", "--clear", folder], "cannot make a venv")
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--retries", "1", "-r", requirements],
        f"cannot install the Python packages of {requirements.name}")
    return python


def python_with_gguf(folder):
    return python_with(folder / "venv", ["gguf"], HERE / "requirements.txt")


def npm_package(folder, name, version):
    """The folder of an npm package. Which machine the package is for does not matter, and
    none of its scripts is run."""
    installed = folder / "node_modules" / name
    metadata = installed / "package.json"
    if metadata.exists() and (version == "latest" or
                              f'"version": "{version}"' in metadata.read_text()):
        return installed
    if not shutil.which("npm"):
        raise Missing("npm is not installed (Debian: npm)")
    folder.mkdir(parents=True, exist_ok=True)
    run(["npm", "install", "--force", "--ignore-scripts", "--no-audit", "--no-fund",
         "--omit=optional", "--prefix", folder, f"{name}@{version}"],
        f"cannot install the npm package {name}@{version}",
        env={**os.environ, "npm_config_update_notifier": "false"})
    return installed
