"""The command line of a program: help, version, statistics, and one line for what is
wrong."""

import json
import re
import struct
import subprocess
from pathlib import Path

from harness import (EKE, GOLDEN, command, expect, expect_equal, finish, run_text, statistics,
                     temporary_folder)

PROGRAM = command("host", "i8")
LONG = "the file " * 300


def check_information():
    text = run_text([*PROGRAM, "--help"])
    for option in ("prompt", "prompt-file", "tokens", "temperature", "top-k", "top-p", "seed",
                   "threads", "score", "window", "stats", "help", "version"):
        expect(f"--{option} " in text, f"--help lists --{option}")
    text = run_text([*PROGRAM, "--version"])
    version = run_text([EKE, "version"]).split()[1]
    expect(f"eke {version}\n" in text, f"--version names the compiler's version, {version}")
    expect(re.search(r"^target: +\S+$", text, re.M), "--version names the target")
    expect(re.search(r"^weights: i8$", text, re.M), "--version names the format")
    expect(re.search(r"^model: +[0-9a-f]{32}$", text, re.M), "--version names the model's hash")
    other = run_text(command("host", "i4", "--version"))
    expect(text.splitlines()[-1] != other.splitlines()[-1], "other weights have another hash")


def check_statistics(folder):
    told = statistics([*PROGRAM, "--prompt", "The file", "--tokens", "5", "--threads", "2"],
                      folder)
    for key, kind in {"model": str, "model_hash": str, "target": str, "compiler_version": str,
                      "weights_format": str, "threads": int, "prefill": dict, "decode": dict,
                      "generated_tokens": int, "peak_rss_bytes": int, "weight_bytes": int,
                      "code_bytes": int, "state_bytes": int, "arena_bytes": int}.items():
        expect(isinstance(told.get(key), kind), f"--stats has {key}: {told.get(key)!r:.60}")
    expect_equal((told["threads"], told["generated_tokens"]), (2, 5), "--stats counts")
    for part in ("prefill", "decode"):
        expect(told[part]["tokens"] > 0 and told[part]["seconds"] > 0
               and "instructions" in told[part], f"--stats has tokens and seconds of {part}")
    text = run_text([*PROGRAM, "--prompt", "The file", "--tokens", "5", "--stats", "-"])
    generated, brace, rest = text.partition("\n{")
    expect(generated and json.loads(brace + rest), "--stats - writes behind the text")


def refuse(what, *args):
    done = subprocess.run([*PROGRAM, *map(str, args)], capture_output=True,
                          stdin=subprocess.DEVNULL)
    said = done.stderr.decode()
    shown = " ".join(str(arg) for arg in args)[:60]
    expect(done.returncode == 2 and done.stdout == b"" and said.count("\n") == 1
           and said.endswith("\n") and what in said, f"{shown} -> {said.strip()}")
    if done.returncode != 2 or done.stdout:
        print(f"      status {done.returncode}, output {done.stdout[:200]!r}")


def check_refusals(folder):
    text = folder / "text"
    text.write_text("a text")
    (folder / "empty").write_bytes(b"")
    (folder / "long").write_text(LONG)
    refuse("nothing to do")
    refuse("exclude each other", "--prompt", "a", "--score", text)
    refuse("--window needs --score", "--prompt", "a", "--window", "4")
    refuse("unknown option '--promt'", "--promt", "a")
    refuse("unknown option '-p'", "-p", "a")
    refuse("unknown argument 'text'", "text")
    refuse("--prompt needs a value", "--prompt")
    for wrong in ("x", "-1", "1.5", "", "99999999999999999999", "0x10", "1e3"):
        refuse("--tokens needs", "--prompt", "a", "--tokens", wrong)
    for wrong in ("0", "65", "two"):
        refuse("--threads needs", "--prompt", "a", "--threads", wrong)
    for wrong in ("nan", "-1", "inf", "1e999", "warm"):
        refuse("--temperature needs", "--prompt", "a", "--temperature", wrong)
    for wrong in ("0", "1.01", "x"):
        refuse("--top-p needs", "--prompt", "a", "--top-p", wrong)
    refuse("--top-k needs", "--prompt", "a", "--top-k", "-3")
    refuse("--seed needs", "--prompt", "a", "--seed", "1.0")
    refuse("--window needs", "--score", text, "--window", "0")
    for option in ("--prompt-file", "--score"):
        refuse(f"cannot open '{folder}/none'", option, folder / "none")
        refuse(str(folder), option, folder)
    refuse("no token to score", "--score", folder / "empty")
    refuse("more than the context of 256", "--prompt", LONG)
    refuse("more than the context of 256", "--prompt-file", folder / "long")
    refuse(f"cannot write '{folder}/none/stats'", "--prompt", "a", "--stats",
           folder / "none/stats")
    refuse(f"cannot write '{folder}'", "--prompt", "a", "--stats", folder)
    refuse("no entry 'other'", "--entry", "other", "--in", text, "--out", folder / "out")
    refuse("has 6 bytes, but input 'hidden' has 768", "--entry", "head", "--in", text,
           "--out", folder / "out")
    tokens, position = folder / "tokens", folder / "position"
    for token, place, said in ((2048, 0, "'tokens' has 2048 at element 0; expected 0 to 2047"),
                               (-1, 0, "'tokens' has -1 at element 0; expected 0 to 2047"),
                               (0, 256, "'position' has 256 at element 0; expected 0 to 255"),
                               (0, -1, "'position' has -1 at element 0; expected 0 to 255")):
        tokens.write_bytes(struct.pack("<i", token))
        position.write_bytes(struct.pack("<q", place))
        refuse(said, "--entry", "trunk/1", "--in", tokens, position, "--out", folder / "out")
    expect(not (folder / "out").exists(), "no output of what was refused")


def check_full_disk():
    with open("/dev/full", "w") as full:
        done = subprocess.run([*PROGRAM, "--prompt", "a", "--tokens", "3"], stdout=full,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    said = done.stderr.decode()
    expect(done.returncode == 1 and said.count("\n") == 1 and "cannot write" in said,
           f"a full disk -> {said.strip()}")


def check_context():
    """A prompt that fills the context, and text beyond it."""
    told = run_text([*PROGRAM, "--prompt", "the file " * 60, "--tokens", "5000", "--ids"])
    expect(0 < len(told.split()) < 256, f"{len(told.split())} tokens, then the context is full")
    expect_equal(run_text([*PROGRAM, "--prompt", "a", "--tokens", "0"]), "", "no tokens, no text")
    wanted = GOLDEN["greedy"][0]
    text = run_text([*PROGRAM, "--echo", "--prompt", wanted["prompt"], "--tokens", "3"])
    expect(text.startswith(wanted["prompt"]), "--echo prints the prompt first")


with temporary_folder() as name:
    check_information()
    check_statistics(name)
    check_refusals(Path(name))
    check_full_disk()
    check_context()
finish()
