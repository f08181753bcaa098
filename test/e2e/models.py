"""Hugging Face directories of any size, with random weights."""

import itertools
import json
import random
import string
from collections import namedtuple

import checkpoint

Shape = namedtuple("Shape", "layers width heads kv_heads hidden vocab context")

SMALL = Shape(layers=2, width=64, heads=4, kv_heads=2, hidden=96, vocab=300, context=64)
# facebook/MobileLLM-125M, as its configuration gives it.
MOBILELLM_125M = Shape(layers=30, width=576, heads=9, kv_heads=3, hidden=1536, vocab=32000,
                       context=2048)


def parameters(shape):
    """How many weights there are, with tied embeddings."""
    return sum(checkpoint.product(dims) for _, dims in tensors(shape))


def tensors(shape):
    """The name and shape of every tensor."""
    width, head = shape.width, shape.width // shape.heads
    yield "model.embed_tokens.weight", [shape.vocab, width]
    for layer in range(shape.layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", [width]
        yield prefix + "self_attn.q_proj.weight", [width, width]
        yield prefix + "self_attn.k_proj.weight", [shape.kv_heads * head, width]
        yield prefix + "self_attn.v_proj.weight", [shape.kv_heads * head, width]
        yield prefix + "self_attn.o_proj.weight", [width, width]
        yield prefix + "post_attention_layernorm.weight", [width]
        yield prefix + "mlp.gate_proj.weight", [shape.hidden, width]
        yield prefix + "mlp.up_proj.weight", [shape.hidden, width]
        yield prefix + "mlp.down_proj.weight", [width, shape.hidden]
    yield "model.norm.weight", [width]


def config(shape, **changes):
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
            "hidden_size": shape.width, "intermediate_size": shape.hidden,
            "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
            "num_key_value_heads": shape.kv_heads, "vocab_size": shape.vocab,
            "max_position_embeddings": shape.context, "hidden_act": "silu",
            "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True,
            "bos_token_id": 0, "eos_token_id": 0, "torch_dtype": "float16", **changes}


# Of an f16 the upper byte holds sign, exponent and two bits of the fraction. These keep
# sign and fraction and choose an exponent of 2^-8 to 2^-5, as trained weights have.
_UPPER = bytes(byte & 0x83 | (7 + (byte >> 2 & 3)) << 2 for byte in range(256))


def random_f16(count, seed):
    """The bytes of so many numbers between -1/16 and 1/16."""
    numbers = random.Random(seed)
    data = bytearray(2 * count)
    data[0::2] = numbers.randbytes(count)
    data[1::2] = numbers.randbytes(count).translate(_UPPER)
    return data


def weights(shape):
    """Entries for checkpoint.write; norms are 1."""
    for seed, (name, dims) in enumerate(tensors(shape)):
        count = checkpoint.product(dims)
        yield name, "F16", dims, (
            b"\x00\x3c" * count if len(dims) == 1 else
            lambda count=count, seed=seed: random_f16(count, seed))


def alphabet():
    """The character that stands for each byte in a tokenizer.json."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (byte for byte in range(256) if byte not in plain)
    return {**{byte: chr(byte) for byte in plain},
            **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def tokenizer(vocab):
    """A byte-level BPE: a token that ends texts, the bytes, then words of letters."""
    tokens, merges = ["<|endoftext|>", *alphabet().values()], []
    words = ("".join(letters) for size in itertools.count(2)
             for letters in itertools.product(string.ascii_lowercase, repeat=size))
    for word in itertools.islice(words, vocab - len(tokens)):
        tokens.append(word)
        merges.append(f"{word[:-1]} {word[-1]}")
    level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    return {"version": "1.0", "normalizer": None, "pre_tokenizer": level, "decoder": level,
            "post_processor": None,
            "added_tokens": [{"id": 0, "content": tokens[0], "special": True}],
            "model": {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)},
                      "merges": merges}}


def write(folder, shape, **changes):
    """Writes a directory; `changes` go to its config.json. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(shape, **changes), indent=1))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(shape.vocab)))
    checkpoint.write(folder / "model.safetensors", list(weights(shape)))
    return folder
