"""A GGUF file compiles to the program of the same model in a directory.

Random blocks of every kind; the directory has their numbers in f32, as the package `gguf`
reads them, with the rows of queries and keys as Hugging Face orders them, and the same
tokenizer. What is dequantised and quantised anew is then the same, bit for bit; what is kept
is within the rounding of activations. Without the package it is skipped (77).
"""

import json
import sys
from pathlib import Path

try:
    import gguf
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}; ./dev setup installs the packages gguf and numpy")
    sys.exit(77)

import checkpoint
import gguf_files
import models
from harness import EKE, expect, expect_equal, finish, run, run_text, score, temporary_folder

SHAPE = models.Shape(layers=2, width=256, heads=4, kv_heads=2, hidden=512, vocab=300, context=64)
# Name in the directory, and in the GGUF file.
NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
         "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
         "post_attention_layernorm": "ffn_norm", "model.embed_tokens": "token_embd",
         "model.norm": "output_norm", "self_attn.q_norm": "attn_q_norm",
         "self_attn.k_norm": "attn_k_norm"}
HEAD = SHAPE.width // SHAPE.heads
# What differs from a plain Llama: values of the file, of config.json, and tensors of a layer.
VARIANTS = {
    "linear": ("llama", {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0},
               {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}, []),
    "divisors": ("llama", {"rope_freqs": [4.0] * (HEAD // 2)},
                 {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}, []),
    "qwen3": ("qwen3", {"attention.key_length": HEAD, "attention.value_length": HEAD},
              {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": HEAD},
              ["self_attn.q_norm", "self_attn.k_norm"]),
}
TEXT = b"abc ab, hello 12 \xc3\xa4 world!\n  x" * 8


def name_in_file(name):
    for other, own in NAMES.items():
        if other in name:
            layer = f"blk.{name.split('.')[2]}." if "layers" in name else ""
            return f"{layer}{own}.weight"
    sys.exit(f"unknown tensor {name}")


def side_by_side(rows, heads):
    """Rows of heads whose pairs are halves apart, with the pairs side by side."""
    halves = rows.reshape(heads, 2, -1, rows.shape[1])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def header(family, changes):
    tokenizer = models.tokenizer(SHAPE.vocab)
    tokens = list(tokenizer["model"]["vocab"])
    architecture = {"block_count": SHAPE.layers, "context_length": SHAPE.context,
                    "embedding_length": SHAPE.width, "feed_forward_length": SHAPE.hidden,
                    "attention.head_count": SHAPE.heads, "attention.head_count_kv": SHAPE.kv_heads,
                    "attention.layer_norm_rms_epsilon": 1e-5, "rope.freq_base": 10000.0,
                    "rope.dimension_count": HEAD, **changes}
    special = [3 if i == 0 else 1 for i in range(len(tokens))]
    own = {"model": "gpt2", "pre": "gpt-2", "tokens": tokens, "token_type": special,
           "merges": tokenizer["model"]["merges"], "bos_token_id": 0, "eos_token_id": 0,
           "add_bos_token": True}
    return {"general.architecture": family,
            **{f"{family}.{key}": value for key, value in architecture.items()},
            **{f"tokenizer.ggml.{key}": value for key, value in own.items()}}


def tensors_of(layer_norms):
    yield from models.tensors(SHAPE)
    for layer in range(SHAPE.layers):
        for name in layer_norms:
            yield f"model.layers.{layer}.{name}.weight", [HEAD]


def write_pair(folder, name, kinds, rng, variant=("llama", {}, {}, [])):
    """Writes name.gguf and the folder name, whose matrices have `kinds` in turn."""
    family, values, config, layer_norms = variant
    divisors = values.get("rope_freqs")
    file = gguf_files.File(
        **header(family, {key: values[key] for key in values if key != "rope_freqs"}))
    if divisors:
        file.add("rope_freqs.weight", "F32", np.array(divisors, np.float32))
    directory, tensors = folder / name, []
    directory.mkdir()
    kinds_left = [kind for _ in range(20) for kind in kinds]
    for tensor, shape in tensors_of(layer_norms):
        own = name_in_file(tensor)
        if len(shape) == 1:
            numbers = rng.uniform(0.5, 1.5, shape).astype(np.float32)
            file.add(own, "F32", numbers)
        else:
            kind = kinds_left.pop(0)
            if kind == "F16":
                numbers = rng.uniform(-0.06, 0.06, shape).astype(np.float16).astype(np.float32)
                file.add(own, kind, numbers)
            else:
                blocks = gguf_files.random_blocks(rng, kind, *shape)
                file.add(own, kind, blocks, shape)
                numbers = gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[kind])
            heads = {"q_proj": SHAPE.heads, "k_proj": SHAPE.kv_heads}.get(tensor.split(".")[-2])
            if heads and family == "llama":
                numbers = unpair(numbers, heads)
        tensors.append((tensor, "F32", list(shape), numbers.tobytes()))
    (directory / "config.json").write_text(json.dumps(models.config(SHAPE, **config)))
    (directory / "tokenizer.json").write_text(json.dumps(models.tokenizer(SHAPE.vocab)))
    checkpoint.write(directory / "model.safetensors", tensors)
    return file.write(folder / f"{name}.gguf"), directory


def unpair(rows, heads):
    """The inverse of `side_by_side`."""
    pairs = rows.reshape(heads, -1, 2, rows.shape[1])
    return pairs.swapaxes(1, 2).reshape(rows.shape)


def build(model, output, *options):
    run([EKE, "compile", model, "-o", output, "--rows=4", *options])
    return output


def ids(program, text):
    return run_text([program, "--prompt", text, "--ids", "--echo", "--tokens", 12])


with temporary_folder() as name:
    folder, rng = Path(name), np.random.default_rng(3)
    rows = rng.standard_normal((8, 3))
    expect((unpair(side_by_side(rows, 2), 2) == rows).all(), "the order of rows is undone")
    text = folder / "text"
    text.write_bytes(TEXT)

    file, directory = write_pair(folder, "all", list(gguf_files.BLOCKS), rng)
    for weights in ("f32", "i8"):
        programs = [build(model, folder / f"{label}-{weights}", f"--weights={weights}")
                    for label, model in (("file", file), ("directory", directory))]
        scores = [score([program], text) for program in programs]
        expect_equal(scores[0], scores[1], f"{weights}: perplexity {scores[0]['perplexity']:.4f}")
        expect_equal(ids(programs[0], "hello ab"), ids(programs[1], "hello ab"),
                     f"{weights}: the same tokens")

    # The description that `eke import` writes refers to the file.
    description = folder / "described" / "model.textproto"
    description.parent.mkdir()
    run([EKE, "import", file, "-o", description])
    described = score([build(description, folder / "described-i8", "--weights=i8")], text)
    expect_equal(described, score([folder / "file-i8"], text), "described, then compiled")

    for label, variant in VARIANTS.items():
        pair = write_pair(folder, label, ["F16", "Q8_0"], rng, variant)
        scores = [score([build(model, folder / f"{label}-{i}", "--weights=f32")], text)
                  for i, model in enumerate(pair)]
        expect_equal(scores[0], scores[1], f"{label}: perplexity {scores[0]['perplexity']:.4f}")

    for kept in ("Q8_0", "Q4_1"):
        file, directory = write_pair(folder, kept, [kept], rng)
        exact = score([build(directory, folder / f"{kept}-f32", "--weights=f32")], text)
        program = build(file, folder / f"{kept}-keep", "--weights=keep")
        found = score([program], text)
        apart = found["perplexity"] / exact["perplexity"] - 1
        expect(abs(apart) < 0.005, f"{kept} kept: perplexity {apart:+.2%} of f32's")
        more = program.stat().st_size - file.stat().st_size
        expect(more < 1_000_000, f"{kept} kept: the program has {more} bytes more than the file")
finish()
