"""Models, prompts and samples of the benchmark, without running anything."""

import contextlib
import io
import json
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import gguf_names
import measure
import packages
import process
import quality
import sample
import workloads
from process import Run
from tools import Missing
from workloads import models


class WorkloadTest(unittest.TestCase):
    def test_sizes_are_those_published(self):
        millions = {w.name: round(models.parameters(w.shape) / 1e6)
                    for w in workloads.WORKLOADS if w.shape}
        self.assertEqual(millions, {"125m": 125, "125m-ls": 125, "350m": 345})

    def test_prompts_fit_the_context(self):
        sizes = {w.name: w.prompt_sizes(65) for w in workloads.WORKLOADS}
        self.assertEqual(sizes["125m"], [128, 512])
        self.assertEqual(sizes["pydoc-lm"], [128])

    def test_directory_is_made_once(self):
        shape = models.SMALL
        workload = workloads.Workload("small", "small", shape)
        with tempfile.TemporaryDirectory() as cache:
            folder = workloads.directory_of(workload, Path(cache))
            weights = folder / "model.safetensors"
            made = weights.stat().st_mtime_ns
            self.assertEqual(workloads.directory_of(workload, Path(cache)), folder)
            self.assertEqual(weights.stat().st_mtime_ns, made)
            changed = workloads.Workload("small", "small", shape._replace(layers=3))
            workloads.directory_of(changed, Path(cache))
            self.assertNotEqual(weights.stat().st_mtime_ns, made)
            self.assertEqual(json.loads((folder / "config.json").read_text())[
                "num_hidden_layers"], 3)


class RealModelTest(unittest.TestCase):
    """SmolLM2, without asking for it."""

    def setUp(self):
        self.workload = next(w for w in workloads.WORKLOADS if w.package)

    def test_rivals(self):
        self.assertEqual([self.workload.rivals(form) for form in ("i4", "i8", "keep")],
                         [["Q4_0", "Q4_K_M"], ["Q8_0"], ["Q4_1"]])
        for workload in workloads.WORKLOADS:
            if not workload.package:
                self.assertEqual([workload.rivals(form) for form in ("i4", "i8", "keep")],
                                 [["Q4_0"], ["Q8_0"], []])

    def test_a_file_that_is_there(self):
        with tempfile.TemporaryDirectory() as cache:
            folder = Path(cache) / "packages" / self.workload.package.requirement / "module"
            folder.mkdir(parents=True)
            (folder / "model.gguf").write_text("model")
            self.assertEqual(workloads.model_of(self.workload, Path(cache)),
                             folder / "model.gguf")
            (folder / "other.gguf").write_text("model")
            with self.assertRaisesRegex(Missing, "has 2 GGUF files, expected one"):
                workloads.model_of(self.workload, Path(cache))

    def test_what_cannot_be_had_is_left_out(self):
        class Nowhere:
            def file(self, cache):
                raise Missing("no network")

        class Plan:
            cache = None
            models = [workloads.Workload("far", "Far", package=Nowhere())]

        told = io.StringIO()
        with (contextlib.redirect_stderr(told),
              unittest.mock.patch.object(packages, "novel", lambda cache: "a\n")):
            self.assertEqual(list(measure.compare_all(Plan, None)), [])
        self.assertEqual(told.getvalue(), "bench.py: Far is left out: no network\n")


class TextTest(unittest.TestCase):
    def test_between_marks(self):
        text = f"by\n{packages.BEGIN} ***\none\ntwo\n{packages.END}\nlicence\n"
        self.assertEqual(packages.between_marks(text), "one\ntwo\n")
        with self.assertRaisesRegex(Missing, "no beginning and end"):
            packages.between_marks("one\ntwo\n")

    def test_whole_lines(self):
        self.assertEqual(workloads.lines_of("one\ntwo\nthree\n", 9), "one\ntwo\n")
        self.assertEqual(workloads.lines_of("one\n", 9), "one\n")

    def test_pieces_begin_with_white_space(self):
        text = "It was  a\n\n  bright cold day,\tin April. " * 30 + "\n"
        pieces = list(quality.pieces_of(text, 50))
        self.assertEqual("".join(pieces), text)
        self.assertGreater(len(pieces), 15)
        for piece, after in zip(pieces, pieces[1:]):
            self.assertFalse(piece[-1].isspace())
            self.assertTrue(after[0].isspace())
            self.assertLess(len(piece), 60)
        self.assertEqual(list(quality.pieces_of("word", 50)), ["word"])

    def test_ids_have_one_start(self):
        class Words:
            def start_ids(self):
                return ["0"]

            def prompt_ids(self, text):
                return ["0", *text.split()]

        text = " ".join(map(str, range(1, 200)))
        self.assertEqual(quality.token_ids(Words(), text), [str(i) for i in range(200)])

    def test_all_targets_are_scored(self):
        class Side:
            engine, format = "Eke", "i4"

            def score(self, text, threads):
                return {"tokens": 3, "perplexity": 2.5}

        text = quality.Text("a text", None, ["0", "1", "2", "3"], None, 192)
        self.assertEqual(quality.score(Side(), text, 1),
                         {"engine": "Eke", "format": "i4", "perplexity": 2.5})
        fewer = quality.Text("a text", None, ["0", "1", "2"], None, 192)
        with self.assertRaisesRegex(Missing, "Eke scored 3 tokens in i4, expected 2"):
            quality.score(Side(), fewer, 1)


class InstallTest(unittest.TestCase):
    def test_same_contents_and_mode(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "program"
            path.write_bytes(bytes(range(256)) * 40_000)  # more than a chunk
            path.chmod(0o751)
            before = path.stat()
            process.install(path)
            after = path.stat()
            self.assertEqual(path.read_bytes(), bytes(range(256)) * 40_000)
            self.assertEqual(after.st_mode, before.st_mode)
            self.assertNotEqual(after.st_ino, before.st_ino)
            self.assertEqual([each.name for each in Path(folder).iterdir()], ["program"])


class NamesTest(unittest.TestCase):
    def test_shared_layers_are_written_per_use(self):
        plain, shared = (gguf_names.tensor_names(workloads.config_of(w))
                         for w in workloads.WORKLOADS[:2])
        self.assertEqual((len(plain), len(shared)), (2 + 9 * 30, 2 + 9 * 60))
        sources = dict(shared)
        for block, layer in ((0, 0), (1, 0), (58, 29), (59, 29)):
            self.assertEqual(sources[f"blk.{block}.ffn_up.weight"],
                             f"model.layers.{layer}.mlp.up_proj.weight")

    def test_every_tensor_of_the_directory_is_used(self):
        workload = workloads.WORKLOADS[0]
        self.assertEqual({source for _, source in gguf_names.tensor_names(
            workloads.config_of(workload))}, {name for name, _ in models.tensors(workload.shape)})

    def test_untied_head(self):
        config = models.config(models.SMALL, tie_word_embeddings=False)
        self.assertIn(("output.weight", "lm_head.weight"), gguf_names.tensor_names(config))

    def test_rotary_rows_pair_the_halves_of_a_head(self):
        config = {"hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2}
        rows = gguf_names.rotary_rows("model.layers.0.self_attn.k_proj.weight", config)
        self.assertEqual(rows, [0, 2, 1, 3, 4, 6, 5, 7])
        self.assertIsNone(gguf_names.rotary_rows("model.layers.0.self_attn.v_proj.weight",
                                                 config))


class PairsOfLetters:
    """Stands in for a program: a start, then a token for every two letters."""

    def prompt_ids(self, text):
        return ["0", *(str(len(part)) for part in
                       (text[i:i + 2] for i in range(0, len(text), 2)))]


class SampleTest(unittest.TestCase):
    def test_prompt_has_the_number_of_tokens(self):
        with tempfile.TemporaryDirectory() as folder:
            prompt = sample.cut_prompt(PairsOfLetters(), "x" * 200, 20, Path(folder))
            self.assertEqual(len(prompt.ids), 20)
            self.assertEqual(len(PairsOfLetters().prompt_ids(prompt.text)), 20)
            self.assertEqual(prompt.file.read_text().split(), prompt.ids)
            with self.assertRaisesRegex(SystemExit, "exactly 30 tokens"):
                sample.cut_prompt(PairsOfLetters(), "x" * 10, 30, Path(folder))

    def sample(self, decoded=3):
        stats = {"prefill": {"tokens": 2, "seconds": 0.5},
                 "decode": {"tokens": decoded, "seconds": 1.5},
                 "peak_rss_bytes": 7, "weight_bytes": 11}
        prompt = sample.Prompt("ab", ["0", "1"], None)
        return sample.sample_of(Run(0.75, "5 6 7 8\n"), stats, prompt, 4, "program")

    def test_figures(self):
        figures, facts = self.sample()
        self.assertEqual(figures, {"first_token": 0.75, "start": 0.25, "prefill_2": 4,
                                   "decode": 2, "peak_rss": 7})
        self.assertEqual(facts, {"weight_bytes": 11, "tokens": ["5", "6", "7", "8"]})

    def test_wrong_counts_are_refused(self):
        with self.assertRaisesRegex(SystemExit, "decoded 2 .*expected 2, 3 and 4"):
            self.sample(decoded=2)


if __name__ == "__main__":
    unittest.main()
