"""What the machine is, and how fast it reads memory."""

import os
import platform
import statistics
from pathlib import Path

from tools import compile_c, run

MEGABYTES = 256  # more than any cache
QUIET = 0.5      # load above which figures are of little worth


def describe():
    name = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": name, "architecture": platform.machine(), "cores": os.cpu_count(),
            "memory_bytes": memory, "caches": caches(),
            "system": f"{platform.system()} {platform.release()}"}


def best_target():
    """What this machine runs, as its peers choose: 'host' leaves out what no emulator counts."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    return "x86-64-v4-vnni" if "avx512_vnni" in flags else "host"


def caches():
    """The sizes of the caches of the first CPU, "L2": "512K" and so on."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (folder / "type").read_text().strip()
        if kind != "Instruction":
            found["L" + (folder / "level").read_text().strip()] = (
                folder / "size").read_text().strip()
    return found


def load():
    return os.getloadavg()[0]


class Bandwidth:
    """Measures how many bytes a second threads read from memory, again and again."""

    def __init__(self, folder, threads, seconds):
        self.program = compile_c(folder / "bandwidth", ["bandwidth.c"],
                                 flags=["-march=native"])
        self.seconds = seconds
        self.samples = {count: [] for count in threads}

    def sample(self):
        for count, samples in self.samples.items():
            samples.append(float(run([self.program, count, MEGABYTES, self.seconds],
                                     "cannot measure the bandwidth")))

    def results(self):
        """By number of threads, as text: keys of JSON are."""
        return {str(count): statistics.median(samples)
                for count, samples in self.samples.items()}
