"""The bench of the arena planner, with instances whose heights are known."""

import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HEADER = "id,lower,upper,size"


def cut(height, count):
    """Buffers that fill a rectangle without any gap."""
    numbers = random.Random(1)
    pieces = [(0, 1000, height)]
    while len(pieces) < count:
        begin, end, size = pieces.pop(numbers.randrange(len(pieces)))
        if numbers.random() < 0.5 and end - begin > 1:
            middle = numbers.randrange(begin + 1, end)
            pieces += [(begin, middle, size), (middle, end, size)]
        elif size > 1:
            part = numbers.randrange(1, size)
            pieces += [(begin, end, part), (begin, end, size - part)]
        else:
            pieces.append((begin, end, size))
    return pieces


class ArenaTest(unittest.TestCase):
    def bench(self, text, *options):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "instance.csv")
            path.write_text(text)
            return subprocess.run([TOOL, *options, path], capture_output=True, text=True)

    def measure(self, buffers, *options):
        lines = [",".join(map(str, (i, *buffer))) for i, buffer in enumerate(buffers)]
        run = self.bench("\n".join([HEADER, *lines]) + "\n", *options)
        self.assertEqual(run.returncode, 0, run.stderr)
        name, *fields = run.stdout.splitlines()[1].split()
        self.assertEqual(name, "instance.csv")
        return fields[:-1]  # without the seconds

    def test_no_gap(self):
        count, live, by_size, height, ratio, proven, _ = self.measure(cut(1000, 50))
        self.assertEqual((count, live, height, ratio, proven),
                         ("50", "1000", "1000", "1.000", "yes"))
        self.assertGreaterEqual(int(by_size), 1000)

    def test_half_open(self):
        self.assertEqual(self.measure([(0, 5, 64), (5, 9, 64)]),
                         ["2", "64", "64", "64", "1.000", "yes", "0"])

    def test_alignment(self):
        fields = self.measure([(0, 2, 1), (0, 2, 65)], "--alignment=64")
        self.assertEqual(fields[3], "192")

    def test_no_steps(self):
        self.assertEqual(self.measure(cut(1000, 50), "--steps=0")[-1], "0")

    def test_errors(self):
        for text, options, error in [
                ("", [], "expected the line"),
                (HEADER + "\n0,1,2\n", [], "expected a buffer, got '0,1,2'"),
                (HEADER + "\n", ["--alignment=0"], "expected --alignment=N")]:
            run = self.bench(text, *options)
            self.assertEqual(run.returncode, 1)
            self.assertIn(error, run.stderr)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
