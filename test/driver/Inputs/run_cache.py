"""Fills the cache of `eke run`, and shows which programs stay.

usage: run_cache.py EKE FOLDER

The programs are of a small model, which is compiled in seconds, and files that are sparse. Those
of which the time is older go first; none that is in use goes, and nothing that is no program's.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))
import models  # noqa: E402

EKE, FOLDER = sys.argv[1], Path(sys.argv[2])
PROGRAMS = FOLDER / "cache" / "eke" / "programs"
MODEL = FOLDER / "model"
ENVIRONMENT = {**os.environ, "XDG_CACHE_HOME": str(FOLDER / "cache")}
MEGABYTE = 1_000_000


def command(*words):
    return [EKE, "run", *words[:-1], MODEL, *words[-1]]


def run(*words):
    done = subprocess.run(command(*words), env=ENVIRONMENT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"status {done.returncode}: {done.stderr}")
    return done.stdout


def keep(name, megabytes, age, folder=PROGRAMS):
    """Another program of that size, that nobody has run for so many seconds."""
    entry = folder / name
    entry.mkdir(parents=True)
    with open(entry / "other", "wb") as file:
        file.truncate(megabytes * MEGABYTE)
    now = entry.stat().st_mtime
    os.utime(entry, (now - age, now - age))
    return entry


def digest(letter):
    return letter * 32


def show(what, entries):
    print(what, *(name for name, entry in entries.items() if entry.exists()), flush=True)


def own():
    """The folders of programs that were compiled here."""
    return sorted(path.parent for path in PROGRAMS.glob("*/model"))


shutil.rmtree(FOLDER, ignore_errors=True)
models.write(MODEL, models.SMALL)
entries = {"oldest": keep(digest("a"), 40, 4000), "older": keep(digest("b"), 30, 3000),
           "used": keep(digest("c"), 20, 2000), "young": keep(digest("d"), 10, 1000),
           "foreign": keep("notes", 900, 9000), "short": keep("abc", 900, 9000)}
lock = os.open(entries["oldest"], os.O_RDONLY)
fcntl.flock(lock, fcntl.LOCK_SH)

version = run("--cache-limit=75", ["--version"])
show("in use is the oldest:", entries)
assert len(own()) == 1, own()

# Without a new program nothing is removed, whatever the limit is.
assert run("--cache-limit", "0", ["--version"]) == version
show("the same program again:", entries)

fcntl.flock(lock, fcntl.LOCK_UN)
first, = own()
os.utime(first, (0, 0))
run("--cache-limit=45", "--context=32", ["--version"])
show("another program:", entries)
print("its own are now", len(own()))

# A program that waits for its prompt is in use, though nothing is as old.
waiting = subprocess.Popen(command("--context=16", ["--prompt", "-", "--tokens", "1", "--ids"]),
                           env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
while (runs := Path(os.readlink(f"/proc/{waiting.pid}/exe"))) == Path(EKE).resolve():
    time.sleep(0.05)
running = next(path for path in own() if path.samefile(runs.parent))
os.utime(running, (0, 0))
run("--cache-limit=0", "--context=8", ["--version"])
show("no megabyte:", entries)
print("running and new are", len(own()), "and one of them runs:", running in own())
waiting.communicate(b"a")
print("it ends with status", waiting.returncode)
run("--cache-limit=0", "--context=4", ["--version"])
print("when it has ended:", len(own()), running in own())

# Many at once: each finds its program, whoever removes it meanwhile.
several = [subprocess.Popen(command("--cache-limit=0", f"--context={8 * (1 + i % 2)}", ["--version"]),
                            env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
           for i in range(6)]
print("at once:", *{(each.communicate()[0].startswith(b"model, compiled by eke"), each.returncode)
                    for each in several})
