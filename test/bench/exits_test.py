"""Tests what `./dev bench --exits` measures with, on few tokens, and what it writes.

usage: exits_test.py EKE CC
"""

import sys
import tempfile
import unittest
from pathlib import Path

import exits
import exits_page
from curve import curve

EKE, CC = Path(sys.argv[1]), sys.argv[2]


class Exits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_speed_ups_come_with_their_drafts(self):
        bench = exits.Bench(EKE, self.folder, rounds=2)
        self.assertEqual(len(bench.pieces), exits.PIECES)
        calibration = bench.calibration.read_bytes()
        for piece in bench.pieces:  # the exit is not chosen by what it is measured on
            self.assertNotIn(piece.read_bytes(), calibration)
        program, _ = bench.compile(exits.EXAMPLE, "program", "--exit=6", "--drafts=3")
        got = bench.speed_ups(program, 3)
        self.assertGreater(got["accepted"], 0.1)
        cycles = [tuple(map(int, kind.split(":"))) for kind in got["cycles"].split(",")]
        self.assertIn(-1, [drafts for drafts, _, _ in cycles])  # at the end of a piece
        cycles = [cycle for cycle in cycles if cycle[0] >= 0]
        self.assertLessEqual(max(drafts for drafts, _, _ in cycles), 3)
        mean = sum(n * count for _, n, count in cycles) / sum(count for *_, count in cycles)
        self.assertAlmostEqual(got["tokens_per_verification"], 1 + mean)
        self.assertLess(got["bytes"], 1.5)

    def test_counts_what_decoding_takes(self):
        bench = exits.Bench(EKE, self.folder, rounds=1)
        bench.pieces = bench.pieces[:exits.COUNTED_PIECES]
        program, _ = bench.compile(exits.EXAMPLE, "program", "--exit=8", "--drafts=1",
                                   "--target=cortex-a76")
        got = bench.counted(program, 1)
        # Without memory to wait for, two rows cost nearly twice as much as one.
        self.assertGreater(got["speed_up"], 0.5)
        self.assertLess(got["speed_up"], 1.2)
        self.assertGreater(got["accepted"], 0.5)
        self.assertLess(got["bytes"], 1.1)

    def test_shortest_time_of_all_rounds_counts(self):
        bench = exits.Bench(EKE, self.folder, rounds=3)
        bench.pieces = ["piece"]
        times = {"off": iter((4, 2, 3)), "1": iter((3, 4, 1))}

        def tell(program, piece, option, way, *rest):
            return {"decode": {"tokens": 10, "seconds": next(times[way]),
                               "weight_bytes_per_token": 5},
                    "speculation": {"drafted_tokens": 2, "accepted_tokens": 1,
                                    "verifications": 1} if way == "1" else {}}

        bench.tell = tell
        got = bench.speed_ups("program", 1)
        self.assertEqual((got["plain"], got["drafted"], got["speed_up"]), (5, 10, 2))

    def test_replay_runs_the_entries(self):
        library = self.folder / "libmodel.a"
        exits.run([EKE, "compile", exits.EXAMPLE, "-o", library, "--emit=lib", "--exit=6",
                   "--drafts=3", "--draft-tokens=256"])
        program = self.folder / "replay"
        exits.run([CC, "-O2", "-Wall", "-Wextra", "-Werror", "-include", self.folder / "model.h",
                   exits.ROOT / "test/bench/replay.c", library, "-lm", "-lpthread", "-o", program])
        cycles = "-1:0:1,0:0:1,2:1:1,3:0:1,3:3:2"
        for mode in ("plain", "cached", "uncached"):
            self.assertGreater(float(exits.run([program, mode, 20, 1, cycles]).stdout), 1)
        rows = [float(cost) for cost in
                exits.run([program, "rows", 20, 1, cycles]).stdout.split()]
        self.assertEqual((len(rows), rows), (4, sorted(rows)))
        # Four rows cost more than one, and at most about four times as much.
        self.assertTrue(1 < rows[3] < 7, rows)
        with self.assertRaisesRegex(SystemExit, "no entry 'verify' for 5 rows"):
            exits.run([program, "cached", 20, 1, "4:1:1"])

    def test_costs_of_another_model(self):
        module = exits.run([EKE, "compile", exits.TRAINED, "--stop-after=graph"]).stdout
        self.assertEqual(exits.cost_of(module, "head"), 1)
        rows = [1.0, 1.25, 1.5, 2.5]
        changed = exits.with_costs(module, {"head": 2.5, "exit_head": 0.5, "rows": rows})
        for name, cost in (("head", 2.5), ("exit_head", 0.5)):
            self.assertEqual(exits.cost_of(changed, name), cost)
        self.assertIn("rows = [1.000000e+00, 1.250000e+00, 1.500000e+00, 2.500000e+00]", changed)

    def test_reads_the_table_of_the_compiler(self):
        rows = exits.LINE.findall(
            "exit  drafts  draft-tokens  accepted  tokens/verify  cost/plain  bytes/plain  speed-up\n"
            "   2       1           all     0.411           1.41        1.60         1.34      0.88\n"
            "  10       3          1024     0.900           3.70        2.00         1.80      1.85\n")
        self.assertEqual([row[0] for row in rows], ["2", "10"])
        self.assertEqual(rows[1][2], "1024")

    def test_page_and_picture(self):
        points = [{"threshold": 0.5, "perplexity": 20.0, "mean_depth": 6.0, "runs": 12},
                  {"threshold": 1, "perplexity": 18.0, "mean_depth": 12, "runs": 12}]
        measured = {"model": "m", "weights": "i8", "exit": 4, "drafts": 3, "accepted": 0.5,
                    "bytes": 0.8,
                    "tokens_per_verification": 2.5, "plain": 100.0, "drafted": 150.0,
                    "speed_up": 1.5}
        predicted = {"model": "m", "target": "host", "weights": "i8", "verdict": "exit behind run 4",
                     "rows": [{"exit": "4", "drafts": "3", "draft_tokens": "all",
                               "accepted": "0.510", "tokens_per_verification": "2.53",
                               "bytes": "2.00", "speed_up": "1.45", "measured": measured}]}
        replayed = {"weights": "i8", "exit": 5, "runs": 30, "drafts": "auto", "draft_tokens": None,
                    "trace": {"drafts_per_verification": 1.25, "accepted": 0.8,
                              "tokens_per_verification": 2}, "plain": 100.0,
                    "cached": 160.0, "cached_speed_up": 1.6, "uncached_speed_up": 1.2}
        text = exits_page.page(
            {"sweep": [measured], "predictions": [predicted], "replay": [replayed],
             "pieces": 6, "counted_pieces": 2, "traced_pieces": 9,
             "confidence": [{"exit": 4, "points": points}]}, "- facts\n", "picture.svg")
        for wanted in ("| m | i8 | 4 | 3 | 0.50 | 2.50 | 100 | 150 | 1.50× |",
                       "| m | host | i8 | 4 | 3 | all | 0.510 | 0.500 | 1.45× | 1.50× | 0.79 | 0.80 |",
                       "| i8 | 5 of 30 | all | auto | 1.25 | 0.80 | 2.00 | 100.0 | 160.0 | 1.60× | 1.20× |",
                       "| 4 | 0.5 | 20.00 | 6.00 |", "(picture.svg)"):
            self.assertIn(wanted, text)
        picture = curve([{"exit": 4, "points": points}])
        self.assertEqual(picture.count("<polyline"), 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
