"""Runs a program twice under the plugin; prints the sums of every window.

usage: meter.py QEMU PLUGIN PROGRAM FOLDER [LINE-OF-PLAN...]

A window ends behind the block with the symbol `call`, and one in front of `back`;
the bytes of `data` are a region.
"""

import subprocess
import sys
from pathlib import Path

qemu, plugin, program, folder, *lines = sys.argv[1:]
symbols = {}
for line in subprocess.check_output(["llvm-nm", "-S", program], text=True).splitlines():
    address, *size, _, name = line.split()
    symbols[name] = [int(word, 16) for word in (address, *size)]

plan = Path(folder, "plan")
plan.write_text(f"region {symbols['data'][0]:x} {symbols['data'][1]:x}\n"
                f"after {symbols['call'][0]:x}\nbefore {symbols['back'][0]:x}\n"
                + "".join(line + "\n" for line in lines))
traces = []
for name in ("first", "second"):
    out = Path(folder, name)
    subprocess.check_call([qemu, "-plugin", f"{plugin},plan={plan},out={out}", program])
    traces.append(out.read_text())
print("both runs agree" if traces[0] == traces[1] else "the runs differ")

instructions, data, rest, caches = 0, [0, 0], [0, 0], {}
for line in [*traces[0].splitlines(), "end"]:
    kind, *numbers = line.split()
    if kind == "block":
        instructions += int(numbers[2]) * int(numbers[3])
    elif kind == "access":
        for way in (0, 1):
            (data, rest)[int(numbers[1])][way] += int(numbers[2 + way])
    elif kind == "cache":
        caches.setdefault(numbers[0], ["0+0", "0+0"])[int(numbers[1])] = "+".join(numbers[2:])
    else:
        print(f"{instructions} instructions, data {data[0]}+{data[1]}, rest {rest[0]}+{rest[1]}, {kind}")
        for level, lines in sorted(caches.items()):
            print(f"cache {level}: data {lines[0]}, rest {lines[1]}")
        instructions, data, rest, caches = 0, [0, 0], [0, 0], {}
