"""Writes a GGUF file of which several values and the types of most tensors are not
supported.

usage: rejected_gguf.py OUTPUT
"""

import struct
import sys
from pathlib import Path

U32, F32, STRING = 4, 6, 8
IQ2_XS, TQ1_0, UNKNOWN = 17, 34, 99
VALUES = {
    "general.architecture": (STRING, "llama"),
    "llama.context_length": (U32, 64),
    "llama.embedding_length": (U32, 32),
    "llama.block_count": (U32, 5),
    "llama.feed_forward_length": (U32, 64),
    "llama.attention.head_count": (U32, 4),
    "llama.attention.layer_norm_rms_epsilon": (F32, 1e-5),
    "llama.rope.scaling.type": (STRING, "ntk"),
    "llama.expert_count": (U32, 8),
    "llama.logit_scale": (F32, 2.0),
    "tokenizer.ggml.model": (STRING, "rwkv"),
    "tokenizer.ggml.bos_token_id": (U32, 77),
}
TENSORS = {"token_embd.weight": (0, (16, 32)), "output.weight": (TQ1_0, (16, 256)),
           "output_norm.weight": (UNKNOWN, (32,)),
           **{f"blk.{layer}.ffn_up.weight": (IQ2_XS, (64, 256)) for layer in range(5)}}


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def encode(kind, value):
    return struct.pack("<I", kind) + (
        text(value) if kind == STRING else struct.pack("<f" if kind == F32 else "<I", value))


header = b"GGUF" + struct.pack("<IQQ", 3, len(TENSORS), len(VALUES))
for key, (kind, value) in VALUES.items():
    header += text(key) + encode(kind, value)
for name, (kind, shape) in TENSORS.items():
    header += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), kind, 0)
Path(sys.argv[1]).write_bytes(header + bytes(-len(header) % 32) + bytes(4 * 16 * 32))
