"""Networks that are compared with peers, without the peers.

usage: networks_test.py EKE
"""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

from networks import checks, comparison, integers, lines, linalg_text, reference, tosa_text
from networks.compiled import Compiled, Failure, write_module
from networks.graph import Graph, same_padding
from networks.page import page
from networks.quantised import Quantised, multiplier_of
from networks.table import advantage, failures, table

EKE = sys.argv.pop(1)


def small_images(name):
    """Every layer of images, in odd sizes."""
    graph = Graph(name, (1, 9, 7, 3), images=True)
    x = graph.conv(graph.inputs[0], 8, 3, 2, most=6.0)
    y = graph.conv(graph.depthwise(x, 3, most=lines.INFINITE), 8, 1)
    x = graph.add(x, y, most=lines.INFINITE)
    x = graph.conv(x, 5, 1, 2)
    graph.results = [graph.linear(graph.mean(x), 6)]
    return graph


def evaluated(graph, number=1):
    return reference.evaluate(graph, graph.sample(number))[graph.results[0]]


class GraphTest(unittest.TestCase):
    def test_multiplications_are_those_published(self):
        millions = {line.name: line.graph().multiplications() / 1e6 for line in lines.LINES}
        self.assertAlmostEqual(millions["resnet8"], 12.5, 1)
        self.assertAlmostEqual(millions["mobilenet"], 11.9, 1)

    def test_padding(self):
        self.assertEqual(same_padding(96, 3, 2), (0, 1))
        self.assertEqual(same_padding(9, 3, 1), (1, 1))
        self.assertEqual(same_padding(32, 1, 2), (0, 0))

    def test_weights_are_the_same_each_time(self):
        one, other = (small_images("same").ops[0].weights["weight"] for _ in range(2))
        np.testing.assert_array_equal(one, other)

    def test_windows_are_those_of_a_loop(self):
        graph = Graph("window", (1, 5, 4, 2), images=True)
        graph.results = [graph.conv(graph.inputs[0], 3, 3, 2)]
        x, op = np.pad(graph.sample(1)[0], ((0, 0), (1, 1), (0, 1), (0, 0))), graph.ops[0]
        for i, j in np.ndindex(3, 2):
            seen = x[0, 2 * i:2 * i + 3, 2 * j:2 * j + 3]
            wanted = (seen * op.weights["weight"]).sum((1, 2, 3)) + op.weights["bias"]
            np.testing.assert_allclose(evaluated(graph)[0, i, j], wanted, 1e-5)


class QuantisedTest(unittest.TestCase):
    def test_multiplier(self):
        for ratio in (0.0007, 0.5, 0.999999999999, 3.0):
            multiplier, shift = multiplier_of(ratio)
            self.assertAlmostEqual(multiplier[0] / 2.0**shift[0] / ratio, 1, 8)

    def test_integers_stand_for_the_numbers(self):
        graph = small_images("numbers")
        quantised = Quantised(graph)
        scale = quantised.scales[graph.results[0]]
        for double in (False, True):
            found = integers.evaluate(quantised, quantised.sample(1), double)[0]
            real = (found.astype(float) - scale.zero) * scale.scale
            self.assertLess(np.abs(real - evaluated(graph)).max(), 16 * scale.scale)


class ProgramTest(unittest.TestCase):
    """Eke gives right results for what the writers write."""

    def check(self, graph, storage):
        quantised = Quantised(graph) if storage == "i8" else None
        inputs = (quantised or graph).sample(1)
        wanted, _ = checks.expected(graph, quantised, inputs)
        with tempfile.TemporaryDirectory() as folder:
            side, facts = comparison.started(
                lambda: Compiled(EKE, graph, write_module(graph, quantised, Path(folder))),
                wanted, inputs)
            self.assertIsNotNone(side, facts)
            self.assertGreater(side.seconds(20000), 0)

    def test_images(self):
        for storage in ("f32", "i8"):
            with self.subTest(storage):
                self.check(small_images(storage), storage)

    def test_transformer(self):
        self.check(lines.vit_block("small", tokens=5, width=12, heads=2), "f32")

    def test_recurrence(self):
        self.check(lines.single("small", "lstm", (5, 6), 7), "f32")

    def test_what_eke_refuses_is_told(self):
        graph = small_images("refused")
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(Failure, "status 2: eke: error: .*nowhere"):
                Compiled(EKE, graph, write_module(graph, None, Path(folder)), "nowhere")


class TextTest(unittest.TestCase):
    def test_function(self):
        graph = small_images("text")
        self.assertIn("func.func @main(%x0: tensor<1x9x7x3xf32>) -> (tensor<1x6xf32>)",
                      linalg_text.write(graph))
        self.assertIn("func.func @main(%x0: tensor<1x9x7x3xi8>) -> (tensor<1x6xi8>)",
                      tosa_text.write(Quantised(graph)))

    def test_converters_cut_what_a_stride_leaves(self):
        graph = Graph("cut", (1, 4, 4, 2), images=True)
        graph.results = [graph.conv(graph.inputs[0], 2, 1, 2)]
        self.assertIn("-> tensor<1x3x3x2xi8>", tosa_text.write(Quantised(graph)))


class Side:
    """Takes a second for each call, and notes who was called."""

    def __init__(self, name, calls):
        self.name, self.calls = name, calls

    def seconds(self, count):
        self.calls.append(self.name)
        return float(count)


class ComparisonTest(unittest.TestCase):
    def test_turns(self):
        calls = []
        samples = comparison.take_turns([Side("a", calls), Side("b", calls)], 3)
        self.assertEqual(samples, [[1.0] * 3] * 2)
        self.assertEqual(calls[-6:], ["a", "b"] * 3)

    def test_differences(self):
        wanted = [np.array([2.0, -4.0])]
        self.assertAlmostEqual(checks.worst([np.array([2.0, -3.0])], wanted), 0.25)
        self.assertEqual(checks.worst([np.array([np.nan, 0])], wanted), float("inf"))
        self.assertEqual(checks.worst([np.array([3, 5], np.int8)], [np.array([1, 5], np.int8)]), 2)

    def test_a_wrong_result_has_no_time(self):
        class Wrong:
            name = "Eke"

            def run(self, inputs):
                return [np.array([1], np.int8)]
        side, facts = comparison.started(Wrong, [np.array([2], np.int8)], [])
        self.assertIsNone(side)
        self.assertIn("wrong by 1", facts["failed"])


RESULTS = [{"title": "net", "format": "i8", "multiplications": 2e6, "sides": {
    "Eke": {"seconds": [3e-6, 2e-6]}, "Eke on device": {"instructions": 1.5e6},
    "A": {"seconds": [8e-6]}, "B": {"failed": "no such layer"}}}]


class TableTest(unittest.TestCase):
    def test_row(self):
        self.assertAlmostEqual(advantage(RESULTS[0]["sides"]), 4)
        self.assertEqual(table(RESULTS, ["A", "B"], ["device"]).splitlines()[-1],
                         "| net | i8 | 2.000 | 2.0 | 8.0 | – | 4.00× | 1.500 |")
        self.assertEqual(failures(RESULTS), "- net, i8, B: no such layer\n")

    def test_page(self):
        machine = {"cpu": "c", "architecture": "a", "cores": 2}
        text = page({"machine": machine, "load": {"before": 0, "after": 1}, "eke": "eke 1",
                     "target": "host", "rounds": 3, "date": "today", "bound": 1e-4,
                     "peers": {"A": "1.0", "B": "2"}, "devices": ["device"], "lines": RESULTS})
        for words in ("Peers: A 1.0, B 2.", "| net | i8 |", "no such layer"):
            self.assertIn(words, text)


if __name__ == "__main__":
    unittest.main()
