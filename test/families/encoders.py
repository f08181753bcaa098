#!/usr/bin/env python3
"""Compares encoders with NumPy: BERT's equations, written down here.

usage: encoders.py --eke EKE --work FOLDER [--target NAME]

The model is small, and has random weights. Texts are of words that are tokens, short and long
ones, so that each number of rows has its turn. In f32 numbers may differ by 1e-5; vectors are
of length 1. What programs print, write and refuse is compared as well.
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import weights
from checks import Checks

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "e2e"))
import checkpoint  # noqa: E402
from families import find_emulator  # noqa: E402

MOST = 1e-5
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sat", "on", "mat", "##s", "a", ",",
         "dog", "ran", "far", "##ther"]
CLS, SEP = WORDS.index("[CLS]"), WORDS.index("[SEP]")
CONTEXT, WIDTH, HEADS, HIDDEN, LAYERS = 40, 32, 4, 48, 2
CONFIG = {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": WIDTH,
          "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "intermediate_size": HIDDEN,
          "vocab_size": len(WORDS), "max_position_embeddings": 64, "type_vocab_size": 2,
          "layer_norm_eps": 1e-12, "hidden_act": "gelu", "pad_token_id": 0}
TOKENIZER = {
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                   "strip_accents": None, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                   {"Sequence": {"id": "A", "type_id": 0}},
                   {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
        "pair": [], "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [CLS], "tokens": ["[CLS]"]},
                                       "[SEP]": {"id": "[SEP]", "ids": [SEP], "tokens": ["[SEP]"]}}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "added_tokens": [{"id": i, "content": WORDS[i], "special": True} for i in range(4)],
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100, "vocab": {w: i for i, w in enumerate(WORDS)}}}
# Texts and their tokens, without those at the ends.
TEXTS = {
    "the cat sat on the mat": "the cat sat on the mat",
    "": "",
    "A dog": "a dog",
    "Cats, dogs farther": "cat ##s , dog ##s far ##ther",
    "the cat ran " * 5: "the cat ran " * 5,
    "the dog sat on a mat " * 6: "the dog sat on a mat " * 6,
}


def tensors():
    yield "embeddings.word_embeddings.weight", [len(WORDS), WIDTH]
    yield "embeddings.position_embeddings.weight", [CONFIG["max_position_embeddings"], WIDTH]
    yield "embeddings.token_type_embeddings.weight", [2, WIDTH]
    yield "embeddings.LayerNorm.weight", [WIDTH]
    yield "embeddings.LayerNorm.bias", [WIDTH]
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for name, rows, columns in (("attention.self.query", WIDTH, WIDTH),
                                    ("attention.self.key", WIDTH, WIDTH),
                                    ("attention.self.value", WIDTH, WIDTH),
                                    ("attention.output.dense", WIDTH, WIDTH),
                                    ("intermediate.dense", HIDDEN, WIDTH),
                                    ("output.dense", WIDTH, HIDDEN)):
            yield f"{prefix}{name}.weight", [rows, columns]
            yield f"{prefix}{name}.bias", [rows]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            yield f"{prefix}{name}.weight", [WIDTH]
            yield f"{prefix}{name}.bias", [WIDTH]
    yield "pooler.dense.weight", [WIDTH, WIDTH]
    yield "pooler.dense.bias", [WIDTH]


class Bert:
    """The equations, in f64."""

    def __init__(self, numbers):
        self.w = {name: array.astype(np.float64) for name, array in numbers.items()}

    def norm(self, x, name):
        centered = x - x.mean(1, keepdims=True)
        scaled = centered / np.sqrt((centered**2).mean(1, keepdims=True) + CONFIG["layer_norm_eps"])
        return scaled * self.w[name + ".weight"] + self.w[name + ".bias"]

    def linear(self, x, name):
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def attend(self, x, prefix):
        q, k, v = (self.linear(x, f"{prefix}self.{name}").reshape(len(x), HEADS, -1)
                   for name in ("query", "key", "value"))
        scores = np.einsum("ihd,jhd->hij", q, k) / math.sqrt(q.shape[2])
        p = np.exp(scores - scores.max(2, keepdims=True))
        p /= p.sum(2, keepdims=True)
        mixed = np.einsum("hij,jhd->ihd", p, v).reshape(len(x), -1)
        return self.linear(mixed, prefix + "output.dense")

    def encode(self, tokens, pooling, normalized):
        x = (self.w["embeddings.word_embeddings.weight"][tokens] +
             self.w["embeddings.position_embeddings.weight"][:len(tokens)] +
             self.w["embeddings.token_type_embeddings.weight"][0])
        x = self.norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}."
            x = self.norm(x + self.attend(x, prefix + "attention."),
                          prefix + "attention.output.LayerNorm")
            inner = self.linear(x, prefix + "intermediate.dense")
            gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
            x = self.norm(x + self.linear(gelu, prefix + "output.dense"), prefix + "output.LayerNorm")
        vector = x[0] if pooling == "cls_token" else x.mean(0)
        return vector / np.sqrt((vector**2).sum()) if normalized else vector


def write_words(folder, config=None):
    """The tokenizer as BERT's authors published it."""
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("".join(word + "\n" for word in WORDS))
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))


def write_model(folder, pooling, normalized, numbers):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    kinds = ["Transformer", "Pooling"] + ["Normalize"] * normalized
    paths = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    (folder / "modules.json").write_text(json.dumps(
        [{"idx": i, "name": str(i), "path": paths[kind], "type": f"sentence_transformers.models.{kind}"}
         for i, kind in enumerate(kinds)]))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(
        {f"pooling_mode_{mode}": mode == pooling for mode in ("mean_tokens", "cls_token", "max_tokens")}))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": CONTEXT, "do_lower_case": False}))
    checkpoint.write(folder / "model.safetensors",
                     [(name, "F32", list(array.shape), array.tobytes())
                      for name, array in numbers.items()])


def compile_model(options, folder):
    return run(options.eke, "compile", folder / "m", f"--target={options.target}", "--weights=f32",
               "-o", folder / "program")


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def tokens_of(words):
    return [CLS, *(WORDS.index(word) for word in words.split()), SEP]


def check_model(checks, options, numbers, pooling, normalized):
    name = f"{pooling}-{normalized}"
    folder = options.work / name
    write_model(folder / "m", pooling, normalized, numbers)
    code, _, said = compile_model(options, folder)
    checks.expect(code == 0, f"{name}: compiles {said}")
    model = Bert(numbers)
    lines, worst = [], 0
    for text, words in TEXTS.items():
        expected = model.encode(tokens_of(words), pooling, normalized)
        _, said, wrong = run(*options.emulator, folder / "program", "--prompt", text)
        got = np.array([float(number) for number in said.split()])
        if got.shape != expected.shape:
            checks.expect(False, f"{name}: {text!r} gives {len(got)} numbers {wrong}")
            continue
        worst = max(worst, np.abs(got - expected).max())
        lines.append(said)
    checks.expect(worst < MOST, f"{name}: vectors differ by {worst:.1e} at most")
    return [*options.emulator, folder / "program"], lines


def check_files(checks, options, program, lines):
    """The vectors of a file's lines are those of prompts, as text and as a file of tensors."""
    texts = options.work / "texts"
    texts.write_text("\n".join(TEXTS) + "\n")
    code, said, _ = run(*program, "--prompt-file", texts, "--threads", 2,
                        *([] if options.emulator else ["--sandbox"]))
    checks.expect((code, said) == (0, "".join(lines)), "the lines of a file")
    output = options.work / "vectors"
    code, said, _ = run(*program, "--prompt-file", texts, "--output", output)
    numbers = np.array([line.split() for line in lines], np.float64).astype(np.float32)
    checks.expect((code, said) == (0, "") and output.read_bytes() == numbers.tobytes(),
                  "vectors in a file")
    code, _, said = run(*program, "--prompt", "the " * CONTEXT)
    checks.expect(code == 2 and said.endswith(
        f"the prompt has {CONTEXT + 2} tokens, more than the context of {CONTEXT}: shorten it, "
        "or give --truncate\n"), f"a long text: {said.strip()}")
    long = run(*program, "--prompt", "the " * CONTEXT, "--truncate")
    short = run(*program, "--prompt", "the " * (CONTEXT - 2))
    checks.expect(long == short and long[0] == 0, "the beginning of a long text")
    output.unlink()
    texts.write_text("cat\n" + "the " * CONTEXT + "\n")
    code, _, said = run(*program, "--prompt-file", texts, "--output", output)
    checks.expect(code == 2 and f"line 2 of '{texts}' has" in said and not output.exists(),
                  f"a long line: {said.strip()}")
    code, _, said = run(*program)
    checks.expect(code == 2 and "nothing to do: give --prompt or --prompt-file" in said, said.strip())


def check_words(checks, options, numbers, lines):
    """A vocab.txt in place of a tokenizer.json, and what the configuration beside it says."""
    folder = options.work / "words"
    for config, text, same in ((None, "A dog", "a dog"), ({"do_lower_case": True}, "A dog", "a dog"),
                               ({"do_lower_case": False}, "A dog", "[UNK] dog"),
                               ({"cls_token": {"content": "[CLS]"}, "sep_token": "[SEP]"}, "a", "a")):
        shutil.rmtree(folder, ignore_errors=True)
        write_model(folder / "m", "mean_tokens", True, numbers)
        write_words(folder / "m", config)
        code, _, said = compile_model(options, folder)
        checks.expect(code == 0, f"vocab.txt and {config}: compiles {said}")
        got = [run(*options.emulator, folder / "program", "--prompt", each) for each in (text, same)]
        checks.expect(got[0] == got[1] and got[0][0] == 0, f"{config}: {text!r} is {same!r}")
        if config is None:
            got = "".join(run(*options.emulator, folder / "program", "--prompt", text)[1]
                          for text in TEXTS)
            checks.expect(got == "".join(lines), "the same vectors with a vocab.txt")


def check_refused(checks, options, numbers):
    def refuse(change, message):
        folder = options.work / "refused"
        shutil.rmtree(folder, ignore_errors=True)
        write_model(folder, "mean_tokens", True, numbers)
        change(folder)
        code, _, said = run(options.eke, "import", folder, "-o", "-")
        checks.expect(code == 2 and message in said, said.strip() or message)

    refuse(lambda f: (f / "modules.json").unlink(), "has no modules.json, which says what makes")
    refuse(lambda f: (f / "modules.json").write_text('[{"type": "a.Dense"}]'),
           "has a module of the type 'a.Dense', which is not supported")
    refuse(lambda f: (f / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}'),
           "'pooling_mode_max_tokens' is not supported; expected false")
    refuse(lambda f: (f / "1_Pooling" / "config.json").write_text("{}"),
           "has no way to make a vector of a text")
    refuse(lambda f: (f / "tokenizer.json").write_text(json.dumps({**TOKENIZER, "post_processor": None})),
           "has no post-processor, which says between which tokens a text stands")
    refuse(lambda f: write_words(f, {"tokenizer_class": "MPNetTokenizer"}),
           "'tokenizer_class' is 'MPNetTokenizer', which is not supported of a vocab.txt")
    refuse(lambda f: write_words(f, {"do_basic_tokenize": False}),
           "'do_basic_tokenize' is not supported; expected true")
    refuse(lambda f: write_words(f, {"cls_token": "<s>"}),
           "vocab.txt: has no line '<s>', which is 'cls_token'")
    refuse(lambda f: (write_words(f), (f / "vocab.txt").write_text("a\n" * (len(WORDS) + 1))),
           f"vocab.txt: has more lines than the {len(WORDS)} tokens of the model")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--target", default="host")
    options = parser.parse_args()
    options.emulator = find_emulator(options.eke, options.target)
    shutil.rmtree(options.work, ignore_errors=True)
    numbers = dict(weights.make("bert", list(tensors())))
    checks = Checks()
    program, lines = check_model(checks, options, numbers, "mean_tokens", True)
    check_model(checks, options, numbers, "cls_token", False)
    check_files(checks, options, program, lines)
    check_words(checks, options, numbers, lines)
    check_refused(checks, options, numbers)
    return bool(checks.faults)


if __name__ == "__main__":
    sys.exit(main())
