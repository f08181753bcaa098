"""The arithmetic, the page and the picture, from results that are given."""

import contextlib
import io
import re
import unittest
from pathlib import Path
from xml.etree import ElementTree

import bench
import figures
import sharing
from chart import BAR_WIDTH, OURS, THEIRS, chart
from page import page
from tools import Missing, reason, run as run_command
from workloads import WORKLOADS


def run(engine, form, decode, **changes):
    return {"engine": engine, "format": form, "threads": 1, "file_bytes": 70_000_000,
            "weight_bytes": 50_000_000, "rows": [[0.01, 0.03, 0.02]] + [[]] * 7,
            "samples": {"decode": decode, "prefill_128": [300.0], "first_token": [0.4],
                        "start": [0.001], "peak_rss": [100_000_000]},
            **changes}


def results(with_peer=True):
    ours = run("Eke", "i4", [90.0, 120.0, 100.0], compile_seconds=5.25,
               compile_peak_bytes=300_000_000)
    theirs = run("llama.cpp", "Q4_0", [40.0, 60.0, 50.0], file_bytes=140_000_000,
                 rows=[[0.02]] + [[0.03]] * 7, cpu_build="haswell")
    theirs["samples"].update(prefill_128=[400.0], first_token=[0.6], start=[0.2],
                             peak_rss=[150_000_000])
    return {
        "date": "2025-01-01", "load": {"before": 0.1, "after": 1.0},
        "machine": {"cpu": "A CPU", "architecture": "x86_64", "cores": 2, "caches": {"L2": "1M"},
                    "memory_bytes": 8e9, "system": "Linux"},
        "eke": {"version": "eke 0.1.0", "target": "host"},
        "peer": {"name": "llama.cpp", "package": "a-package", "version": "3.1",
                 "release": "b1"} if with_peer else {"missing": "npm is not installed"},
        "settings": {"rounds": 3, "tokens": 64}, "bandwidth": {"1": 10e9},
        "models": [{"name": "small", "title": "Small", "context": 256, "agreement": {},
                    "runs": [ours] + [theirs] * with_peer}]}


def with_quality():
    """The results with a second format on the other side, and with perplexities."""
    given = results()
    model = given["models"][0]
    second = {**model["runs"][1], "format": "Q4_K_M", "samples": {"decode": [25.0]}}
    model["runs"].append(second)
    scores = {("Eke", "f32"): 20.0, ("llama.cpp", "F16"): 20.0, ("Eke", "i4"): 21.0,
              ("llama.cpp", "Q4_0"): 22.0, ("llama.cpp", "Q4_K_M"): 19.9}
    model["quality"] = {"text": "a novel", "tokens": 20000, "window": 512, "same_tokens": True,
                        "scores": [{"engine": engine, "format": form, "perplexity": value}
                                   for (engine, form), value in scores.items()]}
    return given


def section(text, title):
    """The rows of the table under a heading, without its head."""
    body = re.search(rf"^## {re.escape(title)}.*?\n\n(?:[^|]+\n\n)?(.*?)(?:\n\n|\Z)", text,
                     re.M | re.S)[1]
    return body.strip().splitlines()[2:]


class FiguresTest(unittest.TestCase):
    def test_advantage(self):
        self.assertEqual(figures.advantage(100, 50, more_is_better=True), 2)
        self.assertEqual(figures.advantage(100, 50, more_is_better=False), 0.5)
        self.assertIsNone(figures.advantage(100, None, True))

    def test_relative_costs(self):
        self.assertEqual(figures.relative_costs({"rows": [[2.0, 2.0], [3.0, 5.0], []]}),
                         [1, 2, None])
        self.assertEqual(figures.relative_costs({"rows": [[], [3.0]]}), [None, None])

    def test_second_run(self):
        # Blocks take 3 ms; with second runs 4.5, 5 and 4.2 in turns with 3, 4 and 2.8.
        shared = {"title": "LS", "format": "i8", "threads": 2, "blocks": 30,
                  "once": [0.003, 0.004, 0.0028], "twice": [0.0045, 0.005, 0.0042]}
        self.assertAlmostEqual(sharing.relative(shared), 0.5)
        self.assertEqual(section(page({**results(), "sharing": [shared]}, "p.svg"),
                                 "The second run of a shared block"),
                         ["| LS | 2 | i8 | 100.0 | 50.0 | 0.50 |"])
        self.assertNotIn("second run", page(results(), "p.svg"))

    def test_pairs_of_models_with_the_same_weights(self):
        names = [[one.name for one in pair] for pair in sharing.pairs_of(WORKLOADS)]
        self.assertEqual(names, [["125m", "125m-ls"]])

    def test_bandwidth_share(self):
        pair = figures.pairs(results())[0]
        self.assertEqual(figures.bandwidth_share(pair.ours, 10e9), 0.5)
        self.assertIsNone(figures.bandwidth_share(None, 10e9))

    def test_one_program_next_to_two_formats(self):
        found = figures.pairs(with_quality())
        self.assertEqual([pair.formats for pair in found], ["i4 / Q4_0", "i4 / Q4_K_M"])
        self.assertEqual(figures.single(found), found[:1])

    def test_pairs_need_equal_threads_and_bits(self):
        given = results()
        given["models"][0]["runs"][1]["threads"] = 2
        self.assertIsNone(figures.pairs(given)[0].theirs)
        given["models"][0]["runs"][1].update(threads=1, format="Q8_0")
        self.assertIsNone(figures.pairs(given)[0].theirs)


class PageTest(unittest.TestCase):
    def test_tables(self):
        text = page(results(), "picture.svg")
        for title, row in {
                "Decoding": "| Small | 1 | i4 / Q4_0 | 100.0 (90.0–120.0) | 50.0 (40.0–60.0) "
                            "| 2.00× |",
                "Reading a prompt of 128": "| Small | 1 | i4 / Q4_0 | 300.0 | 400.0 | 0.75× |",
                "First token": "| Small | 1 | i4 / Q4_0 | 400.0 | 600.0 | 1.50× |",
                "Start": "| Small | 1 | i4 / Q4_0 | 1.0 | 200.0 | 200.00× |",
                "File and peak": "| Small | i4 / Q4_0 | 70.0 | 140.0 | 2.00× | 100.0 | 150.0 "
                                 "| 1.50× |",
                "Share of the memory": "| Small | 1 | i4 / Q4_0 | 50.0 | 50.0 | 50 % | 25 % |",
                "Compiling": "| Small | i4 | 5.2 | 300 |"}.items():
            with self.subTest(title):
                self.assertEqual(section(text, title), [row])
        self.assertEqual(section(text, "Cost of several rows"), [
            "| Small | 1 | Eke i4 | 20.00 | – | – | – | – | – | – | – |",
            "| Small | 1 | llama.cpp Q4_0 | 20.00 | 1.50 | 1.50 | 1.50 | 1.50 | 1.50 | 1.50 "
            "| 1.50 |"])
        self.assertNotIn("512 tokens, tokens/s", text)  # nobody has samples
        self.assertIn("b1 (a-package 3.1), built for haswell", text)
        self.assertIn("load 0.10 before, 1.00 after", text)

    def test_quality(self):
        text = page(with_quality(), "picture.svg")
        self.assertIn("- Small: 20000 tokens of a novel, in windows of 512. llama.cpp's own "
                      "tokenizer makes the same tokens of it.\n", text)
        table = text[text.index("## Quality"):text.index("## Decoding")]
        self.assertEqual([line for line in table.splitlines() if line.startswith("| Small")], [
            "| Small | f32 / F16 | 20.000 | 20.000 | – | – | – | – |",
            "| Small | i4 / Q4_0 | 21.000 | 22.000 | +5.0 % | +10.0 % | 100.0 | 50.0 |",
            "| Small | i4 / Q4_K_M | 21.000 | 19.900 | +5.0 % | -0.5 % | 100.0 | 25.0 |"])
        # A run that is in two pairs is described once.
        self.assertEqual(section(text, "Compiling"), ["| Small | i4 | 5.2 | 300 |"])
        self.assertEqual(len(section(text, "Cost of several rows")), 3)
        self.assertNotIn("## Quality", page(results(), "picture.svg"))

    def test_quality_without_peer(self):
        given = with_quality()
        model = given["models"][0]
        model["runs"] = model["runs"][:1]
        model["quality"]["scores"] = [score for score in model["quality"]["scores"]
                                      if score["engine"] == "Eke"]
        self.assertIn("| Small | i4 | 21.000 | – | +5.0 % | – | 100.0 | – |",
                      page(given, "picture.svg"))

    def test_without_peer(self):
        text = page(results(with_peer=False), "picture.svg")
        self.assertEqual(section(text, "Decoding"),
                         ["| Small | 1 | i4 | 100.0 (90.0–120.0) | – | – |"])
        self.assertIn("not measured: npm is not installed", text)

    def test_every_table_is_rectangular(self):
        for given in (results(), results(with_peer=False), with_quality()):
            widths = [line.count("|") for line in page(given, "").splitlines()
                      if line.startswith("|") or not line]
            for before, after in zip(widths, widths[1:]):
                self.assertTrue(0 in (before, after) or before == after)


class ChartTest(unittest.TestCase):
    def bars(self, given, colour):
        root = ElementTree.fromstring(chart(given))
        return [float(each.get("width")) for each in root.iter() if each.get("fill") == colour
                and each.tag.endswith("rect")][1:]  # without the legend's

    def test_bars_have_the_length_of_their_value(self):
        self.assertEqual(self.bars(results(), OURS), [BAR_WIDTH, BAR_WIDTH * 300 / 400])
        self.assertEqual(self.bars(results(), THEIRS), [BAR_WIDTH * 50 / 100, BAR_WIDTH])

    def test_each_model_has_its_scale(self):
        given, fast = results(), results()["models"][0]
        fast["name"] = "fast"
        for run in fast["runs"]:
            run["samples"]["decode"] = [1000 * value for value in run["samples"]["decode"]]
        given["models"].append(fast)
        self.assertEqual(self.bars(given, OURS)[:2], [BAR_WIDTH, BAR_WIDTH])

    def test_texts(self):
        given = results()
        given["models"][0]["title"] = "A < B"
        texts = [each.text for each in ElementTree.fromstring(chart(given)).iter()]
        self.assertIn("A < B, i4 / Q4_0, 1 thread", texts)
        self.assertIn("100  (2.00×)", texts)

    def test_without_peer(self):
        self.assertEqual(self.bars(results(with_peer=False), THEIRS), [])


class FailureTest(unittest.TestCase):
    def test_reason(self):
        self.assertEqual(reason("warn\nnpm error code E404\nnpm error 404 no such package\n"
                                "npm error A log is there"), "npm error 404 no such package")
        self.assertEqual(reason("one\ntwo\n"), "two")

    def test_commands(self):
        for command in (["/nowhere/program"], ["sh", "-c", "echo nowhere >&2; exit 3"]):
            with self.assertRaisesRegex(Missing, "cannot do it: .*nowhere"):
                run_command(command, "cannot do it")


class OptionsTest(unittest.TestCase):
    def test_results_of_something_else(self):
        with self.assertRaisesRegex(Missing, "report_test.py is expected to be a results.json"):
            bench.read_results(Path(__file__))

    def test_check_needs_no_compiler(self):
        with self.assertRaises(SystemExit) as stopped:
            bench.read_options(["--check", "--eke", "/nowhere/eke"])
        self.assertEqual(stopped.exception.code, 0)

    def test_refused(self):
        for arguments, words in ((["--models", "13b"], "'13b' is none of"),
                                 (["--formats", "i4,f8"], "'f8' is none of"),
                                 (["--threads", "0"], "'0' is no whole number from 1"),
                                 (["--quick", "--full"], "exclude each other"),
                                 (["--eke", "/nowhere/eke"], "./dev build")):
            told = io.StringIO()
            with (self.subTest(arguments), contextlib.redirect_stderr(told),
                  self.assertRaises(SystemExit) as stopped):
                bench.read_options(arguments)
            self.assertEqual(stopped.exception.code, 2)
            self.assertEqual(told.getvalue().count("\n"), 1)
            self.assertIn(words, told.getvalue())


if __name__ == "__main__":
    unittest.main()
