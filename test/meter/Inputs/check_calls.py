"""Checks the profile of an entry whose two matrices have 49152 bytes.

usage: check_calls.py PROFILE CALLS [sampled]
"""

import json
import platform
import sys

profile = json.load(open(sys.argv[1]))
calls = int(sys.argv[2])
call = profile["call"]
assert profile["entry"] == "step/1"
assert "prefill" not in profile and "decode" not in profile
assert call["calls"] == calls and len(profile["steps"]) == calls
assert [step["call"] for step in profile["steps"]] == list(range(calls))
assert len({step["instructions"] for step in profile["steps"]}) == 1, profile["steps"]
for phase in (profile["start"], call, profile["end"]):
    assert sum(row["instructions"] for row in phase["rows"]) == phase["instructions"]
assert sum(step["instructions"] for step in profile["steps"]) == call["instructions"]
kernels = [row for row in call["rows"] if row["pipeline"]]
assert kernels and all(row["calls"] % calls == 0 and row["calls"] for row in kernels), kernels
read = call["bytes"]["weights"]["read"] / calls
assert read >= 49152, read
assert call["bytes"]["weights"]["written"] == 0
if "sampled" in sys.argv and platform.machine() == "x86_64":
    assert call["samples"] > 0 and call["seconds_per_call"] > 0
    assert sum(row["samples"] for row in call["rows"]) == call["samples"]
    assert abs(call["calls_per_second"] * call["seconds_per_call"] - 1) < 1e-6
    inside = sum(row["samples"] for row in kernels)
    assert inside > call["samples"] / 4, (inside, call["samples"])
