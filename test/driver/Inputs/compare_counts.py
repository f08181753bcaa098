"""A table of `eke tune` has the counts of profiles: usage: compare_counts.py TABLE USUAL TUNED"""

import json
import re
import sys

table = open(sys.argv[1]).read()
said = [int(number) for number in re.search(r"total per call +(\d+) +(\d+)", table).groups()]
counted = [call["instructions"] / call["calls"]
           for call in (json.load(open(path))["call"] for path in sys.argv[2:])]
assert all(abs(a - b) <= 1 for a, b in zip(said, counted)), (said, counted)
assert said[1] <= said[0], said
