"""The formulas of the training recipe, and what text it may train on.

usage: recipe_test.py TRAIN_FOLDER
"""

import sys
import tempfile
import unittest
from pathlib import Path

TRAIN = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(TRAIN))

import text  # noqa: E402
from recipe import Recipe, exit_scale, gradual, rotational, time_scale  # noqa: E402

EVAL = (TRAIN.parent / "eval.txt").read_text()


class Dropout(unittest.TestCase):
    def test_depth(self):
        # L = 32, p_max = .1: values worked out by hand from the paper's formula.
        recipe = Recipe(32, 1000, dropout=0.1, from_scratch=False)
        for layer, expected in {0: 0, 8: 0.0196, 16: 0.0430, 24: 0.0710, 31: 0.1}.items():
            self.assertAlmostEqual(recipe.drop_probability(layer, 7), expected, delta=5e-5)

    def test_time(self):
        # Half-way through, e^{ln2/2} - 1.
        self.assertEqual(time_scale(0, 101), 0)
        self.assertAlmostEqual(time_scale(50, 101), 2 ** 0.5 - 1)
        self.assertAlmostEqual(time_scale(100, 101), 1)

    def test_from_scratch_ends_at_p_max(self):
        recipe = Recipe(12, 101, dropout=0.2)
        self.assertEqual(recipe.drop_probability(11, 0), 0)
        self.assertAlmostEqual(recipe.drop_probability(11, 100), 0.2)


class ExitLoss(unittest.TestCase):
    def test_scales(self):
        # L = 4, e_scale = .2: .2 * (0, 1, 3), and 3 + .2 * 3.
        scales = [exit_scale(layer, 4, 0.2) for layer in range(4)]
        for scale, expected in zip(scales, [0, 0.2, 0.6, 3.6]):
            self.assertAlmostEqual(scale, expected)

    def test_weights_are_normalised(self):
        for curriculum in "rotational", "gradual", "none":
            recipe = Recipe(12, 100, curriculum=curriculum)
            for step in range(100):
                weights = recipe.exit_weights(step)
                self.assertAlmostEqual(sum(weights.values()), 1)
                self.assertEqual(max(weights, key=weights.get), 11)

    def test_weights(self):
        # All of L = 4: 0 + .2 + .6 + 3.6 = 4.4; the exit with e(0) = 0 costs nothing.
        weights = Recipe(4, 100, curriculum="none").exit_weights(0)
        self.assertEqual(sorted(weights), [1, 2, 3])
        self.assertAlmostEqual(weights[2], 0.6 / 4.4)

    def test_one_exit_weighs_as_much_as_the_last(self):
        recipe = Recipe(12, 100, exit_run=3)
        for step in range(100):
            self.assertEqual(recipe.exit_weights(step), {2: 0.5, 11: 0.5})

    def test_off_trains_the_last_exit_alone(self):
        recipe = Recipe.off(12, 100)
        self.assertEqual(recipe.exit_weights(5), {11: 1.0})
        self.assertEqual(recipe.drop_probability(11, 99), 0)


class Curriculum(unittest.TestCase):
    def test_rotational_pattern(self):
        for step, expected in enumerate(["10001000", "01000100", "00100010", "00010001"]):
            enabled = "".join(str(int(rotational(layer, step, 8, 4))) for layer in range(8))
            self.assertEqual(enabled, expected)

    def test_rotational_enables_ceil_of_l_over_r(self):
        for layers, every in (32, 8), (24, 23), (12, 5):
            for step in range(3 * layers):
                enabled = sum(rotational(layer, step, layers, every) for layer in range(layers))
                self.assertEqual(enabled, -(-layers // every))

    def test_gradual_comes_down_in_half_the_steps(self):
        # T = 80, L = 4: another exit every 10 steps, all from step 30 on.
        for step, lowest in {0: 3, 9: 3, 10: 2, 20: 1, 29: 1, 30: 0, 79: 0}.items():
            enabled = [layer for layer in range(4) if gradual(layer, step, 4, 80)]
            self.assertEqual(enabled, list(range(lowest, 4)))

    def test_last_exit_is_always_enabled(self):
        recipe = Recipe(8, 100, rotate=8)
        for step in range(100):
            self.assertTrue(recipe.is_enabled(7, step))


class Split(unittest.TestCase):
    def test_source_of_the_scored_text_is_held_back(self):
        other = "\n".join(f"An unrelated sentence that has the number {i}." for i in range(90))
        found = {"from-eval": other + EVAL[20000:23000], "other": other}
        train, validation, held_back = text.split(found, EVAL)
        self.assertEqual(list(held_back), ["from-eval"])
        self.assertEqual([*train, *validation], ["other"])

    def test_rules_and_short_lines_are_no_overlap(self):
        rules = "\n".join("=" * n for n in range(30, 70))
        lines = text.long_lines(EVAL + rules)
        self.assertFalse(text.overlaps(rules + "\n   Returns.\n" * 9, lines))

    def test_validation_is_a_small_share(self):
        found = {f"document {i}": "x" for i in range(2000)}
        train, validation, _ = text.split(found, EVAL)
        self.assertGreater(len(validation), 10)
        self.assertGreater(len(train), 40 * 40)

    def test_documents(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in "b.rst.txt", "a.rst", "c.html":
                Path(folder, name).write_text(name)
            self.assertEqual(list(text.documents(Path(folder)).items()),
                             [("a.rst", "a.rst"), ("b.rst.txt", "b.rst.txt")])


if __name__ == "__main__":
    unittest.main()
