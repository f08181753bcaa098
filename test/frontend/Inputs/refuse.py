"""Breaks a small model, and shows what the compiler says about it.

usage: refuse.py EKE FOLDER CASE [COMPILER-OPTION...]

Makes a sound model in a new FOLDER, breaks it as CASE says, and compiles it. Prints
what the compiler prints, after checking that it is one line, or several if several things
are wrong, that the exit status is 2 (1 if the system cannot write), that no file has come
into being, and that `check` says the same, unless it is about the numbers in the weights.
"""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))
import models  # noqa: E402

WEIGHTS, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"
QUERY = "model.layers.1.self_attn.q_proj.weight"


class Model:
    """A directory whose files can be changed."""

    def __init__(self, folder):
        self.folder = folder

    def edit(self, name, change):
        """Applies `change` to the JSON of a file; what it returns replaces it."""
        path = self.folder / name
        value = json.loads(path.read_text())
        path.write_text(json.dumps(change(value) or value))

    def config(self, **changes):
        self.edit(CONFIG, lambda config: config.update(changes))

    def without(self, key):
        self.edit(CONFIG, lambda config: config.pop(key) and None)

    def text(self, name, old, new):
        path = self.folder / name
        path.write_text(path.read_text().replace(old, new, 1))

    def header(self, change):
        """Applies `change` to the header of the weights, and leaves their bytes."""
        header, data = self._weights()
        change(header)
        self._write(json.dumps(header).encode(), data)

    def tensor(self, **changes):
        self.header(lambda header: header[QUERY].update(changes))

    def element(self, index, value, name=QUERY):
        """Overwrites an element of one tensor."""
        header, data = self._weights()
        struct.pack_into("<e", data, header[name]["data_offsets"][0] + 2 * index, value)
        self._write(json.dumps(header).encode(), data)

    def add(self, name, dtype, shape, data):
        header, old = self._weights()
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(old), len(old) + len(data)]}
        self._write(json.dumps(header).encode(), old + data)

    def truncate(self, size):
        """Keeps the first bytes of the weights; of a negative size, all but the last."""
        path = self.folder / WEIGHTS
        path.write_bytes(path.read_bytes()[:size])

    def length(self, claimed):
        """Lets the weights claim a header of this length."""
        path = self.folder / WEIGHTS
        path.write_bytes(struct.pack("<Q", claimed) + path.read_bytes()[8:])

    def remove(self, name):
        (self.folder / name).unlink()

    def replace(self, name, make):
        self.remove(name)
        make(self.folder / name)

    def describe(self, eke, old, new):
        """Replaces the configuration by a description with an error."""
        path = self.folder / "model.textproto"
        subprocess.run([eke, "import", self.folder, "-o", path], check=True)
        assert old in path.read_text(), path.read_text()
        self.text(path.name, old, new)

    def _weights(self):
        content = bytearray((self.folder / WEIGHTS).read_bytes())
        start = 8 + struct.unpack_from("<Q", content)[0]
        return json.loads(content[8:start]), content[start:]

    def _write(self, header, data):
        (self.folder / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header + data)


def drop(header):
    """Takes a tensor out, and its bytes with it as far as the header goes."""
    size = header[QUERY]["data_offsets"]
    del header[QUERY]
    header["other.weight"] = {"dtype": "F16", "shape": [64, 64], "data_offsets": size}


def dangle(path):
    """Makes the link that a download leaves which has not come to an end."""
    path.symlink_to("blobs/none")


def swap_shape(header):
    key = QUERY.replace("q_proj", "k_proj")
    header[key]["shape"] = header[key]["shape"][::-1]


def write_vocabulary(path):
    """GPT-2's two files, of which one needs a token that the other has not."""
    path.with_name("vocab.json").write_text('{"a": 0, "b": 1}')
    path.with_name("merges.txt").write_text("#version: 0.2\na b\n")


CASES = {
    # directory
    "no-config": lambda m: m.remove(CONFIG),
    "no-weights": lambda m: m.remove(WEIGHTS),
    "lost-shard": lambda m: (m.remove(WEIGHTS), (m.folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {QUERY: "model-00001-of-00002.safetensors"}}))),
    "shard-outside": lambda m: (m.remove(WEIGHTS), (m.folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {QUERY: "../other.safetensors"}}))),
    "weights-is-folder": lambda m: (m.remove(WEIGHTS), (m.folder / WEIGHTS).mkdir()),
    # special files, and links that lead nowhere
    "weights-fifo": lambda m: m.replace(WEIGHTS, os.mkfifo),
    "weights-device": lambda m: m.replace(WEIGHTS, lambda path: path.symlink_to("/dev/zero")),
    "config-fifo": lambda m: m.replace(CONFIG, os.mkfifo),
    "dangling-tokenizer": lambda m: m.replace(TOKENIZER, dangle),
    "dangling-weights": lambda m: m.replace(WEIGHTS, dangle),
    "dangling-index": lambda m: (m.remove(WEIGHTS), dangle(m.folder / "model.safetensors.index.json")),
    "dangling-description": lambda m: dangle(m.folder / "model.textproto"),
    "huge-config": lambda m: os.truncate(m.folder / CONFIG, 2**40),
    # configuration
    "malformed-config": lambda m: m.text(CONFIG, "{", "{,"),
    "empty-config": lambda m: (m.folder / CONFIG).write_bytes(b""),
    "list-config": lambda m: (m.folder / CONFIG).write_text("[]"),
    "deep-config": lambda m: (m.folder / CONFIG).write_text("[" * 100000),
    "twice-config": lambda m: m.text(CONFIG, "{", '{"hidden_size": 1, "hidden_size": 64, '),
    "architecture": lambda m: m.config(architectures=["BloomForCausalLM"]),
    "two-architectures": lambda m: m.config(architectures=["LlamaForCausalLM"] * 2),
    "activation": lambda m: m.config(hidden_act="mish"),
    "no-size": lambda m: m.without("hidden_size"),
    "negative-size": lambda m: m.config(num_hidden_layers=-1),
    "huge-size": lambda m: m.config(vocab_size=2**40),
    "fraction": lambda m: m.config(intermediate_size=95.5),
    "heads": lambda m: m.config(num_attention_heads=5),
    "kv-heads": lambda m: m.config(num_key_value_heads=3),
    "wrong-width": lambda m: m.config(hidden_size=80),
    "more-layers": lambda m: m.config(num_hidden_layers=3),
    "fewer-layers": lambda m: m.config(num_hidden_layers=1),
    "no-sharing": lambda m: m.config(architectures=["MobileLLMForCausalLM"]),
    "scaled-rope": lambda m: m.config(rope_scaling={"rope_type": "ntk", "factor": 4.0}),
    "quantized": lambda m: m.config(quantization_config={"bits": 4}),
    "eos": lambda m: m.config(eos_token_id=300),
    "all-at-once": lambda m: (
        m.config(hidden_act="mish", quantization_config={"bits": 4}, num_key_value_heads=3,
                 rope_scaling={"rope_type": "ntk", "factor": 4.0}),
        m.edit(TOKENIZER, lambda t: t.update(normalizer={"type": "Nmt"})),
        (m.folder / "generation_config.json").write_text('{"eos_token_id": 300}')),
    # safetensors
    "empty-weights": lambda m: m.truncate(0),
    "truncated-length": lambda m: m.truncate(5),
    "truncated-header": lambda m: m.truncate(100),
    "truncated-data": lambda m: m.truncate(-1),
    "long-header": lambda m: m.length(2**63 + 10),
    "short-header": lambda m: m.length(20),
    "largest-header": lambda m: m.length(2**64 - 1),
    "reversed": lambda m: m.tensor(data_offsets=[8192, 0]),
    "beyond": lambda m: m.tensor(data_offsets=[0, 2**40]),
    "overflow-offsets": lambda m: m.tensor(data_offsets=[2**64 - 8, 2**64 - 1]),
    "negative-offsets": lambda m: m.tensor(data_offsets=[-8192, 0]),
    "overlap": lambda m: m.tensor(data_offsets=[0, 8192]),
    "overflow-shape": lambda m: m.tensor(shape=[2**33, 2**33]),
    "negative-shape": lambda m: m.tensor(shape=[-64, -64]),
    "short-tensor": lambda m: m.tensor(shape=[64, 63]),
    "unknown-dtype": lambda m: m.tensor(dtype="F15"),
    "integer-dtype": lambda m: m.tensor(dtype="I16"),
    "no-dtype": lambda m: m.header(lambda header: header[QUERY].pop("dtype")),
    # tensors
    "missing": lambda m: m.header(drop),
    "superfluous": lambda m: m.add("model.layers.7.mlp.up_proj.weight", "F16", [2], b"abcd"),
    "other-head": lambda m: m.add("lm_head.weight", "F16", [300, 64], bytes(2 * 300 * 64)),
    "misshaped": lambda m: m.header(swap_shape),
    "nan": lambda m: m.element(65, float("nan")),
    "infinite": lambda m: m.element(0, float("-inf")),
    "norm-nan": lambda m: m.element(5, float("nan"), "model.layers.1.input_layernorm.weight"),
    "no-head": lambda m: m.config(tie_word_embeddings=False),
    "lfs-pointer": lambda m: (m.folder / WEIGHTS).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    "byte-order-mark": lambda m: (m.folder / CONFIG).write_bytes(
        b"\xef\xbb\xbf" + (m.folder / CONFIG).read_bytes()),
    # tokenizer
    "malformed-tokenizer": lambda m: m.text(TOKENIZER, '"model"', "model"),
    "no-tokenizer-model": lambda m: m.edit(TOKENIZER, lambda t: t.pop("model") and None),
    "word-level": lambda m: m.edit(TOKENIZER, lambda t: t["model"].update(type="WordLevel")),
    "large-id": lambda m: m.edit(TOKENIZER, lambda t: t["model"]["vocab"].update(ab=300)),
    "lost-merge": lambda m: m.edit(TOKENIZER, lambda t: t["model"]["merges"].append("q zz")),
    "normalizer": lambda m: m.edit(TOKENIZER, lambda t: t.update(normalizer={"type": "Nmt"})),
    "look-behind": lambda m: m.edit(TOKENIZER, lambda t: t.update(pre_tokenizer={
        "type": "Split", "behavior": "Isolated", "pattern": {"Regex": "(?<=a)b"}})),
    "sentencepiece": lambda m: m.replace(TOKENIZER, lambda path: path.with_name(
        "tokenizer.model").write_bytes(b"\xff")),
    "lost-merge-line": lambda m: m.replace(TOKENIZER, write_vocabulary),
    # description
    "malformed-description": lambda m: m.describe(EKE, "width: 64", "width 64"),
    "unknown-field": lambda m: m.describe(EKE, "width: 64", "wide: 64"),
    "unknown-activation": lambda m: m.describe(EKE, "SILU", "MISH"),
    "no-width": lambda m: m.describe(EKE, "width: 64", ""),
    "unknown-block": lambda m: m.describe(EKE, 'block: "decoder"', 'block: "encoder"'),
    "lost-weights": lambda m: m.describe(EKE, WEIGHTS, "lost.safetensors"),
    "unknown-tensor": lambda m: m.describe(EKE, "self_attn.q_proj", "self_attn.query"),
    "outside": lambda m: m.describe(EKE, 'name: "model"', 'name: "../victim"'),
    "absolute": lambda m: m.describe(EKE, 'name: "model"', 'name: "/victim"'),
    "nothing-fits": lambda m: (
        m.describe(EKE, "kv_heads: 2", "kv_heads: 3"), m.text("model.textproto", "SILU", "RELU"),
        m.text("model.textproto", 'block: "decoder"', 'block: "encoder"'),
        m.text("model.textproto", "context: 64", "context: 0")),
    "repeats": lambda m: m.describe(EKE, "repeats: 1", "repeats: 8000"),
    # output and options
    "sound": lambda m: None,
}


# What is wrong in several ways.
SEVERAL = ("all-at-once", "fewer-layers", "missing", "more-layers", "nothing-fits",
           "unknown-tensor", "wrong-width")
# What is in the weights is read when they are packed.
NUMBERS = ("infinite", "nan", "norm-nan")


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


EKE, folder, case, *options = sys.argv[1:]
folder = Path(folder)
shutil.rmtree(folder, ignore_errors=True)
model = Model(models.write(folder / "model", models.SMALL))
CASES[case](model)
before = files(folder)
if not any(option.startswith("-o") for option in options):
    options = ["-o", folder / "program", *options]
done = subprocess.run([EKE, "compile", folder / "model", *options], capture_output=True,
                      text=True, errors="replace")
sys.stdout.write(done.stderr)
problems = []
# What the system says, in its own words, is of the machine.
expected = 1 if re.search("cannot (write|create) .*: [A-Z]", done.stderr) else 2
if done.returncode != expected:
    problems.append(f"exit status {done.returncode}, expected {expected}")
lines = done.stderr.splitlines()
kinds = ("eke: error: ", "eke: note: and ") if case in SEVERAL else "eke: error: "
if len(lines) == 0 or (len(lines) > 1) != (case in SEVERAL) or not all(
        line.startswith(kinds) for line in lines):
    problems.append("expected one line, or several, that begin with 'eke: error: '")
if not sys.argv[4:] and case not in NUMBERS:
    checked = subprocess.run([EKE, "check", folder / "model"], capture_output=True, text=True,
                             errors="replace")
    if (checked.returncode, checked.stdout, checked.stderr) != (2, "", done.stderr):
        problems.append(f"check says {checked.stdout + checked.stderr!r}")
if done.stdout:
    problems.append(f"{len(done.stdout)} characters on standard output")
if files(folder) != before:
    problems.append(f"left behind: {sorted(set(files(folder)) - set(before))}")
if problems:
    sys.exit(f"{case}: " + "; ".join(problems))
