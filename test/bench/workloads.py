"""The models that are measured, as both sides start from them.

Sizes are those of the published MobileLLM models; the weights are random, which changes
neither sizes nor speeds. examples/pydoc-lm is measured as it is, and SmolLM2 is a GGUF file
that a package has.
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
import packages  # noqa: E402
from program import FORMATS  # noqa: E402

# Digits are one token each in the tokenizer of models.py, whatever their order.
DIGITS = "3141592653589793238462643383279502884197" * 64
PROMPT_TOKENS = (128, 512)
# Of a text that is scored: some 20,000 tokens.
TEXT_SIZE = 80_000


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    shape: models.Shape = None  # of random weights; None: the directory exists
    shares_layers: bool = False
    package: packages.GgufPackage = None  # has the model in a file
    window: int = 0  # in which a text is scored; 0: random weights predict nothing

    @property
    def file_context(self):
        """What both sides are given instead of the context that a file says, or None."""
        return FILE_CONTEXT if self.package else None

    @property
    def context(self):
        if self.package:
            return FILE_CONTEXT
        return self.shape.context if self.shape else read_config(EXAMPLE)[
            "max_position_embeddings"]

    def rivals(self, weights):
        """The formats of llama.cpp that one of Eke's is measured next to."""
        if weights == "keep":
            return [self.package.file_type] if self.package else []
        return FORMATS[weights] if self.package else FORMATS[weights][:1]

    def prompt_sizes(self, tokens):
        """The sizes of prompts that leave room for so many tokens."""
        return [size for size in PROMPT_TOKENS if size + tokens <= self.context]

    def source_text(self, cache):
        """A text long enough to cut any prompt from."""
        return DIGITS if self.shape else self.evaluation_text(cache)[1][:8000]

    def evaluation_text(self, cache):
        """What a text is, and the text."""
        if self.package:
            return packages.NOVEL_TITLE, lines_of(packages.novel(cache), TEXT_SIZE)
        return "its own text for evaluation (examples/pydoc-lm/eval.txt)", (
            EXAMPLE / "eval.txt").read_text()


def lines_of(text, size):
    """The beginning of a text, in whole lines of at most so many characters together."""
    return text[:text.rindex("\n", 0, size) + 1] if len(text) > size else text


FILE_CONTEXT = 2048
EXAMPLE = ROOT / "examples/pydoc-lm"
MOBILELLM_350M = models.Shape(layers=32, width=960, heads=15, kv_heads=5, hidden=2560,
                              vocab=32000, context=2048)
WORKLOADS = [
    Workload("125m", "MobileLLM-125M", models.MOBILELLM_125M),
    Workload("125m-ls", "MobileLLM-LS-125M", models.MOBILELLM_125M, shares_layers=True),
    Workload("350m", "MobileLLM-350M", MOBILELLM_350M),
    Workload("pydoc-lm", "pydoc-lm", window=192),
    Workload("smollm2", "SmolLM2-135M-Instruct", package=packages.SMOLLM2, window=512),
]


def read_config(directory):
    return json.loads((directory / "config.json").read_text())


def config_of(workload):
    """Random weights may name any token, so no token ends the text."""
    changes = {"eos_token_id": None}
    if workload.shares_layers:
        changes.update(architectures=["MobileLLMForCausalLM"], layer_sharing=True)
    return models.config(workload.shape, **changes)


def model_of(workload, cache):
    """The model's directory or file, which are had or made unless they are there already."""
    if workload.package:
        return workload.package.file(cache)
    return directory_of(workload, cache / "models")


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
