"""The models that are measured, as directories that both sides start from.

Sizes are those of the published MobileLLM models; the weights are random, which changes
neither sizes nor speeds. examples/pydoc-lm is measured as it is.
"""

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(HERE.parent / "e2e"))

import models  # noqa: E402 (its folder was added just above)

# Digits are one token each in the tokenizer of models.py, whatever their order.
DIGITS = "3141592653589793238462643383279502884197" * 64
PROMPT_TOKENS = (128, 512)


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    shape: models.Shape = None  # of random weights; None: the directory exists
    shares_layers: bool = False

    @property
    def context(self):
        return self.shape.context if self.shape else read_config(EXAMPLE)[
            "max_position_embeddings"]

    def prompt_sizes(self, tokens):
        """The sizes of prompts that leave room for so many tokens."""
        return [size for size in PROMPT_TOKENS if size + tokens <= self.context]

    def source_text(self):
        """A text long enough to cut any prompt from."""
        return DIGITS if self.shape else (EXAMPLE / "eval.txt").read_text()[:8000]


EXAMPLE = ROOT / "examples/pydoc-lm"
MOBILELLM_350M = models.Shape(layers=32, width=960, heads=15, kv_heads=5, hidden=2560,
                              vocab=32000, context=2048)
WORKLOADS = [
    Workload("125m", "MobileLLM-125M", models.MOBILELLM_125M),
    Workload("125m-ls", "MobileLLM-LS-125M", models.MOBILELLM_125M, shares_layers=True),
    Workload("350m", "MobileLLM-350M", MOBILELLM_350M),
    Workload("pydoc-lm", "pydoc-lm"),
]


def read_config(directory):
    return json.loads((directory / "config.json").read_text())


def config_of(workload):
    """Random weights may name any token, so no token ends the text."""
    changes = {"eos_token_id": None}
    if workload.shares_layers:
        changes.update(architectures=["MobileLLMForCausalLM"], layer_sharing=True)
    return models.config(workload.shape, **changes)


def directory_of(workload, cache):
    """The model's directory, made under `cache` unless it is there already."""
    if not workload.shape:
        return EXAMPLE
    folder, config = cache / workload.name, config_of(workload)
    if (folder / "config.json").exists() and read_config(folder) == config:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if workload.shares_layers:  # the weights are those of the model without sharing
        base = next(w for w in WORKLOADS
                    if w.shape == workload.shape and not w.shares_layers)
        for name in ("model.safetensors", "tokenizer.json"):
            # Relative, so that the cache can move with its checkout.
            target = os.path.relpath(directory_of(base, cache) / name, folder)
            (folder / name).symlink_to(target)
    else:
        models.write(folder, workload.shape)
    # Written last: it says that the rest is complete.
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    return folder
