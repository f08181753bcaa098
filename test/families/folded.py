#!/usr/bin/env python3
"""Compares folded models with NumPy: their equations, written down here.

usage: folded.py --eke EKE --work FOLDER [TARGET...]

The model is small, and has random weights. Its blocks fold attention and feed-forward by 1, 2
and 4, with grouped queries, biases, norms of heads, a window and both rotary pairings; one
layer runs twice. In f32 logits may differ by 1e-4. In every format a text read in calls of 16,
4 and 1 rows gives, bit for bit, what reading it token by token gives, and i8 and i4 are as near
to f32 as their rounding lets them be. Texts that an exit drafts are those of plain decoding.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np

import weights
from checks import Checks
from families import CALLS, HERE, MOST, run

import checkpoint  # from test/e2e, which families.py knows
import models

WIDTH, HEADS, KV_HEADS, SIZE, HIDDEN, VOCABULARY, CONTEXT = 64, 8, 4, 8, 96, 300, 32
EPSILON, THETA = 1e-5, 500.0
TOKENS = [int(t) for t in np.random.default_rng(3).integers(0, VOCABULARY, sum(CALLS))]
# How much of their size (root mean squares) the logits may be off.
FORMATS = {"f32": 1e-5, "i8": 0.06, "i4": 0.35}


class Layer:
    """A block with one layer."""

    def __init__(self, number, fold, inner_fold):
        self.number, self.fold, self.inner_fold = number, fold, inner_fold
        self.has_biases = number == 1
        self.has_head_norms = number == 2
        self.window = 5 if number == 1 else 0
        self.interleaved = number == 1
        self.has_rope = number != 2
        self.repeats = 2 if number == 0 else 1

    def tensors(self):
        """(field of BlockTensors, shape)"""
        fold, inner = self.fold, self.inner_fold
        width, queries, keys = WIDTH // fold, HEADS * SIZE // fold, KV_HEADS * SIZE // fold
        matrices = [("query", [queries, width]), ("key", [keys, width]), ("value", [keys, width]),
                    ("output", [width, queries]), ("gate", [HIDDEN // inner, WIDTH // inner]),
                    ("up", [HIDDEN // inner, WIDTH // inner]),
                    ("down", [WIDTH // inner, HIDDEN // inner])]
        yield from matrices
        if self.has_biases:
            yield from ((f"{name}_bias", shape[:1]) for name, shape in matrices)
        if self.has_head_norms:
            yield from ((name, [SIZE]) for name in ("query_norm", "key_norm"))
        yield from ((name, [WIDTH]) for name in ("attention_norm", "feed_forward_norm"))

    def describe(self):
        names = "\n".join(f'    {field}: "{self.tensor(field, "{layer}")}"'
                          for field, _ in self.tensors())
        pairing = "INTERLEAVED" if self.interleaved else "HALVES"
        rope = f"rope {{ pairing: {pairing} theta: {THETA} }}" if self.has_rope else ""
        norms = "query_key_norm { part: HEAD }" if self.has_head_norms else ""
        return f"""
blocks {{
  name: "block{self.number}"
  attention {{ heads: {HEADS} kv_heads: {KV_HEADS} head_dim: {SIZE} fold: {self.fold}
    window: {self.window} {rope} {norms} }}
  feed_forward {{ hidden: {HIDDEN} activation: SILU gated: true fold: {self.inner_fold} }}
  norm {{ epsilon: {EPSILON} }}
}}
stacks {{
  block: "block{self.number}" layers: 1 repeats: {self.repeats} first_layer: {self.number}
  tensors {{
{names}
  }}
}}
"""

    @staticmethod
    def tensor(field, layer):
        return f"l{layer}.{field}" + ("" if field.endswith("bias") else ".weight")


LAYERS = [Layer(number, *folds) for number, folds in enumerate([(2, 4), (4, 1), (1, 2)])]


def tensors():
    yield "embed.weight", [VOCABULARY, WIDTH]
    yield "norm.weight", [WIDTH]
    for layer in LAYERS:
        for field, shape in layer.tensors():
            yield layer.tensor(field, layer.number), shape


def describe(end=""):
    return f"""# proto-file: compiler/frontend/model.proto
# proto-message: eke.proto.Model

name: "m"
vocabulary {{ size: {VOCABULARY} bos: 0 eos: 0 tokenizer: "tokenizer.json" }}
context: {CONTEXT}
width: {WIDTH}
embedding: "embed.weight"
{"".join(layer.describe() for layer in LAYERS)}
final_norm {{ epsilon: {EPSILON} }}
final_norm_tensor: "norm.weight"
head {{ tied: true }}
weight_files: "model.safetensors"
{end}"""


class Model:
    """The equations, in f64."""

    def __init__(self, numbers):
        self.w = {name: array.astype(np.float64) for name, array in numbers.items()}

    def norm(self, x, scale):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON) * scale

    def weight(self, layer, field):
        return self.w.get(layer.tensor(field, layer.number))

    def linear(self, layer, x, field):
        bias = self.weight(layer, field + "_bias")
        return x @ self.weight(layer, field).T + (0 if bias is None else bias)

    def turn(self, layer, x):
        """Rotary positions of x[token, sub-token, head, element]."""
        if not layer.has_rope:
            return x
        angles = np.outer(np.arange(len(x)), THETA ** (-np.arange(0, SIZE, 2) / SIZE))
        c, s = (f(angles)[:, None, None] for f in (np.cos, np.sin))
        y = np.empty_like(x)
        first, second = ((np.s_[..., 0::2], np.s_[..., 1::2]) if layer.interleaved else
                         (np.s_[..., :SIZE // 2], np.s_[..., SIZE // 2:]))
        y[first], y[second] = x[first] * c - x[second] * s, x[second] * c + x[first] * s
        return y

    def heads(self, layer, x, role):
        """[token, sub-token, head, element]"""
        y = self.linear(layer, x, role).reshape(len(x) // layer.fold, layer.fold, -1, SIZE)
        if role == "value":
            return y
        if layer.has_head_norms:
            y = self.norm(y, self.weight(layer, role + "_norm"))
        return self.turn(layer, y)

    def attend(self, layer, x):
        """Token t becomes sub-tokens x[t, i D/N : (i + 1) D/N]; each sees all sub-tokens of the
        tokens up to its own."""
        tokens = len(x)
        x = x.reshape(tokens * layer.fold, -1)
        q, k, v = (self.heads(layer, x, role) for role in ("query", "key", "value"))
        group = HEADS // KV_HEADS
        k, v = (np.repeat(y, group, axis=2) for y in (k, v))
        scores = np.einsum("tihd,sjhd->htisj", q, k) / np.sqrt(SIZE)
        t, s = np.arange(tokens)[:, None], np.arange(tokens)
        seen = (s <= t) & ((s > t - layer.window) if layer.window else True)
        scores = np.where(seen[None, :, None, :, None], scores, -np.inf)
        p = np.exp(scores - scores.max((3, 4), keepdims=True))
        p /= p.sum((3, 4), keepdims=True)
        mixed = np.einsum("htisj,sjhd->tihd", p, v).reshape(len(x), -1)
        return self.linear(layer, mixed, "output").reshape(tokens, WIDTH)

    def feed_forward(self, layer, x):
        parts = x.reshape(-1, WIDTH // layer.inner_fold)
        gate, up = (self.linear(layer, parts, role) for role in ("gate", "up"))
        return self.linear(layer, gate / (1 + np.exp(-gate)) * up, "down").reshape(x.shape)

    def logits(self, tokens):
        x = self.w["embed.weight"][tokens]
        for layer in LAYERS:
            for _ in range(layer.repeats):
                x = x + self.attend(layer, self.norm(x, self.weight(layer, "attention_norm")))
                x = x + self.feed_forward(layer, self.norm(x, self.weight(layer,
                                                                          "feed_forward_norm")))
        return self.norm(x, self.w["norm.weight"]) @ self.w["embed.weight"].T


def write_model(folder, numbers, end=""):
    folder.mkdir(parents=True)
    (folder / "model.textproto").write_text(describe(end))
    (folder / "tokenizer.json").write_text(json.dumps(models.tokenizer(VOCABULARY)))
    checkpoint.write(folder / "model.safetensors",
                     [(name, "F32", list(array.shape), array.tobytes())
                      for name, array in numbers.items()])


def build(eke, model, target, compiler, folder, *flags):
    """A program that prints the logits of all tokens, and its path."""
    folder.mkdir(parents=True)
    run(eke, "compile", model, "--emit=lib", f"--target={target}", *flags, "-o", folder / "libm.a")
    run(*compiler, "-std=c11", "-D_GNU_SOURCE", "-include", folder / "m.h", HERE / "logits.c",
        folder / "libm.a", "-lm", "-lpthread", "-o", folder / "logits")
    return folder / "logits"


def check_target(checks, options, target, machine, expected):
    triple, emulator = machine
    compiler = ["cc"] if target == "host" else [f"{triple}-gcc", "-static"]
    size = np.sqrt((expected**2).mean())
    for weights_format, most in FORMATS.items():
        program = build(options.eke, options.work / "m", target, compiler,
                        options.work / f"{target}-{weights_format}",
                        f"--weights={weights_format}", "--kv-cache=f32")
        text = np.array(TOKENS, np.int32).tobytes()
        got, single = (run(*emulator, program, *calls, input=text)
                       for calls in (CALLS, [1] * len(TOKENS)))
        name = f"{target}, {weights_format}"
        checks.expect(got == single, f"{name}: prefill gives what token by token gives")
        got = np.frombuffer(got, np.float32).reshape(expected.shape)
        worst = np.abs(got - expected).max()
        error = np.sqrt(((got - expected)**2).mean()) / size
        holds = error <= most and (weights_format != "f32" or worst <= MOST)
        checks.expect(holds, f"{name}: logits up to {np.abs(expected).max():.2f} differ by "
                      f"{worst:.1e}, in the mean by {error:.1e} of their size (at most {most})")


def check_exit(checks, options, numbers):
    """Drafting at an exit between folded layers changes no text."""
    model = options.work / "exit"
    write_model(model, numbers, "exits { after_run: 2 policy: DRAFT drafts: 3 }\n")
    program = options.work / "drafts"
    run(options.eke, "compile", model, "--weights=i8", "-o", program)
    for prompt in ("a", "zabc defgh"):
        texts = [run(program, "--ids", "--prompt", prompt, "--tokens", 20, f"--speculate={drafts}")
                 for drafts in ("off", 1, 2, 3)]
        checks.expect(len(set(texts)) == 1 and len(texts[0].split()) > 5,
                      f"{prompt!r}: {len(texts[0].split())} tokens, drafted or not")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("targets", nargs="*", default=["host", "cortex-a76"])
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    numbers = dict(weights.make("folded", list(tensors())))
    write_model(options.work / "m", numbers)
    expected = Model(numbers).logits(TOKENS)
    listed = json.loads(run(options.eke, "targets", "--json=-"))["targets"]
    machines = {"host": ("", []), **{t["name"]: (t["triple"], t["emulator"]) for t in listed}}
    checks = Checks()
    for target in options.targets:
        check_target(checks, options, target, machines[target], expected)
    check_exit(checks, options, numbers)
    return bool(checks.faults)


if __name__ == "__main__":
    sys.exit(main())
