"""Prints the arenas of a report, each buffer on a line, and checks that none lies on another.

usage: print_arena.py REPORT.json
"""
import itertools
import json
import sys
from pathlib import Path


def overlap(a, b):
    """Do two buffers share bytes at a step?"""
    return (a["first"] <= b["last"] and b["first"] <= a["last"] and
            a["offset"] < b["offset"] + b["bytes"] and b["offset"] < a["offset"] + a["bytes"])


def check(arena):
    buffers = arena["buffers"]
    for a, b in itertools.combinations(buffers, 2):
        assert not overlap(a, b), (a, b)
    for slot in buffers + arena["calls"]:
        assert 0 <= slot["first"] <= slot["last"] < arena["steps"], slot
        assert 0 <= slot["offset"] and slot["offset"] + slot["bytes"] <= arena["bytes"], slot
    live = [sum(-b["bytes"] // 64 * -64 for b in buffers if b["first"] <= step <= b["last"])
            for step in range(arena["steps"])]
    assert arena["live_bytes"] == max(live, default=0) <= arena["bytes"], (arena, live)


def show(kind, slot):
    print(f"{kind} {slot['name']}: {slot['bytes']} at {slot['offset']}, steps {slot['first']} to {slot['last']}")


for report in json.loads(Path(sys.argv[1]).read_text())["reports"]:
    for arena in report["arena"]:
        check(arena)
        print(f"{arena['entry']}: {arena['bytes']} bytes, {arena['live_bytes']} live, {arena['steps']} steps")
        for call in arena["calls"]:
            show("call", call)
        for buffer in arena["buffers"]:
            show("buffer", buffer)
