"""`eke profile` samples the time of programs for this machine, and of no others.

usage: sample.py
"""

import ctypes
import json
import platform
import re
import struct
import subprocess
import sys
from math import isclose, sqrt
from pathlib import Path

from harness import EKE, expect, expect_equal, finish, program, temporary_folder

PHASES = ("prefill", "decode")


def profile(target, *options, **run):
    """What the profile of the example says, as JSON and as text, and on standard error."""
    path = Path(folder, "profile.json")
    done = subprocess.run([EKE, "profile", program(target, "i8", "symbols"), "--json", path, *options],
                          capture_output=True, text=True, **run)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(path.read_text()), done.stdout, done.stderr


def forbid_ptrace():
    """Makes the system call fail in this process and its children, as in some containers."""
    load, equal, end = 0x20, 0x15, 0x06
    ptrace, error, allow, eperm = 101, 0x50000, 0x7fff0000, 1
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in (
        (load, 0, 0, 0), (equal, 0, 1, ptrace), (end, 0, 0, error | eperm), (end, 0, 0, allow))))
    filters = ctypes.create_string_buffer(struct.pack("HP", 4, ctypes.addressof(code)))
    prctl = ctypes.CDLL(None).prctl
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    if prctl(no_new_privileges, 1, 0, 0, 0) or prctl(set_seccomp, by_filter, filters):
        raise OSError("no filter for system calls")


def without_time(result):
    """The exact part of a profile."""
    exact = {key: value for key, value in result.items() if key not in (*PHASES, "sampling")}
    for name in PHASES:
        rows = {(row["pipeline"], row["symbol"]): row["instructions"]
                for row in result[name]["rows"] if row["instructions"]}
        exact[name] = rows
    return exact


def check_sums(result, what):
    for name in PHASES:
        phase = result[name]
        expect(phase["samples"] > 0 and phase["seconds_per_token"] > 0,
               f"{what}, {name}: {phase['samples']} samples, "
               f"{phase['tokens_per_second']:.0f} tokens/s")
        expect_equal(sum(row["samples"] for row in phase["rows"]), phase["samples"],
                     f"{what}, {name}: the rows have all of them")
        expect(isclose(sum(row["sampled_seconds_per_token"] for row in phase["rows"]),
                       phase["seconds_per_token"]), f"{what}, {name}: and all of the time")
        expect(isclose(phase["tokens_per_second"] * phase["seconds_per_token"], 1),
               f"{what}, {name}: tokens/s is the inverse")


def check_rows(result):
    decode = result["decode"]["rows"]
    pipelines = [row for row in decode if row["pipeline"]]
    counted = {row["pipeline"] for row in pipelines if row["calls"]}
    expect_equal({row["pipeline"] for row in pipelines}, counted,
                 "no sample of decoding is in a pipeline that it does not run")
    for name in PHASES:
        rows = result[name]["rows"]
        by_samples = sorted(rows, key=lambda row: -row["samples"])[:6]
        most = sorted(rows, key=lambda row: -row["instructions"])[:3]
        expect(all(row in by_samples for row in most),
               f"{name}: {', '.join(row['pipeline'] for row in most)} have most instructions and "
               f"{sum(row['samples'] for row in most)} of {result[name]['samples']} samples")
        outside = sum(row["samples"] for row in rows if not row["pipeline"])
        expect(outside < result[name]["samples"] / 4, f"{name}: {outside} are outside of kernels")
    # One function runs for both, and does as much: each sample is in either by chance.
    counts = [row["samples"] for row in pipelines
              if re.fullmatch(r"decoder_1\.(query_key_value|gate)\.(quantize|wide)",
                              row["pipeline"])]
    expect(len(counts) == 2 and sum(counts) > 0 and
           abs(counts[0] - counts[1]) < 5 * sqrt(sum(counts)) + sum(counts) / 3,
           f"the two quantisations of a block have {counts} samples")


with temporary_folder() as folder:
    exact, table, _ = profile("host", "--seconds=0")
    expect(exact["sampling"] is None and "µs" not in table and "samples" not in exact["decode"],
           "--seconds=0 counts only")
    device, table, errors = profile("cortex-a76", "--seconds=1")
    expect(device["sampling"] is None and "µs" not in table and "samples" not in device["decode"]
           and not errors, "a program for another machine has no time")

    if platform.machine() == "x86_64":
        one, table, errors = profile("host", "--seconds=4")
        expect("µs%" in table and not errors, "one for this machine has")
        expect_equal(without_time(one), without_time(exact), "and the same counts")
        check_sums(one, "one thread")
        check_rows(one)
        two, _, _ = profile("host", "--seconds=1", "--threads=2")
        expect_equal([one["sampling"]["threads"], two["sampling"]["threads"]], [1, 2],
                     "the profile says on how many threads it ran")
        check_sums(two, "two threads")

        refused, table, errors = profile("host", preexec_fn=forbid_ptrace)
        expect_equal(errors, f"eke: warning: cannot sample {program('host', 'i8', 'symbols')}: ptrace: "
                     "Operation not permitted\n", "where sampling is forbidden, one line says so")
        expect(refused == exact and "µs" not in table, "and the counts are the same")
finish()
