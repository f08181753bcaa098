#!/usr/bin/env python3
"""Runs the attacks on readers, one after the other, and says how many inputs each took.

usage: readers.py --build FOLDER --work FOLDER [--runs N | --seconds S] [--seed S] [--fresh]
                  [READER...]

FOLDER/READER keeps what libFuzzer has found worth keeping, for the next time; with --fresh
it starts from the seeds alone, and the same seed gives the same inputs. An input that is
to blame is kept as FOLDER/READER-crash-…, and printed with what repeats it.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# What an attack may take: seconds for an input, MiB for all.
LIMITS = ["-timeout=10", "-rss_limit_mb=3000"]
# Each reader's dictionary and longest input.
READERS = {
    "chat": ("jinja", 4096),
    "config": ("json", 4096),
    "description": ("textproto", 4096),
    "gguf": (None, 32768),
    "language": ("options", 512),
    "module": ("mlir", 4096),
    "program": (None, 4096),
    "safetensors": ("json", 4096),
    "schedules": ("mlir", 2048),
    "sentencepiece": (None, 4096),
    "shards": ("json", 1024),
    "tables": (None, 16384),
    "target": ("textproto", 2048),
    "tensors": ("options", 1024),
    "text": (None, 4096),
    "tokenizer": ("json", 16384),
}


def split_modules(folder, most):
    """Writes the modules of the other tests, one a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(ROOT.glob("test/**/*.mlir")):
        parts = re.split(r"(?m)^// -----$|^//--- .*$", path.read_text())
        for number, part in enumerate(parts):
            text = "".join(line for line in part.lstrip().splitlines(True)
                           if not line.lstrip().startswith("//"))
            if text and len(text) <= most:
                (folder / f"{path.stem}-{number}.mlir").write_text(text)


def write_seeds(build, folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "seeds", folder)
    subprocess.run([build / "bin" / "fuzz-seeds", folder], check=True)
    split_modules(folder / "module", READERS["module"][1])
    shutil.copytree(ROOT / "test" / "chat" / "templates", folder / "chat", dirs_exist_ok=True)
    shutil.copytree(ROOT / "compiler" / "targets", folder / "target", dirs_exist_ok=True,
                    ignore=lambda _, names: [n for n in names if not n.endswith(".textproto")])


def command_of(reader, options, work, seeds):
    dictionary, longest = READERS[reader]
    corpus = work / reader
    if options.fresh:
        shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True, exist_ok=True)
    command = [options.build / "bin" / f"fuzz-{reader}", *LIMITS, f"-max_len={longest}",
               f"-seed={options.seed}", f"-artifact_prefix={work / reader}-",
               "-print_final_stats=1"]
    if dictionary:
        command.append(f"-dict={HERE / dictionary}.dict")
    command.append(f"-max_total_time={options.seconds:.0f}" if options.seconds else
                   f"-runs={options.runs}")
    return [*command, corpus, seeds / reader]


def last_words(text):
    """What matters of libFuzzer's output: from the error on, without bytes of the input."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines)
              if re.search(r"ERROR: |runtime error: |^required: ", line)]
    return "\n".join(lines[starts[0]:starts[0] + 30] if starts else lines[-30:])


def was_paused(program, artifact):
    """Whether an input took too long only because the machine did something else."""
    if "-timeout-" not in artifact:
        return False
    return subprocess.run([program, *LIMITS, artifact], capture_output=True).returncode == 0


def attack(reader, options, work, seeds):
    """Returns how many inputs the reader took, and whether all was well."""
    # In a folder of its own: nothing that a reader writes is lost among others.
    folder = work / "cwd"
    folder.mkdir(exist_ok=True)
    command = command_of(reader, options, work, seeds)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    found = re.search(r"stat::number_of_executed_units: *(\d+)", done.stderr)
    runs = int(found[1]) if found else 0
    artifact = re.search(r"Test unit written to (\S+)", done.stderr)
    is_fine = done.returncode == 0 or artifact and was_paused(command[0], artifact[1])
    print(f"{reader:<12} {runs:>12} inputs  {'ok' if is_fine else 'FAILED'}", flush=True)
    if is_fine:
        return runs, True
    print(last_words(done.stderr))
    print(f"repeat with: {command[0]} {artifact[1] if artifact else ''}", flush=True)
    return runs, False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--runs", type=int, default=20000)
    parser.add_argument("--seconds", type=float, help="for all readers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("readers", nargs="*", metavar="READER", choices=[[], *READERS],
                        help=", ".join(READERS))
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.seed = options.seed or 1  # 0 is any
    readers = options.readers or list(READERS)
    if options.seconds:
        options.seconds = max(options.seconds / len(readers), 1)
    work = options.work.resolve()
    seeds = work / f"seeds-{'-'.join(readers) if options.readers else 'all'}"
    write_seeds(options.build, seeds)
    results = [attack(reader, options, work, seeds) for reader in readers]
    print(f"{sum(runs for runs, _ in results)} inputs of {len(readers)} readers, "
          f"{sum(not ok for _, ok in results)} failed")
    return not all(ok for _, ok in results)


if __name__ == "__main__":
    sys.exit(main())
