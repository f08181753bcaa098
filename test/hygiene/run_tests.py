#!/usr/bin/env python3
"""Runs ctest, then says where the time went.

usage: run_tests.py ARGUMENTS OF CTEST

ctest sums up the seconds by part (its labels) itself; here follow the ten longest tests and
the processor's time of all, against the budget of docs/tests.md. Exits as ctest does.
"""

import resource
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

BUDGET_MINUTES = 44  # of a processor: 22 minutes of two


def longest(report, count=10):
    """The (seconds, name) of the tests that took longest."""
    tests = [(float(test.get("time")), test.get("name"))
             for test in xml.parse(report).iter("testcase")]
    return sorted(tests, reverse=True)[:count]


def summary(report, minutes, is_default):
    lines = ["The longest tests:"]
    lines += [f"{seconds:8.1f} s  {name}" for seconds, name in longest(report)]
    lines.append(f"All tests took {minutes:.1f} minutes of a processor"
                 + (f" (budget: {BUDGET_MINUTES})." if is_default else "."))
    if is_default and minutes > BUDGET_MINUTES:
        lines.append("That is over the budget: docs/tests.md says what to do.")
    return "\n".join(lines)


def main(arguments):
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        status = subprocess.run(["ctest", *arguments, "--output-junit", report]).returncode
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if report.exists():
            print(summary(report, (used.ru_utime + used.ru_stime) / 60, "default" in arguments),
                  flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
