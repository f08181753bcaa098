"""A program in odd surroundings: closed streams, names that do not print, little memory, another
CPU, a sandbox. It works, or says in one line why not.
"""

import fcntl
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

from elf import PT_LOAD, Elf
from harness import (ROOT, command, emulator, expect, expect_equal, finish, program, run_text,
                     temporary_folder)

PROMPT = ["--prompt", "The file", "--tokens", "8", "--ids"]
PROGRAM = program("host", "i8")
TEXT = run_text([PROGRAM, *PROMPT])


def run(words, **options):
    """A run, with its status and both outputs."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               **options}
    return subprocess.run([str(word) for word in words], **options)


def is_line(done, status, what=b""):
    """Did the run end with this status and one line?"""
    return (done.returncode == status and done.stderr.count(b"\n") == 1 and what in done.stderr
            and b": error: " in done.stderr)


def check_closed_streams(folder):
    """Nothing that belongs to a stream lands in a file that the program opens."""
    for closed in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
        stats = folder / "stats"
        shell = (f"exec {PROGRAM} --prompt a --tokens 4 --stats {stats} "
                 + " ".join(f"{fd}>&-" for fd in closed))
        done = run(["sh", "-c", shell])
        told = stats.read_text()
        is_missed = 1 in closed
        expect(done.returncode == is_missed and (told == "" or told.startswith("{")),
               f"streams {closed} closed: status {done.returncode}, no text in the statistics")
        if is_missed and 2 not in closed:
            expect(is_line(done, 1, b"cannot write 'standard output': Bad file descriptor"),
                   f"and a line: {done.stderr.decode().strip()}")


def check_failing_writes():
    reader, writer = os.pipe()
    os.close(reader)
    done = run([PROGRAM, *PROMPT], stdout=writer)
    os.close(writer)
    expect(is_line(done, 1, b"Broken pipe"), f"a closed pipe: {done.stderr.decode().strip()}")
    with open("/dev/full", "w") as full:
        for words in ([*PROMPT], ["--help"], ["--version"], ["--prompt", "a", "--stats", "-"],
                      ["--score", ROOT / "LICENSE"]):
            done = run([PROGRAM, *words], stdout=full)
            expect(is_line(done, 1, b"No space left"), f"a full disk, {words[0]}")


def check_file_limit(folder):
    done = run([PROGRAM, "--prompt", "a", "--tokens", "2", "--stats", folder / "big"],
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)))
    expect(is_line(done, 1, b"File too large"), f"a limit of files: {done.stderr.decode().strip()}")


def check_names(folder):
    """Of any length, and of any bytes."""
    for name in (b"x" * 255, b"\xff\xfe", b"\x1b[31m\n", b"\xe2\x80\xaeab", "é".encode()):
        path = os.fsencode(folder) + b"/" + name
        shutil.copy(PROGRAM, path)
        for words in (["--no"], ["--help"], ["--version"]):
            done = subprocess.run([path, *words], capture_output=True, stdin=subprocess.DEVNULL)
            said = (done.stdout + done.stderr).decode()
            expect(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", said)
                   and done.returncode == (2 if words == ["--no"] else 0),
                   f"a program called {name!r:.20}, {words[0]}: what it says prints")
    for size in (1000, 1023, 1024, 1025, 5000, 120000):
        done = subprocess.run(["x" * size, "--no"], executable=PROGRAM, capture_output=True)
        expect(is_line(done, 2, b"unknown option '--no'"), f"argv[0] of {size} bytes")
        done = run([PROGRAM, "--prompt-file", "/" * size])
        expect(is_line(done, 2, b"error: cannot "), f"a path of {size} bytes")
        expect(b"': " in done.stderr, f"and why: {done.stderr[-40:]!r}")
    done = subprocess.run([], executable=PROGRAM, capture_output=True)
    expect(is_line(done, 2, b"nothing to do"), f"no argv[0]: {done.stderr.decode().strip()}")


def check_memory():
    """Under every limit of the address space that the kernel starts the program with."""
    loaded = sum(s.memory_size for s in Elf(PROGRAM).segments if s.type == PT_LOAD)
    outcomes = []
    for kilobytes in range(loaded // 1024 // 64 * 64, loaded // 1024 + 4000, 64):
        done = run([PROGRAM, *PROMPT, "--threads", "2"], preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (kilobytes * 1024, kilobytes * 1024)))
        outcomes.append("works" if done.stdout.decode() == TEXT and done.returncode == 0
                        else "says" if is_line(done, 1, b"cannot ") and not done.stdout
                        else "not started" if done.returncode < 0 and not done.stderr
                        # The C library says so itself, before anything of the program runs.
                        or done.returncode == 127 and done.stderr.startswith(b"Fatal glibc error")
                        else f"{done.returncode} {done.stderr!r}")
    order = [outcome for index, outcome in enumerate(outcomes)
             if index == 0 or outcome != outcomes[index - 1]]
    counts = {outcome: outcomes.count(outcome) for outcome in order}
    expect_equal(order, ["not started", "says", "works"], f"limits of 'ulimit -v': {counts}")
    # What the kernel needs to load a file and set up a stack is not the program's to check.
    expect(counts.get("not started", 0) * 64 < 512,
           f"the kernel does not start it up to {counts.get('not started', 0) * 64} KB above "
           "what is loaded")


def blocked(words):
    """A program that has begun to write, and waits for a reader."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, bytes(4096))
    process = subprocess.Popen([str(word) for word in words], stdout=writer,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    os.close(writer)
    asleep = 0
    while asleep < 5 and process.poll() is None:
        states = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if states == "S" else 0
        time.sleep(0.02)
    return process, reader


def check_sandbox():
    """All threads are in it when the first token is there, and the text is the same."""
    threads = 3
    words = [PROGRAM, *PROMPT, "--threads", threads]
    for inside in (False, True):
        process, reader = blocked([*words, *["--sandbox"] * inside])
        states = set()
        tasks = list(Path(f"/proc/{process.pid}/task").iterdir())
        for task in tasks:
            status = (task / "status").read_text()
            states.add(tuple(re.search(rf"^{key}:\t(\d)", status, re.M)[1]
                             for key in ("Seccomp", "NoNewPrivs")))
        with os.fdopen(reader, "rb") as pipe:
            text = pipe.read()[4096:]
        errors = process.stderr.read()
        expect_equal((process.wait(), text.decode(), errors), (0, TEXT, b""),
                     f"{threads} threads, {'' if inside else 'not '}in a sandbox: the same text")
        if inside:
            expect_equal((len(tasks), states), (threads, {("2", "1")}),
                         "all of them have a filter and no privileges to gain")
    hidden = ["--score", ROOT / "LICENSE"]
    expect_equal(run([PROGRAM, *hidden, "--sandbox"]).stdout, run([PROGRAM, *hidden]).stdout,
                 "scoring in a sandbox")
    told = run([PROGRAM, *PROMPT, "--sandbox", "--lock", "--stats", "-"])
    expect(told.returncode == 0 and b'"peak_rss_bytes": null' not in told.stdout,
           "statistics in a sandbox, memory included")
    with open("/dev/full", "w") as full:
        done = run([PROGRAM, *PROMPT, "--sandbox"], stdout=full)
        expect(is_line(done, 1, b"No space left"), "errors come out of a sandbox")


def check_tensor_sandbox(folder):
    (folder / "hidden").write_bytes(bytes(768))
    outputs = []
    for name, extra in (("plain", []), ("inside", ["--sandbox", "--lock", "--threads", "2"])):
        done = run([PROGRAM, "--entry", "head/1", "--in", folder / "hidden", "--out",
                    folder / name, "--repeat", "3", *extra])
        expect(done.returncode == 0, f"an entry, {name}: {done.stderr.decode()}")
        outputs.append((folder / name).read_bytes())
    expect(outputs[0] == outputs[1], "an entry in a sandbox, with locked memory")


def check_lock():
    done = run([PROGRAM, *PROMPT, "--lock"])
    expect(done.stdout.decode() == TEXT or is_line(done, 1, b"--lock"), "--lock works or says why")
    if os.geteuid() == 0:
        def limit():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
            os.setuid(65534)
        # Whose folders that user may not be allowed to pass.
        opened = os.open(PROGRAM, os.O_RDONLY)
        done = run([f"/proc/self/fd/{opened}", *PROMPT, "--lock"], preexec_fn=limit,
                   pass_fds=[opened], cwd="/")
        os.close(opened)
        expect(is_line(done, 1, b"--lock: cannot lock the memory"),
               f"a limit of locked memory: {done.stderr.decode().strip()}")


def check_emulated():
    """The emulator has no filters, and CPUs that lack what a program needs."""
    done = run(command("cortex-a76", "i8", *PROMPT, "--sandbox"))
    expect(is_line(done, 1, b"--sandbox: cannot filter system calls"), "no filter, one line")
    for cpu, lacking in (("cortex-a53", b"'lse'"), ("cortex-a72", b"'lse'"),
                         ("cortex-a76", None), ("max", None)):
        qemu = [*emulator("cortex-a76")[:2], cpu]
        done = run([*qemu, program("cortex-a76", "i8"), *PROMPT])
        if lacking:
            expect(is_line(done, 1, lacking + b": the program was compiled for 'cortex-a76'"),
                   f"a program for a cortex-a76 on a {cpu}: {done.stderr.decode().strip()}")
        else:
            expect(done.returncode == 0 and done.stdout, f"and on a {cpu} it runs")
    for cpu, lacking in (("cortex-a9", b"'vfp4'"), ("cortex-a15", None)):
        done = run([emulator("cortex-a7")[0], "-cpu", cpu, program("cortex-a7", "i8"), *PROMPT])
        if lacking:
            expect(is_line(done, 1, lacking + b": the program was compiled for 'cortex-a7'"),
                   f"a program for a cortex-a7 on a {cpu}: {done.stderr.decode().strip()}")
        else:
            expect(done.returncode == 0 and done.stdout, f"and on a {cpu} it runs")
    done = run(command("cortex-a7", "i8", *PROMPT, "--sandbox"))
    expect(is_line(done, 1, b"--sandbox: cannot filter system calls"), "no filter on 32 bits")
    if not shutil.which("qemu-x86_64") or "x86-64-v3" not in run_text([PROGRAM, "--version"]):
        return
    for cpu, lacking in (("qemu64", b"'ssse3'"), ("Nehalem", b"'movbe'"), ("max,-avx2", b"'avx2'"),
                         ("max,-fma", b"'fma'"), ("max,-xsave", b"'avx'"), ("max", None)):
        done = run(["qemu-x86_64", "-cpu", cpu, PROGRAM, *PROMPT])
        said = [line for line in done.stderr.splitlines(True) if b"warning" not in line]
        if lacking:
            expect(done.returncode == 1 and len(said) == 1 and lacking in said[0],
                   f"a program for x86-64-v3 on {cpu}: {b''.join(said).decode().strip()}")
        else:
            expect(done.returncode == 0 and done.stdout, f"and on {cpu} it runs")


signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as a shell starts programs
with temporary_folder() as name:
    check_closed_streams(Path(name))
    check_failing_writes()
    check_file_limit(Path(name))
    check_names(Path(name))
    check_memory()
    check_sandbox()
    check_tensor_sandbox(Path(name))
    check_lock()
    check_emulated()
finish()
