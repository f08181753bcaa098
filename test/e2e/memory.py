"""A program uses little memory besides its weights, caches and scratch.

Counts what the kernel counts as the process's resident set at its peak (VmHWM): the
mapped pages of the file with code and weights, the C library, stacks, the text that
is scored. It is compared with the bytes that --stats names: weights + arena + state.
"""

import fcntl
import os
import re
import subprocess
import time
from pathlib import Path

from harness import (FORMATS, beginning, command, expect, finish, statistics, temporary_folder)

FACTOR, ALLOWANCE = 1.25, 2 << 20


def peak_of(command):
    """The peak of a program that writes once, at its end, to standard output.

    Its output is a full pipe: it waits there, with all its work done, to be looked at.
    """
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, bytes(4096))
    process = subprocess.Popen([*command], stdout=writer, stdin=subprocess.DEVNULL)
    asleep = 0
    while asleep < 5:  # one thread, which waits for nothing else
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
        time.sleep(0.05)
    status = Path(f"/proc/{process.pid}/status").read_text()
    os.read(reader, 4096)
    process.wait()
    for end in (reader, writer):
        os.close(end)
    return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])


with temporary_folder() as folder:
    text = beginning(folder, 3000)
    for weights in FORMATS:
        score = command("host", weights, "--score", text)
        told = statistics(score, folder)
        counted = sum(told[f"{part}_bytes"] for part in ("weight", "arena", "state"))
        allowed = FACTOR * counted + ALLOWANCE
        peak = peak_of(score)
        expect(peak <= allowed, f"{weights}: {peak / 1e6:.2f} MB at the peak for "
               f"{counted / 1e6:.2f} MB of weights, arena and state "
               f"(at most {allowed / 1e6:.2f} MB)")
        expect(abs(told["peak_rss_bytes"] / peak - 1) < 0.1,
               f"{weights}: --stats says {told['peak_rss_bytes'] / 1e6:.2f} MB")
finish()
