"""Writes a model directory as a GGUF file in F16, tensor after tensor.

usage: gguf_file.py DIRECTORY OUTPUT

Runs in the Python environment that has the package `gguf`. Layers that the directory
shares are written once per use: llama.cpp has no way to share them.
"""

import json
import struct
import sys
from pathlib import Path

import gguf
import numpy as np

from gguf_names import rotary_rows, tensor_names

DTYPES = {"F16": np.float16, "F32": np.float32}


def open_safetensors(path):
    """The tensors by name, mapped from the file."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            sys.exit(f"gguf_file.py: {path}: '{name}' is {entry['dtype']}, "
                     f"expected {' or '.join(DTYPES)}")
        tensors[name] = np.memmap(path, DTYPES[entry["dtype"]], "r",
                                  8 + size + entry["data_offsets"][0], tuple(entry["shape"]))
    return tensors


def add_header(writer, config, layers):
    width, heads = config["hidden_size"], config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(width // heads)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def add_tokenizer(writer, path):
    tokenizer = json.loads(path.read_text())
    model, special = tokenizer["model"], {t["content"] for t in tokenizer["added_tokens"]}
    ids = {**model["vocab"], **{t["content"]: t["id"] for t in tokenizer["added_tokens"]}}
    tokens = sorted(ids, key=ids.get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else
                            gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge)
                             for merge in model["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)


def element_type(tensor):
    """llama.cpp keeps vectors in F32."""
    return np.dtype(np.float32 if tensor.ndim == 1 else np.float16)


def convert(directory, output):
    config = json.loads((directory / "config.json").read_text())
    tensors = open_safetensors(directory / "model.safetensors")
    names = tensor_names(config)
    writer = gguf.GGUFWriter(output, "llama")
    add_header(writer, config, 1 + max(int(name.split(".")[1]) for name, _ in names
                                       if name.startswith("blk.")))
    add_tokenizer(writer, directory / "tokenizer.json")
    for name, source in names:
        tensor, dtype = tensors[source], element_type(tensors[source])
        writer.add_tensor_info(name, tensor.shape, dtype, tensor.size * dtype.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, source in names:
        tensor = tensors[source]
        if rows := rotary_rows(source, config):
            tensor = tensor[rows]
        writer.write_tensor_data(np.ascontiguousarray(tensor, element_type(tensor)))
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: gguf_file.py DIRECTORY OUTPUT")
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
