"""The C programs of the benchmark, with a library that stands in for llama.cpp.

usage: driver_test.py CC AARCH64_CC
"""

import json
import math
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from peer import SOURCES

HERE = Path(__file__).resolve().parent
CC, AARCH64_CC = sys.argv.pop(1), sys.argv.pop(1)
WARNINGS = ["-O2", "-std=c11", "-Wall", "-Wextra", "-Werror"]


def compile_c(compiler, output, sources, *flags):
    subprocess.run([compiler, *WARNINGS, *flags, "-o", output,
                    *(HERE / source for source in sources), "-lpthread", "-ldl", "-lm"], check=True)
    return output


class DriverTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.driver = compile_c(CC, cls.folder / "driver", SOURCES)
        cls.stand_in = cls.make_library("libllama.so")
        cls.model, cls.prompt = cls.folder / "model", cls.folder / "prompt"
        cls.model.write_text("model")
        cls.prompt.write_text("4 5\n6")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def make_library(cls, name, *flags):
        return compile_c(CC, cls.folder / name, ["Inputs/fake_llama.c"], "-shared", "-fPIC",
                         *flags)

    def drive(self, *arguments, library=None):
        return subprocess.run([self.driver, library or self.stand_in, *arguments],
                              capture_output=True, text=True)

    def run_model(self, *options, prompt=None, **more):
        return self.drive("run", self.model, f"prompt={prompt or self.prompt}",
                          f"stats={self.folder / 'stats'}", *options, **more)

    def check_refused(self, done, *words):
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_generates_and_counts(self):
        done = self.run_model("tokens=4", "threads=3", "rows=5", "repeat=2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "7 8 9 0\n")
        stats = json.loads((self.folder / "stats").read_text())
        self.assertEqual(stats["threads"], 3)
        self.assertEqual(stats["prefill"]["tokens"], 3)
        self.assertEqual(stats["decode"]["tokens"], 3)
        self.assertEqual(stats["weight_bytes"], 1234)
        self.assertEqual(len(stats["rows"]), 5)
        self.assertTrue(all(seconds > 0 for seconds in stats["rows"]))
        self.assertGreater(stats["peak_rss_bytes"], 100_000)

    def test_fills_the_context(self):
        self.assertEqual(self.run_model("context=6", "tokens=4").stdout, "7 8 9 0\n")

    def test_quantizes(self):
        for name, number in (("f16", 1), ("q4_0", 2), ("q8_0", 7), ("q4_k_m", 15)):
            output = self.folder / name
            self.assertEqual(self.drive("quantize", "in", output, name).returncode, 0)
            self.assertEqual(output.read_text(), f"in as {number}, whatever it is\n")
        self.check_refused(self.drive("quantize", "in", "out", "q5_9"), "q5_9", "q8_0 or q4_k_m")
        library = self.make_library("libflags.so", "-DREQUANTIZE=1")
        self.check_refused(self.drive("quantize", "in", "out", "q4_0", library=library), "flags")

    def score(self, tokens, *options):
        """What the driver says of these tokens, and the log-probabilities that it writes."""
        prompt, each = self.folder / "tokens", self.folder / "log-probabilities"
        prompt.write_text(" ".join(map(str, tokens)))
        done = self.drive("score", self.model, f"prompt={prompt}",
                          f"stats={self.folder / 'stats'}", f"log-probabilities={each}", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout), [float(line) for line in each.read_text().splitlines()]

    def test_scores_in_windows(self):
        """The logit of the right token is its position in the window, counted from 1."""
        tokens = [0, 1, 2, 3, 9, 0, 1, 5]
        for window in (1, 2, 3, 7, 100):
            wanted = []
            for i, (token, target) in enumerate(zip(tokens, tokens[1:])):
                right = i % window + 1
                wanted.append(right * (target == (token + 1) % 10) - math.log(
                    9 + math.exp(right)))
            got, each = self.score(tokens, f"window={window}")
            mean = -sum(wanted) / len(wanted)
            with self.subTest(window=window):
                for one, other in zip(each, wanted, strict=True):
                    self.assertAlmostEqual(one, other, places=5)
                self.assertEqual(got["tokens"], len(wanted))
                self.assertAlmostEqual(got["nats_per_token"], mean, places=6)
                self.assertAlmostEqual(got["perplexity"], math.exp(mean), places=5)

    def test_scores_windows_larger_than_a_batch(self):
        tokens = [(7 * i) % 10 for i in range(1500)]
        got, each = self.score(tokens, "window=1100")
        self.assertEqual((got["tokens"], len(each)), (1499, 1499))
        # What is not the likeliest has the logit 0.
        self.assertAlmostEqual(each[1099], -1100, places=5)
        self.assertAlmostEqual(each[1100], -math.log(9 + math.e), places=5)
        stats = json.loads((self.folder / "stats").read_text())
        self.assertEqual(stats["score"]["tokens"], 1499)

    def test_tokenizes(self):
        text = self.folder / "text"
        text.write_text("4 and 20\n")
        done = self.drive("tokenize", self.model, text)
        self.assertEqual((done.returncode, done.stdout), (0, "4 2 0\n"))
        self.check_refused(self.drive("tokenize", self.model, self.folder / "none"), "none",
                           "cannot read")

    def test_refuses_another_layout(self):
        for flag, words in (("-DN_CTX=1024", ["1024", "n_ctx = 512"]),
                            ("-DN_THREADS=8", ["n_threads"])):
            library = self.make_library("libother.so", flag)
            self.check_refused(self.run_model(library=library), *words)

    def test_refuses_bad_input(self):
        beyond = self.folder / "beyond"
        beyond.write_text("1 10")
        words = self.folder / "words"
        words.write_text("1 two")
        for options, prompt, told in (
                (["rows=x"], None, ["rows", "'x'"]),
                (["threads=0"], None, ["threads", "1 to 512"]),
                (["speed=1"], None, ["speed=1"]),
                (["context=5", "tokens=4"], None, ["3 tokens more", "context of 5"]),
                (["window=0"], None, ["window", "1 to"]),
                (["cpu=libggml.so"], None, ["libggml.so"]),
                ([], beyond, ["token 10", "0 to 9"]),
                ([], words, ["token numbers"]),
                ([], self.folder / "none", ["none", "cannot read"])):
            with self.subTest(options=options, prompt=prompt):
                self.check_refused(self.run_model(*options, prompt=prompt), *told)
        one = self.folder / "one"
        one.write_text("1")
        self.check_refused(self.drive("score", self.model, f"prompt={one}",
                                      f"stats={self.folder / 'stats'}"), "one", "no token to score")
        self.check_refused(self.drive("score", self.model), "prompt=FILE and stats=FILE")
        self.check_refused(self.drive("walk"), "(run | score) MODEL")
        self.check_refused(self.run_model(library="/nowhere/libllama.so"), "nowhere")

    def test_builds_for_arm(self):
        for sources in (SOURCES, ["bandwidth.c"]):
            output = compile_c(AARCH64_CC, self.folder / "arm", sources)
            self.assertEqual(output.read_bytes()[18], 183)  # EM_AARCH64

    def test_bandwidth(self):
        program = compile_c(CC, self.folder / "bandwidth", ["bandwidth.c"])
        done = subprocess.run([program, "2", "4", "0.01"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertGreater(float(done.stdout), 1e6)
        for arguments in (["0", "4", "1"], ["1", "0", "1"], ["1", "4", "-1"], ["1"]):
            done = subprocess.run([program, *arguments], capture_output=True, text=True)
            self.check_refused(done, "expected")


if __name__ == "__main__":
    unittest.main()
