"""What the end-to-end tests share: the compiler, the emulators, the example.

A test is a script for one claim. It prints one line per check, with the figure it
measured, and fails if a check fails or none was made. CMake gives it its
surroundings:

    EKE            the compiler
    EKE_ROOT       the root of the repository
    EKE_WORK       a folder for compiled programs
    EKE_LLVM_TOOLS the folder of LLVM's programs
"""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from array import array
from collections import namedtuple
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tools"))
import board  # noqa: E402

EKE = os.environ["EKE"]
ROOT = Path(os.environ["EKE_ROOT"])
WORK = Path(os.environ["EKE_WORK"])
LLVM_TOOLS = Path(os.environ["EKE_LLVM_TOOLS"])
EXAMPLE = ROOT / "examples/pydoc-lm"
GOLDEN = json.loads((EXAMPLE / "golden.json").read_text())
FORMATS = ["f32", "f16", "i8", "i4"]
# The programs that the tests share, by kind: of which model, with which options. The exit in the
# middle has the model's head, the other one a head of its own, which its description names; one
# with symbols can be profiled.
OWN_EXIT = ROOT / "examples/pydoc-lm-exit/model.textproto"
PROGRAMS = {"plain": (EXAMPLE, []), "exit": (EXAMPLE, ["--exit=6", "--drafts=7"]),
            "own-exit": (OWN_EXIT, ["--exit=3", "--drafts=7"]),
            "symbols": (EXAMPLE, ["--keep-symbols"])}

_checks = {True: 0, False: 0}


def expect(ok, what):
    """Makes a check, which `what` describes together with the measured figure."""
    print("ok   " if ok else "WRONG", what, flush=True)
    _checks[bool(ok)] += 1
    return ok


def expect_equal(got, wanted, what):
    if not expect(got == wanted, what):
        print(f"      got      {str(got)[:2000]!r}\n      expected {str(wanted)[:2000]!r}")


def finish():
    """Ends the script with the verdict."""
    sys.exit("some checks failed" if _checks[False] else
             0 if _checks[True] else "no check was made")


@functools.cache
def targets():
    """What `eke targets` says of each target, by name."""
    listed = json.loads(run([EKE, "targets", "--json=-"]))["targets"]
    return {target["name"]: target for target in listed}


def emulator(target):
    """The command that runs the programs of a target, as a list."""
    return [] if target == "host" else board.prefix(targets()[target])


def program(target, weights, kind="plain"):
    """The path of a shared program, which a test e2e-compile-… makes."""
    return WORK / "-".join([target, weights, *([kind] if kind != "plain" else [])])


def phases_folder(target):
    """Where the program in i8 that drafts left the modules of its phases and its kernels."""
    return WORK / f"{target}-i8-exit-phases"


def command(target, weights, *args, kind="plain"):
    """The command that runs a shared program."""
    return [*emulator(target), str(program(target, weights, kind)), *map(str, args)]


def run(command, **options):
    """Runs a command that has to succeed; returns what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True,
                          stdin=subprocess.DEVNULL, **options)
    if done.returncode or done.stderr:
        sys.exit(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n"
                 + done.stderr.decode(errors="replace"))
    return done.stdout


def run_text(command, **options):
    return run(command, **options).decode()


Usage = namedtuple("Usage", "cpu_seconds peak_bytes")


def run_measured(command):
    """Runs a command that has to succeed without a word; returns the Usage of its processes."""
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    said = process.stderr.read().decode(errors="replace")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or said:
        sys.exit(f"{' '.join(map(str, command))}\nexit status {process.returncode}\n{said}")
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def compile_model(model, output, *options):
    """Compiles, which has to succeed without a word; returns the output's path."""
    run([EKE, "compile", model, "-o", output, *options])
    return Path(output)


def assembly(model, output, *options):
    """What a model is compiled to, apart from what names its files and layers: the notes, and the
    layers, which are locations in the model's source, with the functions that are called after
    them. The hash in it stands for the weights."""
    text = compile_model(model, output, "--emit=asm", *options).read_text()
    note = r"\t\.type\t(\.Leke\.{}\b).*?\n\t\.size\t\1.*?\n\n?"
    # What was lowered beyond its models has no note of them.
    for name, fewest in (("manifest", 1), ("model_note", 0)):
        text, count = re.subn(note.format(name), "", text, flags=re.S)
        if not fewest <= count <= 1:
            sys.exit(f"{model} has {count} notes called {name}")
    text = re.sub(r"^eke\.call\..*\n", "", text, flags=re.M)
    numbers = {}
    for name in re.findall(r"^\t\.type\t(\S+),@function$", text, re.M):
        numbers[name] = f"function{len(numbers)}"
    return re.sub(r"(?:\.text\.)?([\w.$]+)", lambda word: numbers.get(word[1], word[0]), text)


def tune_model(model, output, *options):
    """Searches schedules, which has to succeed; returns what was printed on standard output
    and on standard error."""
    done = subprocess.run([EKE, "tune", model, "-o", output, *options],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout, done.stderr


def score(command, text):
    """What `--score` says about a file."""
    return json.loads(run([*command, "--score", text]))


def beginning(folder, size):
    """A file with the first bytes of the evaluation text."""
    path = Path(folder) / f"first-{size}.txt"
    path.write_bytes((EXAMPLE / "eval.txt").read_bytes()[:size])
    return path


def statistics(command, folder):
    """What `--stats` says about a run."""
    path = Path(folder) / "statistics.json"
    run([*command, "--stats", path])
    return json.loads(path.read_text())


def call(command, entry, inputs):
    """Calls an entry of a program with the bytes of its inputs; returns its output, which
    has to be one tensor of f32."""
    with temporary_folder() as folder:
        paths = [f"{folder}/in{index}" for index in range(len(inputs))]
        for path, data in zip(paths, inputs):
            Path(path).write_bytes(data)
        run([*command, "--entry", entry, "--in", *paths, "--out", f"{folder}/out"])
        result = array("f")
        result.frombytes(Path(f"{folder}/out").read_bytes())
    return result


def temporary_folder():
    """A folder that is removed at the end, with everything in it."""
    WORK.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=WORK)


def percent(value, reference):
    return 100 * (value / reference - 1)
