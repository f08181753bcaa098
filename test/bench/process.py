"""Runs a program and notes when it starts to speak."""

import os
import sys
import time
from dataclasses import dataclass


@dataclass
class Run:
    first: float  # seconds from the start of the process to its first output
    output: str


def timed(command):
    """Runs a command that has to succeed; what it says on standard error is shown."""
    command = [str(part) for part in command]
    reading, writing = os.pipe()
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writing, 1),
        (os.POSIX_SPAWN_CLOSE, reading),
        (os.POSIX_SPAWN_CLOSE, writing),
    ])
    os.close(writing)
    parts = [os.read(reading, 1)]
    first = time.perf_counter() - begin
    while parts[-1]:
        parts.append(os.read(reading, 1 << 16))
    os.close(reading)
    _, status = os.waitpid(process, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"bench.py: {' '.join(command[:3])} … failed with status {code}")
    return Run(first, b"".join(parts).decode())
