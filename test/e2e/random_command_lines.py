"""Whatever its command line, a program ends by itself with status 0, 1 or 2, and says in one line
what is wrong.

usage: random_command_lines.py PROGRAM [--count=N] [--seed=N] [--sanitized=1]

PROGRAM is a path, or TARGET/WEIGHTS of a shared program. Line i has the seed SEED + i, which is
printed if it is wrong: --count=1 repeats it. A sanitizer's system calls do not fit into a sandbox.
"""

import random
import re
import subprocess
import sys
from pathlib import Path

from harness import emulator, expect, finish, program, temporary_folder

INTEGERS = ["0", "1", "2", "3", "7", "16", "64", "65", "255", "256", "257", "4096", "-1", "+1",
            "9223372036854775807", "9223372036854775808", "1" * 400, "1e3", "0x10", " 1", "1 ", ""]
REALS = ["0", "1", "0.5", "1e-9", "1e-300", "1e300", "1e400", "-0.5", "nan", "inf", "-inf", "0x1p3",
         ".", "1e", "1.2.3", "1" * 400, ""]
TEXTS = [b"", b"a", b"The file", b"\xff\xfe", b"\xc3", b"\x01\x1b[31m\x7f", b"\xe2\x80\xae",
         b"<|endoftext|>", b"the " * 60, b"the " * 3000, b"x" * 100000, "é日本".encode(), b"\n" * 50]
KINDS = {"--prompt": "text", "--prompt-file": "path", "--tokens": "integer",
         "--temperature": "real", "--top-k": "integer", "--top-p": "real", "--seed": "integer",
         "--min-p": "real", "--repetition-penalty": "real", "--frequency-penalty": "real",
         "--presence-penalty": "real", "--stop": "text", "--json": "", "--chat": "",
         "--message": "text", "--prompt-cache": "output", "--embed": "output", "--system": "text", "--ids": "", "--echo": "", "--speculate": "speculate", "--confidence": "real",
         "--score": "path", "--window": "integer", "--threads": "threads", "--stats": "output",
         "--lock": "", "--sandbox": "", "--help": "", "--version": "", "--entry": "entry",
         "--in": "paths", "--out": "outputs", "--repeat": "repeat"}


class Lines:
    """Makes command lines; the files that they name are in a folder."""

    def __init__(self, folder, options):
        self.folder, self.names = folder, options
        for index, text in enumerate(TEXTS):
            (folder / f"text{index}").write_bytes(text)
        for size in (1, 4, 8, 24, 768, 8192):
            (folder / f"zeros{size}").write_bytes(bytes(size))
        (folder / "unreadable").mkdir()
        (folder / "sub").mkdir()
        zeros = {size: str(folder / f"zeros{size}").encode() for size in (4, 8, 24, 768)}
        outputs = [str(folder / "sub" / name).encode() for name in "ab"]
        # What runs: two for each kind of program, and entries of the example and of fake models.
        self.starts = [
            [b"--prompt", b"The file", b"--tokens", b"3"],
            [b"--prompt-file", str(folder / "text2").encode(), b"--tokens=2"],
            [b"--score", str(folder / "text8").encode()],
            [b"--entry", b"head/1", b"--in", zeros[768], b"--out", outputs[0]],
            [b"--entry", b"any/1", b"--in", zeros[4], zeros[8], b"--out", outputs[0]],
            [b"--entry=sum/2", b"--in", zeros[24], zeros[24], b"--out", *outputs],
            [b"--in", zeros[24], zeros[24], b"--out", *outputs]]
        self.files = [str(path).encode() for path in sorted(folder.iterdir())]
        self.files += [b"/dev/null", b"/proc/self/status", b"/none/x", b"/etc/passwd/x",
                       str(folder).encode() + b"/\xff\x01", b"a" * 5000, b"", b"."]

    def make(self, seed):
        chance = random.Random(seed)
        self.few = chance.choice((0.5, 0.95, 1))  # values that are likely to be good
        words = list(chance.choice(self.starts)) if chance.random() < 0.7 else []
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 5, 10))):
            option = chance.choice(self.names)
            if chance.random() > self.few:
                option = chance.choice(("--", "-", "--x", option[1:], option + "x", option[:-1]))
            words += self._option(option, KINDS.get(option, "text"), chance)
        if chance.random() < 0.05 and words:
            words.insert(chance.randrange(len(words)), chance.choice(TEXTS))
        return [word.replace(b"\0", b"") for word in words]

    def _option(self, option, kind, chance):
        values = self._values(kind, chance)
        name = option.encode()
        if chance.random() > self.few:
            values = values[:-1]
        if len(values) == 1 and chance.random() < 0.4:
            return [name + b"=" + values[0]]
        return [name, *values]

    def _values(self, kind, chance):
        def one_of(values):
            return [chance.choice(values)]

        if kind in ("integer", "real", "threads", "speculate"):
            few = {"threads": ["1", "2", "5"], "speculate": ["auto", "off", "3"],
                   "integer": ["1", "2", "8"], "real": ["0.5", "1"]}[kind]
            many = REALS if kind == "real" else INTEGERS
            return [value.encode() for value in one_of(few if chance.random() < self.few else many)]
        if kind == "repeat":  # no number that takes for ever
            return one_of([b"1", b"3", b"0", b"-1", b"x", b""])
        if kind == "text":
            return one_of(TEXTS)
        if kind == "entry":
            return one_of([b"trunk", b"trunk/1", b"head/1", b"head/99", b"/", b"sum", b"sum/2",
                           b"x" * 300, b"any/1"])
        if kind == "path":
            return one_of(self.files)
        if kind == "paths":
            return [chance.choice(self.files) for _ in range(chance.randrange(4))]
        outputs = [str(self.folder / "sub" / "out").encode(), b"/dev/full", b"/none/out", b"-",
                   str(self.folder).encode()]
        return [chance.choice(outputs) for _ in range(1 if kind == "output" else chance.randrange(3))]


def is_fine(done):
    """A run that succeeds says nothing on standard error, one that does not one line."""
    said = done.stderr
    if done.returncode == 0:
        return said == b""
    return (done.returncode in (1, 2) and said.count(b"\n") == 1 and said.endswith(b"\n")
            and re.match(rb"[^\n]{1,100}: error: [^\x00-\x1f\x7f]+\n$", said) is not None
            and len(said) <= 4096 and is_utf8(said))


def is_utf8(text):
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def main(name, count=300, seed=1, sanitized=0):
    path = Path(name)
    command = [name]
    if not path.is_file():
        target, weights = name.split("/")
        command = [*emulator(target), program(target, weights)]
    names = [name for name in KINDS if not sanitized or name != "--sandbox"]
    statuses = {}
    with temporary_folder() as folder:
        lines = Lines(Path(folder), names)
        for number in range(seed, seed + count):
            words = lines.make(number)
            try:
                done = subprocess.run([*command, *words], capture_output=True, timeout=120,
                                      stdin=subprocess.DEVNULL, cwd=folder)
            except subprocess.TimeoutExpired:
                expect(False, f"seed {number} takes too long: {words!r:.2000}")
                continue
            statuses[done.returncode] = statuses.get(done.returncode, 0) + 1
            if not is_fine(done):
                expect(False, f"seed {number}, status {done.returncode}: {words!r:.2000}\n"
                       f"      {done.stderr[:2000]!r}")
    expect(set(statuses) <= {0, 1, 2} and statuses.get(0, 0) > 0 and statuses.get(2, 0) > 0,
           f"{count} command lines: {dict(sorted(statuses.items()))} runs by status")


options = dict(word[2:].split("=") for word in sys.argv[2:])
main(sys.argv[1], **{key: int(value) for key, value in options.items()})
finish()
