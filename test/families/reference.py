#!/usr/bin/env python3
"""Computes what families.py expects, by Hugging Face's own library.

usage: reference.py [--check]

Needs PyTorch and transformers. Writes models.json, which holds for each model of MODELS the
configuration as the library writes it and the tensors that it has, and logits.npz; with --check
compares with these instead.
"""

import argparse
import copy
import json
import sys
from pathlib import Path

import numpy as np
import torch
import transformers

import weights

HERE = Path(__file__).parent
TOKENS = [int(t) for t in np.random.default_rng(1).integers(0, 61, 21)]

SMALL = dict(vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32,
             bos_token_id=None, eos_token_id=None, pad_token_id=None, tie_word_embeddings=False)
SCALED = {"original_max_position_embeddings": 8, "factor": 4.0}
MODELS = {
    "llama": ("llama", {}),
    "llama-biases": ("llama", dict(attention_bias=True, mlp_bias=True, head_dim=12,
                                   tie_word_embeddings=True)),
    "llama-linear": ("llama", dict(rope_scaling={"rope_type": "linear", "factor": 4.0})),
    "llama-llama3": ("llama", dict(rope_theta=500.0, rope_scaling={
        "rope_type": "llama3", "low_freq_factor": 1.0, "high_freq_factor": 4.0, **SCALED})),
    "llama-yarn": ("llama", dict(rope_scaling={"rope_type": "yarn", **SCALED})),
    "llama-dynamic": ("llama", dict(rope_scaling={"rope_type": "dynamic", "factor": 2.0})),
    "mistral": ("mistral", dict(sliding_window=5)),
    "qwen2": ("qwen2", {}),
    "qwen2-window": ("qwen2", dict(use_sliding_window=True, sliding_window=6,
                                   max_window_layers=1)),
    "qwen3": ("qwen3", dict(head_dim=16)),
    "gemma2": ("gemma2", dict(head_dim=8, query_pre_attn_scalar=24, sliding_window=6,
                              attn_logit_softcapping=3.0, final_logit_softcapping=2.0,
                              tie_word_embeddings=True)),
    "gemma3": ("gemma3_text", dict(head_dim=8, query_pre_attn_scalar=24, sliding_window=6,
                                   num_hidden_layers=7, sliding_window_pattern=3,
                                   rope_theta=1e6, rope_local_base_freq=1e4,
                                   rope_scaling={"rope_type": "linear", "factor": 8.0},
                                   tie_word_embeddings=True)),
    "smollm3": ("smollm3", dict(num_hidden_layers=5, no_rope_layer_interval=2,
                                tie_word_embeddings=True)),
    "olmo2": ("olmo2", {}),
    "phi3": ("phi3", dict(partial_rotary_factor=0.75)),
    "phi3-longrope": ("phi3", dict(original_max_position_embeddings=24, rope_scaling={
        "type": "longrope", "short_factor": [1.0, 1.1, 1.3, 2.0],
        "long_factor": [2.0, 3.0, 4.0, 5.0]})),
    "llama4": ("llama4_text", dict(
        head_dim=8, intermediate_size_mlp=48, moe_layers=[], num_local_experts=1,
        no_rope_layers=[1, 0, 1], attn_temperature_tuning=True, floor_scale=64,
        attention_chunk_size=32)),
    "opt": ("opt", dict(ffn_dim=48, word_embed_proj_dim=32, num_key_value_heads=None,
                        tie_word_embeddings=True)),
    "gpt2": ("gpt2", dict(n_embd=32, n_inner=48, n_layer=3, n_head=4, n_positions=32,
                          hidden_size=None, intermediate_size=None, num_hidden_layers=None,
                          num_attention_heads=None, num_key_value_heads=None,
                          max_position_embeddings=None, tie_word_embeddings=True)),
    "gpt-neo": ("gpt_neo", dict(num_layers=3, num_heads=4, window_size=5,
                                attention_types=[[["global", "local"], 1], [["local"], 1]],
                                tie_word_embeddings=True)),
}


def build(family):
    kind, changes = MODELS[family]
    # The library changes what it is given.
    given = {key: copy.deepcopy(value) for key, value in {**SMALL, **changes}.items()
             if value is not None or key.endswith("token_id")}
    config = transformers.AutoConfig.for_model(kind, **copy.deepcopy(given))
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    model.eval().float()
    saved = json.loads(config.to_json_string())
    saved["architectures"] = [type(model).__name__]
    return given, saved, model


def tensors_of(model):
    """What a checkpoint has: no buffers, and tied tensors once."""
    tied = set(model._tied_weights_keys or ()) if model.config.tie_word_embeddings else set()
    return [[name, list(parameter.shape)] for name, parameter in model.named_parameters()
            if name not in tied]


def compute(family):
    given, saved, model = build(family)
    tensors = tensors_of(model)
    state = {name: torch.from_numpy(array) for name, array in weights.make(family, tensors)}
    missing, superfluous = model.load_state_dict(state, strict=False)
    assert not superfluous and all("bias" in m or m.startswith("lm_head") for m in missing), missing
    model.tie_weights()
    with torch.no_grad():
        logits = model(torch.tensor([TOKENS])).logits[0].numpy()
    return {"given": given, "config": saved, "tensors": tensors}, logits


def print_models(models):
    """JSON with a line for each part of a model."""
    entries = [f'"{family}": {{\n' + ",\n".join(f'"{key}": {json.dumps(value)}'
                                               for key, value in parts.items()) + "}"
               for family, parts in models.items()]
    return (f'{{"transformers": "{transformers.__version__}",\n"tokens": {json.dumps(TOKENS)},\n'
            '"models": {\n' + ",\n".join(entries) + "}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    models, logits = {}, {}
    for family in MODELS:
        models[family], logits[family] = compute(family)
    if options.check:
        stored = np.load(HERE / "logits.npz")
        worst = {family: float(np.abs(stored[family] - logits[family]).max()) for family in MODELS}
        print("\n".join(f"{family}: {error:.1e}" for family, error in worst.items()))
        return max(worst.values()) > 2e-5
    (HERE / "models.json").write_text(print_models(models))
    np.savez_compressed(HERE / "logits.npz", **logits)
    for family, numbers in logits.items():
        print(f"{family}: largest {np.abs(numbers).max():.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
