"""Eke's side: compiles a model and runs the program."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import process
from sample import sample_of
from tools import run

NAME = "Eke"
# The formats of llama.cpp that store about as many bits per weight. A model's own is kept.
FORMATS = {"i4": ["Q4_0", "Q4_K_M"], "i8": ["Q8_0"], "keep": ["Q4_1"]}
# What is rounded to those on each side.
REFERENCE = ("f32", "F16")


def compiler_version(eke):
    return subprocess.run([eke, "--version"], capture_output=True, text=True).stdout.strip()


def endless(eke, model, folder):
    """A description of a model, but for its tokens that end a text: a sample is of a given
    number of tokens, whatever they are."""
    description = Path(folder) / f"{model.stem}.textproto"
    run([eke, "import", model, "-o", description], f"cannot read {model.name}")
    text = description.read_text()
    description.write_text(re.sub(r"^  eos: \d+\n", "", text, flags=re.M))
    return description


def input_sizes(told):
    """The bytes of the first input of each entry, by "NAME/ROWS", from a program's --help."""
    return {entry: int(size) for entry, size in re.findall(
        r"^  (\w+/\d+)(?:, .*)?$\n    in .* (\d+) bytes(?:, .*)?$", told, re.M)}


class Program:
    """A model compiled in one format."""

    engine = NAME

    def __init__(self, eke, model, target, weights, folder, context=None):
        self.format = weights
        self.path = Path(folder) / f"eke-{weights}"
        self.stats = Path(folder) / f"eke-{weights}.json"
        self.folder = Path(folder)
        begin = time.perf_counter()
        built = subprocess.Popen([eke, "compile", model, f"--target={target}",
                                  f"--weights={weights}", "-o", self.path,
                                  *([f"--context={context}"] if context else [])],
                                 stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(built.pid, 0)
        built.returncode = os.waitstatus_to_exitcode(status)
        if built.returncode:
            sys.exit(f"bench.py: {eke} failed to compile {model} with --weights={weights}")
        self.facts = {"compile_seconds": time.perf_counter() - begin,
                      "compile_peak_bytes": usage.ru_maxrss * 1024,
                      "file_bytes": self.path.stat().st_size}
        process.install(self.path)
        self.entries = input_sizes(process.timed([self.path, "--entry", "trunk", "--help"]).output)
        if not {"trunk/1", "head/1"} <= self.entries.keys():
            sys.exit(f"bench.py: {self.path} has the entries {', '.join(self.entries) or 'none'}; "
                     "expected trunk/1 and head/1 among them")

    def prompt_ids(self, text):
        """The tokens of a text, with what starts every sequence."""
        return process.timed([self.path, "--prompt", text, "--ids", "--echo",
                              "--tokens", "0"]).output.split()

    def start_ids(self):
        """What starts every sequence."""
        return self.prompt_ids("a")[:-1]

    def run(self, prompt, tokens, threads):
        """One process: a prompt, then so many tokens, the likeliest each time."""
        done = process.timed([self.path, "--prompt", prompt.text, "--ids", "--tokens", tokens,
                             "--threads", threads, "--stats", self.stats])
        return sample_of(done, json.loads(self.stats.read_text()), prompt, tokens, self.path)

    def score(self, text, threads):
        """What the program says about a text."""
        return json.loads(process.timed([self.path, "--score", text.file, "--window", text.window,
                                         "--threads", threads]).output)

    def rows(self, prompt, most, threads, repeat):
        """Seconds of a batch of 1, 2 … `most` tokens after a prompt, logits of every one
        included; None for sizes that the program has no entry for."""
        one_head, result = self._head(1, threads, repeat), []
        for count in range(1, most + 1):
            entry = f"trunk/{count}"
            if entry not in self.entries:
                result.append(None)
                continue
            tokens = b"".join(int(token).to_bytes(4, "little") for token in prompt.ids[:count])
            position = len(prompt.ids).to_bytes(8, "little")
            trunk = self._call(entry, [tokens, position], threads, repeat)
            head = (self._head(count, threads, repeat)
                    if count > 1 and f"head/{count}" in self.entries else count * one_head)
            result.append(trunk + head)
        return result

    def blocks(self, position, threads, repeat):
        """Seconds of all blocks, for one row at a position."""
        return self._call("trunk/1", [bytes(4), position.to_bytes(8, "little")], threads, repeat)

    def _head(self, rows, threads, repeat):
        entry = f"head/{rows}"
        return self._call(entry, [bytes(self.entries[entry])], threads, repeat)

    def _call(self, entry, inputs, threads, repeat):
        """Seconds of one call: what `repeat` calls more take, over their number. What the
        first call takes for touching memory is in both."""
        paths = [self.folder / f"input{index}" for index in range(len(inputs))]
        for path, data in zip(paths, inputs):
            path.write_bytes(data)
        seconds = []
        for count in (1, 1 + repeat):
            process.timed([self.path, "--entry", entry, "--in", *paths,
                           "--out", self.folder / "output", "--repeat", count,
                           "--threads", threads, "--stats", self.stats])
            seconds.append(json.loads(self.stats.read_text())["seconds"])
        return (seconds[1] - seconds[0]) / repeat
