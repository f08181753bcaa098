"""The C programs of the benchmark, with a library that stands in for llama.cpp.

usage: driver_test.py CC AARCH64_CC
"""

import json
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
                    *(HERE / source for source in sources), "-lpthread", "-ldl"], check=True)
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
        for name, number in (("q4_0", 2), ("q8_0", 7)):
            output = self.folder / name
            self.assertEqual(self.drive("quantize", "in", output, name).returncode, 0)
            self.assertEqual(output.read_text(), f"in as {number}\n")
        self.check_refused(self.drive("quantize", "in", "out", "q5_9"), "q5_9", "q4_0 or q8_0")

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
                (["cpu=libggml.so"], None, ["libggml.so"]),
                ([], beyond, ["token 10", "0 to 9"]),
                ([], words, ["token numbers"]),
                ([], self.folder / "none", ["none", "cannot read"])):
            with self.subTest(options=options, prompt=prompt):
                self.check_refused(self.run_model(*options, prompt=prompt), *told)
        self.check_refused(self.drive("walk"), "LIBRARY run MODEL")
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
