"""A program opens the files that its command line names, and allocates before it works.

The emulator lists the system calls of the device's program.
"""

import re
import subprocess
import sys

from harness import beginning, emulator, expect, expect_equal, finish, program, temporary_folder

TARGET, WEIGHTS = "cortex-a76", "i8"
ALLOCATES = {"brk", "mmap", "mmap2", "mremap", "munmap", "madvise"}
OPENS = {"open", "openat", "openat2", "socket", "execve", "clone", "clone3", "fork"}


def calls_of(*args):
    """The calls of a run, each as (name, arguments)."""
    done = subprocess.run([*emulator(TARGET), "-strace", program(TARGET, WEIGHTS), *args],
                          capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(done.stderr.decode(errors="replace"))
    # A line is "PID NAME(ARGUMENTS) = RESULT"; a write is followed by the text itself.
    return re.findall(r"^\d+ (\w+)\((.*)$", done.stderr.decode(errors="replace"), re.M)


def opened(calls):
    """The names of the files that were opened."""
    return [re.search(r'"(.*?)"', args)[1] for name, args in calls if name in OPENS]


with temporary_folder() as folder:
    text = beginning(folder, 60)

    calls = calls_of("--prompt", "The file", "--tokens", "8")
    names = [name for name, _ in calls]
    writes = [i for i, (name, args) in enumerate(calls)
              if name == "write" and args.startswith("1,")]
    expect(len(writes) >= 8, f"{len(writes)} writes for 8 tokens: text comes as it is made")
    between = names[writes[0]:writes[-1]]
    expect_equal([name for name in between if name in ALLOCATES | OPENS], [],
                 f"{len(between)} calls while it generates, none allocates or opens")
    expect(any(name in ALLOCATES for name in names[:writes[0]]),
           "allocations before, so that the list shows them")
    expect_equal(opened(calls), [], "a prompt on the command line opens no file")

    expect_equal(opened(calls_of("--prompt-file", text, "--tokens", "2")), [str(text)],
                 "--prompt-file opens that file only")
    expect_equal(opened(calls_of("--score", text)), [str(text)],
                 "--score opens that file only")
    names = opened(calls_of("--prompt", "a", "--tokens", "2", "--stats", f"{folder}/stats"))
    expect(f"{folder}/stats" in names and {*names} <= {f"{folder}/stats", "/proc/self/status"},
           f"--stats opens {', '.join(names).replace(folder, '…')}")
finish()
