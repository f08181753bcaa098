#!/usr/bin/env python3
"""Measures a language model compiled for this machine, per format.

usage: bench.py --eke EKE --model MODEL [--target T] [--formats F,F] [--threads N]
                [--tokens N] [--runs N] [--json FILE]

Times are medians over --runs runs of the binary, each a new process; one more run
before them is not counted. Memory is the peak of the resident set as the kernel
reports it. Nothing else should run on the machine meanwhile.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMPT = ("The following example shows how the module can be used to read a file, "
          "line by line, and to count the words of each line. ") * 4


def machine():
    name = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": name, "cores": os.cpu_count(), "memory_bytes": memory,
            "system": f"{platform.system()} {platform.release()}",
            "load": os.getloadavg()[0]}


def run(command):
    """Runs to completion; returns seconds and peak bytes of memory."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bench.py: {' '.join(command[:2])} … failed")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def measure(options, weights, folder):
    binary, stats = str(folder / weights), folder / "stats.json"
    seconds, compiler_bytes = run([options.eke, "compile", options.model, "-o", binary,
                                   f"--target={options.target}", f"--weights={weights}"])
    runs = []
    for _ in range(options.runs + 1):
        run([binary, "--prompt", PROMPT, "--tokens", str(options.tokens),
             "--threads", str(options.threads), "--stats", str(stats)])
        runs.append(json.loads(stats.read_text()))
    counted = runs[1:]

    def rates(part):
        return [each[part]["tokens_per_second"] for each in counted]

    return {
        "weights": weights,
        "compile_seconds": seconds,
        "compile_peak_bytes": compiler_bytes,
        "file_bytes": os.path.getsize(binary),
        "weight_bytes": counted[0]["weight_bytes"],
        "code_bytes": counted[0]["code_bytes"],
        "peak_rss_bytes": max(each["peak_rss_bytes"] for each in counted),
        "prefill_tokens": counted[0]["prefill"]["tokens"],
        "prefill_per_second": statistics.median(rates("prefill")),
        "decode_tokens": counted[0]["decode"]["tokens"],
        "decode_per_second": statistics.median(rates("decode")),
        "decode_range": [min(rates("decode")), max(rates("decode"))],
    }


def table(results):
    columns = [
        ("weights", lambda r: r["weights"]),
        ("prefill tok/s", lambda r: f"{r['prefill_per_second']:.0f}"),
        ("decode tok/s", lambda r: f"{r['decode_per_second']:.0f}"),
        ("(low–high)", lambda r: "{:.0f}–{:.0f}".format(*r["decode_range"])),
        ("weights MB", lambda r: f"{r['weight_bytes'] / 1e6:.2f}"),
        ("file MB", lambda r: f"{r['file_bytes'] / 1e6:.2f}"),
        ("peak RSS MB", lambda r: f"{r['peak_rss_bytes'] / 1e6:.2f}"),
        ("compile s", lambda r: f"{r['compile_seconds']:.1f}"),
        ("compile MB", lambda r: f"{r['compile_peak_bytes'] / 1e6:.0f}"),
    ]
    print("| " + " | ".join(head for head, _ in columns) + " |")
    print("|" + "---|" * len(columns))
    for result in results:
        print("| " + " | ".join(show(result) for _, show in columns) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--target", default="host")
    parser.add_argument("--formats", default="f32,f16,i8,i4")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", help="also write the results to this file")
    options = parser.parse_args()

    where = machine()
    print("{cpu}, {cores} cores, {0:.0f} GB, {system}, load {load:.1f}".format(
        where["memory_bytes"] / 1e9, **where))
    with tempfile.TemporaryDirectory() as folder:
        results = [measure(options, weights, Path(folder))
                   for weights in options.formats.split(",")]
    print(f"{options.model}, --target={options.target} --threads {options.threads}: "
          f"{results[0]['prefill_tokens']} tokens of prompt, "
          f"{results[0]['decode_tokens']} decoded, median of {options.runs} runs\n")
    table(results)
    if options.json:
        Path(options.json).write_text(json.dumps(
            {"machine": where, "options": vars(options), "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
