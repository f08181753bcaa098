"""Eke's side of the benchmark, with a program of the example.

usage: program_test.py EKE
"""

import re
import sys
import tempfile
import unittest
from pathlib import Path

import quality
import sample
import workloads
from program import Program

EKE = sys.argv.pop(1)
WORKLOAD = next(w for w in workloads.WORKLOADS if w.name == "pydoc-lm")


class Plan:
    cache, quick = None, True


class ProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.program = Program(EKE, workloads.EXAMPLE, "host", "i8", cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_decodes_and_times_rows(self):
        prompt = sample.cut_prompt(self.program, WORKLOAD.source_text(None), 20, self.folder)
        figures, facts = self.program.run(prompt, 5, threads=1)
        self.assertEqual(len(facts["tokens"]), 5)
        self.assertGreater(figures["decode"], 0)
        # Sizes of rows that the program has entries for are timed, others are not.
        timed = [row is not None for row in self.program.rows(prompt, 8, threads=1, repeat=3)]
        self.assertEqual(timed, [f"trunk/{rows}" in self.program.entries for rows in range(1, 9)])
        self.assertTrue(timed[0])

    def test_text_has_as_many_tokens_as_are_scored(self):
        text = quality.prepare(WORKLOAD, Plan, self.program, self.folder)
        self.assertGreater(text.targets, 4000)
        found = quality.score(self.program, text, threads=2)
        self.assertEqual((found["engine"], found["format"]), ("Eke", "i8"))
        self.assertTrue(15 < found["perplexity"] < 21, found)

    def test_ids_of_pieces_are_those_of_the_whole(self):
        text = re.sub(r"\n", "\n\n  ", WORKLOAD.source_text(None)[:500])
        self.assertGreater(len(list(quality.pieces_of(text, quality.PIECE))), 2)
        self.assertEqual(quality.token_ids(self.program, text), self.program.prompt_ids(text))


if __name__ == "__main__":
    unittest.main()
