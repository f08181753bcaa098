"""A MobileLLM decoder (arXiv 2402.14905) whose block runs are exits.

Shapes: B samples, T tokens, D width, H query heads, K key-value heads, S width of a
head, V vocabulary. The modules bear the names of Llama's tensors, so that a
state_dict is what `eke compile` reads.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Config:
    """The fields of a config.json that decide what is computed."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    max_position_embeddings: int
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0
    layer_sharing: bool = True
    exit_run: int = 0  # the run behind which an exit has a norm and a head of its own; 0: none

    @classmethod
    def read(cls, path):
        fields = json.loads(Path(path).read_text())
        names = [field.name for field in dataclasses.fields(cls) if field.name != "exit_run"]
        if missing := [name for name in names if name not in fields]:
            raise ValueError(f"{path} has no field {missing[0]}")
        return cls(**{name: fields[name] for name in names}, exit_run=fields.get("exit_run", 0))

    @property
    def runs(self):
        """How many times a block runs; a shared block runs twice in a row."""
        return self.num_hidden_layers * (2 if self.layer_sharing else 1)

    def block_of(self, run):
        return run // 2 if self.layer_sharing else run


def rotations(config, length, device):
    """cos and sin of the angle t / theta^(2i/S), of t by S, the halves alike: T x S."""
    half = torch.arange(0, config.head_dim, 2, device=device) / config.head_dim
    angles = torch.arange(length, device=device)[:, None] / config.rope_theta ** half
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


def rotate_half(x):
    """(a, b) -> (-b, a) of the halves of the last dimension."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([-b, a], dim=-1)


class Attention(nn.Module):
    """Grouped-query attention: H/K query heads share a key-value head."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        size, width = config.hidden_size, config.head_dim
        self.q_proj = nn.Linear(size, config.num_attention_heads * width, bias=False)
        self.k_proj = nn.Linear(size, config.num_key_value_heads * width, bias=False)
        self.v_proj = nn.Linear(size, config.num_key_value_heads * width, bias=False)
        self.o_proj = nn.Linear(config.num_attention_heads * width, size, bias=False)

    def forward(self, x, cos, sin):  # x: B x T x D
        batch, length, _ = x.shape

        def heads(y):  # B x T x (heads S) -> B x heads x T x S
            return y.view(batch, length, -1, self.config.head_dim).transpose(1, 2)

        q, k, v = heads(self.q_proj(x)), heads(self.k_proj(x)), heads(self.v_proj(x))
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        group = self.config.num_attention_heads // self.config.num_key_value_heads
        k, v = (y.repeat_interleave(group, dim=1) for y in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, -1))


class FeedForward(nn.Module):
    """SwiGLU: down(silu(gate(x)) up(x))."""

    def __init__(self, config):
        super().__init__()
        size, inner = config.hidden_size, config.intermediate_size
        self.gate_proj = nn.Linear(size, inner, bias=False)
        self.up_proj = nn.Linear(size, inner, bias=False)
        self.down_proj = nn.Linear(inner, size, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = nn.RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = FeedForward(config)

    def forward(self, x, cos, sin):  # B x T x D, and so is the result
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))
        self.norm = nn.RMSNorm(config.hidden_size, config.rms_norm_eps)


class ExitHead(nn.Module):
    """The norm and the head that one exit has for itself."""

    def __init__(self, config):
        super().__init__()
        self.norm = nn.RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)


class LanguageModel(nn.Module):
    """x_{l+1} = x_l + M(p_l) f_l(x_l), and one head g for the exit after every run."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        if config.exit_run:
            self.exit = ExitHead(config)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                # What is added to the residual stream starts smaller, by the number of additions.
                into = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * config.runs) ** 0.5 if into else 0.02)

    def forward(self, tokens, kept=None):
        """The hidden state after every run: a list of B x T x D.

        tokens: B x T. kept: runs x B bools, which samples a run is not dropped for; a
        dropped sample skips the work as well.
        """
        cos, sin = rotations(self.config, tokens.shape[1], tokens.device)
        x = self.model.embed_tokens(tokens)
        states = []
        for run in range(self.config.runs):
            block = self.model.layers[self.config.block_of(run)]
            if kept is None or bool(kept[run].all()):
                x = block(x, cos, sin)
            elif bool(kept[run].any()):
                rows = kept[run].nonzero().squeeze(1).to(x.device)
                x = x.index_copy(0, rows, block(x[rows], cos, sin))
            states.append(x)
        return states

    def head(self, state, run=None):
        """g: the final norm and the embedding as output matrix; ... x D -> ... x V.

        Behind run `run`, counted from 0, it may be the exit's own.
        """
        if run is not None and run == self.config.exit_run - 1:
            return self.exit.head(self.exit.norm(state))
        return F.linear(self.model.norm(state), self.model.embed_tokens.weight)
