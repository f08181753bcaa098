#!/usr/bin/env python3
"""Checks what docs/tests.md says of ctest's tests.

usage: check_labels.py BUILD

Every test belongs to one part, every test may run for a limited time only, and no test that
always runs needs what a slow one sets up: ctest would run that as well.
"""

import json
import subprocess
import sys

PARTS = {"bench", "docs", "e2e", "fuzz", "lit", "numerics", "train", "unit"}
MOST_SECONDS = 1800


def problems(tests):
    slow_setups = {}  # by fixture
    for name, found in tests:
        labels = {*found.get("LABELS", [])}
        if len(labels & PARTS) != 1:
            yield f"{name}: has labels {sorted(labels)}; expected one of {', '.join(sorted(PARTS))}"
        if not 0 < found.get("TIMEOUT", 1) <= MOST_SECONDS:
            yield f"{name}: may run for {found['TIMEOUT']:.0f} s; expected at most {MOST_SECONDS} s"
        if "slow" in labels:
            slow_setups.update((fixture, name) for fixture in found.get("FIXTURES_SETUP", []))
    for name, found in tests:
        for fixture in found.get("FIXTURES_REQUIRED", []):
            if fixture in slow_setups and "slow" not in found.get("LABELS", []):
                yield f"{name}: needs {slow_setups[fixture]}, which is slow, but is not itself"


def main(build):
    listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True,
                            capture_output=True, text=True).stdout
    tests = [(test["name"], {entry["name"]: entry["value"] for entry in test["properties"]})
             for test in json.loads(listed)["tests"]]
    found = list(problems(tests))
    print("\n".join(found) or f"{len(tests)} tests have a part and a time limit")
    return bool(found) or not tests


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
