#!/usr/bin/env python3
"""Compares GGUF files of every family with directories of the same models.

usage: gguf_pairs.py --eke EKE --work FOLDER [FAMILY...]

The models are those of families.py, changed where a GGUF file cannot say the same; the package
`gguf` names keys and tensors, and what llama.cpp's converter does to the numbers is done to
them. Logits must be the same, bit for bit, but for CLOSE. Without the package it is skipped (77).
"""

import sys

try:
    import gguf
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}; ./dev setup installs the packages gguf and numpy")
    sys.exit(77)

import encoders
import families
import weights

# By what the configurations of families.py are changed. A GGUF file does not say by what Gemma
# divides scores, which layers of SmolLM3 turn, or numbers that f32 does not hold.
PAIRS = {
    "llama": {}, "llama-biases": {}, "llama-linear": {}, "llama-yarn": {}, "qwen2": {}, "olmo2": {},
    "phi3": {}, "gpt2": {},
    "qwen3": {"rope_parameters": {
        "rope_type": "yarn", "rope_theta": 10000.0, "original_max_position_embeddings": 16,
        "factor": 2.5, "beta_fast": 8.0, "beta_slow": 2.0, "mscale": 1.0, "mscale_all_dim": 0.5}},
    "gemma2": {"query_pre_attn_scalar": 8},
    "gemma3": {"query_pre_attn_scalar": 8},
    "smollm3": {"no_rope_layer_interval": 4, "no_rope_layers": [1, 1, 1, 0, 1]},
    "phi3-longrope": {"sliding_window": 7, "rope_parameters": {
        "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 24,
        "attention_factor": 1.0625, "short_factor": [1.0, 1.125, 1.25, 2.0],
        "long_factor": [2.0, 3.0, 4.0, 5.0]}},
}
# Layers that do not turn sum scores in another order: that of the file's rows.
CLOSE = {"smollm3": 1e-5}


def architecture_of(family):
    return family.split("-")[0]


def add_values(file, config):
    """What a converter writes of all families."""
    file.add_context_length(config.get("max_position_embeddings") or config["n_positions"])
    file.add_embedding_length(config.get("hidden_size") or config["n_embd"])
    file.add_block_count(config.get("num_hidden_layers") or config["n_layer"])
    file.add_feed_forward_length(config.get("intermediate_size") or config["n_inner"])
    file.add_head_count(config.get("num_attention_heads") or config["n_head"])
    if "num_key_value_heads" in config:
        file.add_head_count_kv(config["num_key_value_heads"])
    if "rms_norm_eps" in config:
        file.add_layer_norm_rms_eps(config["rms_norm_eps"])
    else:
        file.add_layer_norm_eps(config["layer_norm_epsilon"])
    if "head_dim" in config:
        file.add_key_length(config["head_dim"])
        file.add_value_length(config["head_dim"])


def add_rotation(file, config):
    """Positions: of all layers, of those with a window, and how they are scaled."""
    parameters = config["rope_parameters"]
    whole = parameters.get("full_attention", parameters)
    file.add_rope_freq_base(whole["rope_theta"])
    if "sliding_attention" in parameters:
        file.add_rope_freq_base_swa(parameters["sliding_attention"]["rope_theta"])
    if whole.get("rope_type") == "linear":
        file.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        file.add_rope_scaling_factor(whole["factor"])
    if whole.get("rope_type") == "yarn":
        file.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        file.add_rope_scaling_factor(whole["factor"])
        file.add_rope_scaling_orig_ctx_len(whole["original_max_position_embeddings"])
        if "mscale_all_dim" in whole:
            file.add_rope_scaling_yarn_beta_fast(whole["beta_fast"])
            file.add_rope_scaling_yarn_beta_slow(whole["beta_slow"])
            file.add_rope_scaling_yarn_log_mul(whole["mscale_all_dim"])
    if whole.get("rope_type") == "longrope":
        file.add_rope_scaling_orig_ctx_len(whole["original_max_position_embeddings"])
        file.add_rope_scaling_attn_factors(whole["attention_factor"])
        for kind in ("long", "short"):
            file.add_tensor(f"rope_factors_{kind}.weight",
                            np.array(whole[f"{kind}_factor"], np.float32))
    if "partial_rotary_factor" in config:
        size = config["hidden_size"] // config["num_attention_heads"]
        file.add_rope_dimension_count(int(config["partial_rotary_factor"] * size))


def add_windows(file, architecture, config):
    if config.get("attn_logit_softcapping"):
        file.add_attn_logit_softcapping(config["attn_logit_softcapping"])
    if config.get("final_logit_softcapping"):
        file.add_final_logit_softcapping(config["final_logit_softcapping"])
    if architecture == "phi3":
        file.add_sliding_window(config["sliding_window"] or 0)
    elif config.get("sliding_window"):
        file.add_sliding_window(config["sliding_window"])
    if "_sliding_window_pattern" in config:
        file.add_sliding_window_pattern(config["_sliding_window_pattern"])


def convert(architecture, config, name, array):
    """The numbers of a tensor as a converter writes them."""
    if architecture in ("llama", "smollm3") and (".q_proj." in name or ".k_proj." in name):
        heads = config["num_attention_heads" if ".q_proj." in name else "num_key_value_heads"]
        halves = array.reshape(heads, 2, -1, *array.shape[1:])
        return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(array.shape)
    if architecture in ("gemma2", "gemma3") and name.endswith("norm.weight"):
        return array + np.float32(1)
    if architecture == "gpt2" and name.split(".")[-2] in ("c_attn", "c_proj", "c_fc"):
        return np.ascontiguousarray(array.T)
    return array


def write_file(path, family, model, config):
    architecture = architecture_of(family)
    file = gguf.GGUFWriter(path, architecture)
    add_values(file, config)
    if "rope_parameters" in config:
        add_rotation(file, config)
    add_windows(file, architecture, config)
    numbers = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(numbers[architecture], 16)
    for name, array in weights.make(family, model["tensors"]):
        own = names.get_name(name, try_suffixes=(".weight", ".bias"))
        file.add_tensor(own, convert(architecture, config, name, array))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def check(options, family, model, tokens):
    config = {**model["config"], **PAIRS[family]}
    directory = options.work / family / "directory" / "m"
    families.write_model(directory, family, model, config)
    path = options.work / family / "file" / "m.gguf"
    path.parent.mkdir(parents=True)
    write_file(path, family, model, config)
    expected, got = (families.compute(options, each, tokens) for each in (directory, path))
    worst = float(np.abs(got - expected).max())
    print(f"{family}: logits up to {np.abs(expected).max():.2f} differ by {worst:.1e}", flush=True)
    return f"differ by {worst:.1e}" if not worst <= CLOSE.get(family, 0) else None


def write_encoder(path, numbers, pooling):
    """The encoder of encoders.py, whose vectors are of length 1."""
    config, words = encoders.CONFIG, encoders.WORDS
    file = gguf.GGUFWriter(path, "bert")
    file.add_context_length(encoders.CONTEXT)
    file.add_embedding_length(config["hidden_size"])
    file.add_block_count(config["num_hidden_layers"])
    file.add_feed_forward_length(config["intermediate_size"])
    file.add_head_count(config["num_attention_heads"])
    file.add_layer_norm_eps(config["layer_norm_eps"])
    file.add_causal_attention(False)
    file.add_pooling_type(pooling)
    file.add_tokenizer_model("bert")
    file.add_token_type_count(config["type_vocab_size"])
    file.add_token_list([word[2:] if word.startswith("##") else
                         word if word.startswith("[") else "▁" + word for word in words])
    file.add_token_types([3 if word.startswith("[") else 1 for word in words])
    file.add_unk_token_id(words.index("[UNK]"))
    file.add_bos_token_id(encoders.CLS)
    file.add_sep_token_id(encoders.SEP)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, 16)
    for name, array in numbers.items():
        if "pooler" not in name:
            file.add_tensor(names.get_name(name, try_suffixes=(".weight", ".bias")), array)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def vectors_of(eke, model):
    program = model.parent / "program"
    families.run(eke, "compile", model, "--weights=f32", "-o", program)
    return [families.run(program, "--prompt", text) for text in encoders.TEXTS]


def check_encoders(options):
    """What is wrong with encoders; None if nothing is."""
    numbers = dict(weights.make("bert", list(encoders.tensors())))
    for mode, pooling in (("mean_tokens", gguf.PoolingType.MEAN), ("cls_token", gguf.PoolingType.CLS)):
        folder = options.work / f"bert-{mode}"
        encoders.write_model(folder / "directory" / "m", mode, True, numbers)
        (folder / "file").mkdir()
        write_encoder(folder / "file" / "m.gguf", numbers, pooling)
        expected, got = (vectors_of(options.eke, folder / model) for model in ("directory/m", "file/m.gguf"))
        print(f"bert, {mode}: {sum(a == b for a, b in zip(expected, got))} of {len(expected)} vectors "
              "are the same", flush=True)
        if expected != got:
            return f"{mode}: vectors differ"
    return None


def check_one(options, family, model, tokens):
    return check_encoders(options) if family == "bert" else check(options, family, model, tokens)


def main():
    return families.run_all(__doc__.splitlines()[0], lambda models: [*PAIRS, "bert"], check_one)


if __name__ == "__main__":
    sys.exit(main())
