"""Training steps, checkpoints, scores and the exported model.

usage: training_test.py TRAIN_FOLDER EKE
"""

import json
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

TRAIN, EKE = Path(sys.argv.pop(1)).resolve(), sys.argv.pop(1)
EXAMPLE = TRAIN.parent
sys.path.insert(0, str(TRAIN))

import numpy  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

import data  # noqa: E402
import generate  # noqa: E402
from evaluate import tokens_of  # noqa: E402
from export import model_of_run, read_model, write_model  # noqa: E402
from losses import IGNORED, cross_entropy, exit_loss, generator, keep_mask, logits_of  # noqa: E402
from model import Config, LanguageModel  # noqa: E402
from recipe import Recipe  # noqa: E402
from scoring import score  # noqa: E402
from trainer import Mismatch, Settings, Trainer  # noqa: E402
from windows import Mixed, Windows  # noqa: E402

TINY = Config(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
              num_key_value_heads=1, head_dim=16, vocab_size=64, max_position_embeddings=32)
STEPS = 12
SETTINGS = Settings(window=16, batch=4, warm_up=3)
RECIPE = Recipe(TINY.runs, STEPS, dropout=0.5, from_scratch=False, rotate=2)
torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)


def trainer(recipe=RECIPE, **settings):
    # 40 windows are ten steps: the last two are of a second epoch.
    tokens = torch.randint(64, (16 * 41 + 1,), generator=generator(7)).numpy()
    settings = replace(SETTINGS, **settings)
    return Trainer(TINY, recipe, settings,
                   Windows(tokens, settings.window, settings.batch, settings.seed))


def losses(run, steps):
    return [run.train_step() for _ in range(steps)]


class Resuming(unittest.TestCase):
    def test_same_losses_as_uninterrupted(self):
        uninterrupted = trainer()
        expected = losses(uninterrupted, STEPS)
        first = trainer()
        before = losses(first, 5)
        with tempfile.TemporaryDirectory() as folder:
            first.save(Path(folder) / "checkpoint.pt")
            torch.manual_seed(99)  # what else draws random numbers does not matter
            second = trainer()
            second.load(Path(folder) / "checkpoint.pt")
        self.assertEqual(before + losses(second, STEPS - 5), expected)
        for weight, other in zip(uninterrupted.model.parameters(), second.model.parameters()):
            self.assertTrue(torch.equal(weight, other))

    def test_seed_decides(self):
        self.assertEqual(losses(trainer(), 3), losses(trainer(), 3))
        self.assertNotEqual(losses(trainer(), 3), losses(trainer(seed=2), 3))

    def test_checkpoint_of_another_run_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "checkpoint.pt"
            trainer().save(path)
            with self.assertRaisesRegex(Mismatch, "dropout = 0.5, but 0.0 is asked for"):
                trainer(Recipe.off(TINY.runs, STEPS)).load(path)

    def test_what_is_no_checkpoint_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "checkpoint.pt"
            path.write_text("junk")
            with self.assertRaisesRegex(Mismatch, "is no checkpoint"):
                trainer().load(path)

    def test_it_learns(self):
        # Counting up and beginning again is soon foreseen.
        run = trainer(replace(RECIPE, steps=60, dropout=0.1))
        run.batches.tokens = numpy.arange(16 * 41 + 1) % 64
        seen = [last for _, last in losses(run, 60)]
        self.assertLess(seen[-1], 0.5 * seen[0])


class Order(unittest.TestCase):
    def test_an_epoch_has_every_window_once(self):
        windows = trainer().batches
        starts = torch.cat([windows.starts(step) for step in range(10)])
        self.assertEqual(len(set(starts.tolist())), 40)
        self.assertEqual(len(set((starts % 16).tolist())), 1)
        self.assertNotEqual(windows.starts(0).tolist(), windows.starts(10).tolist())

    def test_targets_are_one_token_on(self):
        inputs, targets = trainer().batches[3]
        self.assertEqual(inputs.shape, (4, 16))
        self.assertTrue(torch.equal(inputs[:, 1:], targets[:, :-1]))


class Generated(unittest.TestCase):
    """Batches of text and of what a model generated."""

    GENERATED = (numpy.arange(17) + 100 * numpy.arange(6)[:, None]) % 64

    def test_half_of_a_batch_has_no_targets(self):
        windows = trainer().batches
        mixed = Mixed(windows, self.GENERATED)
        for step in range(5):
            inputs, targets = mixed[step]
            self.assertTrue(torch.equal(inputs[:2], windows[step][0][2:]))
            self.assertTrue(torch.equal(targets[:2], windows[step][1][2:]))
            chosen = torch.from_numpy(self.GENERATED[mixed.chosen(step)])
            self.assertTrue(torch.equal(inputs[2:], chosen[:, :-1]))
            self.assertEqual(set(targets[2:].flatten().tolist()), {IGNORED})

    def test_all_come_before_one_comes_again(self):
        mixed = Mixed(trainer().batches, self.GENERATED)
        epochs = [numpy.concatenate([mixed.chosen(3 * epoch + i) for i in range(3)])
                  for epoch in range(2)]
        for chosen in epochs:
            self.assertEqual(sorted(chosen), list(range(6)))
        self.assertNotEqual(epochs[0].tolist(), epochs[1].tolist())

    def test_the_last_exit_learns_the_text_alone(self):
        model = LanguageModel(TINY)
        inputs, targets = Mixed(trainer().batches, self.GENERATED)[0]
        _, mixed = exit_loss(model, model(inputs), targets, {1: 0.5, 3: 0.5}, distill=True)
        _, text = exit_loss(model, model(inputs[:2]), targets[:2], {3: 1.0})
        torch.testing.assert_close(mixed, text)

    def test_other_windows_are_refused(self):
        with self.assertRaisesRegex(ValueError, "shape .6, 16.; expected windows of 17"):
            Mixed(trainer().batches, self.GENERATED[:, 1:])
        with self.assertRaisesRegex(ValueError, "1 generated windows .* too few"):
            Mixed(trainer().batches, self.GENERATED[:1])

    def test_another_text_is_another_run(self):
        windows = trainer().batches
        digests = {windows.digest(), Mixed(windows, self.GENERATED).digest(),
                   Mixed(windows, self.GENERATED + 1).digest()}
        self.assertEqual(len(digests), 3)


class LayerDropout(unittest.TestCase):
    def test_mask_has_the_probabilities_of_the_recipe(self):
        kept = keep_mask(RECIPE, 0, 40000, generator(3))
        for layer in range(TINY.runs):
            # Five standard deviations of a mean of 40000 draws are at most .0125.
            self.assertAlmostEqual(1 - kept[layer].float().mean().item(),
                                   RECIPE.drop_probability(layer, 0), delta=0.0125)

    def test_a_dropped_sample_passes_and_the_others_do_not_notice(self):
        model = LanguageModel(TINY)
        tokens = torch.randint(64, (3, 16), generator=generator(5))
        kept = torch.ones(TINY.runs, 3, dtype=torch.bool)
        kept[2, 1] = False
        full, dropped = model(tokens), model(tokens, kept)
        self.assertTrue(torch.equal(dropped[2][1], dropped[1][1]))
        self.assertFalse(torch.equal(full[2][1], full[1][1]))
        torch.testing.assert_close(dropped[3][[0, 2]], full[3][[0, 2]])


class Loss(unittest.TestCase):
    def test_weighted_sum_over_exits(self):
        model = LanguageModel(TINY)
        inputs, targets = trainer().batches[0]
        states = model(inputs)
        total, last = exit_loss(model, states, targets, {1: 0.25, 3: 0.75})
        first = cross_entropy(logits_of(model, states, 1), targets)
        torch.testing.assert_close(total, 0.25 * first + 0.75 * last)
        self.assertEqual(last, cross_entropy(logits_of(model, states, 3), targets))

    def test_distilled_exit_learns_from_the_last(self):
        model = LanguageModel(TINY)
        inputs, targets = trainer().batches[0]
        states = model(inputs)
        total, last = exit_loss(model, states, targets, {1: 1.0, 3: 0.0}, distill=True)
        # KL(p || q) = sum p (log p - log q), in the mean over tokens.
        p, q = (logits_of(model, states, run).log_softmax(-1) for run in (3, 1))
        torch.testing.assert_close(total, (p.exp() * (p - q)).sum(-1).mean())
        same, _ = exit_loss(model, [states[3]] * 4, targets, {1: 1.0, 3: 0.0}, distill=True)
        self.assertLess(abs(same.item()), 1e-6)


class OwnHead(unittest.TestCase):
    CONFIG = replace(TINY, exit_run=2)

    def test_reads_its_own_exit_and_no_other(self):
        model = LanguageModel(self.CONFIG)
        states = model(torch.zeros(1, 4, dtype=torch.long))
        with torch.no_grad():
            model.exit.head.weight.zero_()
        self.assertEqual(logits_of(model, states, 1).abs().max(), 0)
        for run in (0, 2, 3):
            self.assertGreater(logits_of(model, states, run).abs().max(), 0)

    def test_starts_as_what_the_exit_had_before(self):
        before, run = LanguageModel(TINY), trainer()
        run = Trainer(self.CONFIG, RECIPE, SETTINGS, run.batches)
        run.start_from(before)
        states = before(torch.zeros(1, 4, dtype=torch.long))
        torch.testing.assert_close(logits_of(run.model, states, 1), logits_of(before, states, 1))

    def test_another_shape_is_refused(self):
        run = trainer()
        with self.assertRaisesRegex(Mismatch, "are of another model"):
            run.start_from(LanguageModel(replace(TINY, hidden_size=16)))


class Model(unittest.TestCase):
    def test_agrees_with_the_reference_of_the_example(self):
        golden = json.loads((EXAMPLE / "golden.json").read_text())
        model = read_model(EXAMPLE)
        tensors = load_file(EXAMPLE / "golden.safetensors")
        with torch.no_grad():
            states = model(tensors["tokens"].long().view(1, -1))
        for run, state in enumerate(states):
            torch.testing.assert_close(state[0], tensors[f"hidden.{run + 1}"], rtol=0, atol=1e-4)
        short = (EXAMPLE / "eval.txt").read_bytes()[:golden["short_bytes"]].decode()
        tokenizer = Tokenizer.from_file(str(EXAMPLE / "tokenizer.json"))
        scores = score(model, tokens_of(tokenizer, short), golden["window"])
        self.assertEqual(scores.tokens, golden["short_tokens_scored"])
        self.assertAlmostEqual(scores.perplexity[-1], golden["perplexity_short"], delta=1e-4)
        self.assertEqual(scores.agreement[-1], 1)

    def test_without_sharing_a_block_runs_once(self):
        model = LanguageModel(replace(TINY, layer_sharing=False))
        self.assertEqual(len(model(torch.zeros(1, 4, dtype=torch.long))), 2)
        self.assertEqual(len(LanguageModel(TINY)(torch.zeros(1, 4, dtype=torch.long))), 4)


class Export(unittest.TestCase):
    def test_compiled_program_scores_like_the_model(self):
        text = (EXAMPLE / "eval.txt").read_text()[:3000]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            data.train_tokenizer([text], 300).save(str(folder / "tokenizer.json"))
            run = trainer()
            run.config = replace(TINY, vocab_size=300)
            run.model = LanguageModel(run.config)
            run.save(folder / "checkpoint.pt")
            write_model(folder / "model", model_of_run(folder), folder / "tokenizer.json")
            (folder / "text").write_text(text)
            subprocess.run([EKE, "compile", folder / "model", "--weights=f32", "-o",
                            folder / "program"], check=True)
            scored = json.loads(subprocess.check_output(
                [folder / "program", "--score", folder / "text"]))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self.check_continuations(folder / "program", tokenizer, text)
            expected = score(read_model(folder / "model"), tokens_of(tokenizer, text),
                             TINY.max_position_embeddings)
        self.assertEqual(scored["tokens"], expected.tokens)
        self.assertAlmostEqual(scored["perplexity"] / expected.perplexity[-1], 1, delta=1e-3)

    def check_continuations(self, program, tokenizer, text):
        tokens = numpy.array(tokenizer.encode(text).ids, numpy.uint16)
        rows = generate.write(program, tokens, tokenizer, 21, 5, seed=3, threads=2)
        self.assertEqual(rows.shape[1], 21)
        given = generate.pieces_of(tokens, 7, 5, seed=3)
        again = [tokenizer.decode(row.tolist()) for row in rows]
        for piece in given:
            begin = tokenizer.decode(piece.tolist())
            self.assertTrue(any(whole.startswith(begin) for whole in again), begin)
        with self.assertRaisesRegex(generate.Failed, "cannot be run"):
            generate.continued(program.with_name("none"), "text", 9)


if __name__ == "__main__":
    unittest.main()
