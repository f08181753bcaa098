"""Which tensors a GGUF file has for a model, and how their rows are ordered."""

_LAYER = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
]


def uses_per_layer(config):
    return 2 if config.get("layer_sharing") else 1


def tensor_names(config):
    """Pairs: the name in the GGUF file, and the name in the model directory."""
    names = [("token_embd.weight", "model.embed_tokens.weight")]
    uses = uses_per_layer(config)
    for run in range(config["num_hidden_layers"] * uses):
        for name, source in _LAYER:
            names.append((f"blk.{run}.{name}.weight",
                          f"model.layers.{run // uses}.{source}.weight"))
    if not config.get("tie_word_embeddings"):
        names.append(("output.weight", "lm_head.weight"))
    return names + [("output_norm.weight", "model.norm.weight")]


def rotary_rows(source, config):
    """The order of rows of a tensor that rotary positions apply to, or None: a model
    directory rotates element i of a head with element i + half, GGUF 2i with 2i + 1."""
    heads = {"q_proj": config["num_attention_heads"],
             "k_proj": config["num_key_value_heads"]}.get(source.split(".")[-2])
    if heads is None:
        return None
    size = config["hidden_size"] // config["num_attention_heads"]
    half = size // 2
    return [head * size + part * half + i
            for head in range(heads) for i in range(half) for part in range(2)]
