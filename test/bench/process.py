"""Runs a program and notes when it starts to speak."""

import os
import shutil
import sys
import time
from dataclasses import dataclass


CHUNK = 8 << 20


def install(path):
    """Writes a file anew from its beginning to its end, as copying it to a device does. Pages
    that a linker has written in another order lie scattered in memory; then the same program
    is up to a third slower."""
    copy = path.with_name(path.name + ".copy")
    with open(path, "rb") as source, open(copy, "wb") as output:
        shutil.copyfileobj(source, output, CHUNK)
    shutil.copymode(path, copy)
    copy.replace(path)


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
