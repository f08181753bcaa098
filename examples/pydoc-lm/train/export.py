#!/usr/bin/env python3
"""Writes a training run as a directory that `eke compile` takes.

config.json, model.safetensors (f16, Llama's names, no lm_head) and tokenizer.json. An
exit's own norm and head are the tensors exit.norm.weight and exit.head.weight.
"""

import dataclasses
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from command_line import Parser
from model import Config, LanguageModel
from trainer import Mismatch, read_checkpoint

# What does not vary, beside the fields of Config.
FIXED = {
    "architectures": ["MobileLLMForCausalLM"],
    "model_type": "mobilellm",
    "hidden_act": "silu",
    "share_embedding": True,
    "tie_word_embeddings": True,
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "torch_dtype": "float16",
}


def write_model(folder, model, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    fields = {**FIXED, **dataclasses.asdict(model.config)}
    if not model.config.exit_run:
        del fields["exit_run"]
    (folder / "config.json").write_text(json.dumps(fields, indent=2) + "\n")
    save_file({name: weight.to("cpu", torch.float16).contiguous()
               for name, weight in model.state_dict().items()},
              folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(tokenizer, folder / "tokenizer.json")


def read_model(folder):
    """The model of a directory, computing in f32."""
    model = LanguageModel(Config.read(folder / "config.json"))
    try:
        weights = load_file(folder / "model.safetensors")
        model.load_state_dict({name: weight.float() for name, weight in weights.items()})
    except (RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ValueError(f"{folder / 'model.safetensors'}: {reason}") from error
    return model.eval()


def model_of_run(folder):
    saved = read_checkpoint(folder / "checkpoint.pt", "cpu")
    model = LanguageModel(Config(**saved["identity"]["config"]))
    model.load_state_dict(saved["model"])
    return model


def main():
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the folder that train.py wrote")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER",
                        help="what data.py wrote; has the tokenizer")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args()
    try:
        write_model(options.out, model_of_run(options.run), options.data / "tokenizer.json")
    except (Mismatch, OSError) as error:
        sys.exit(f"export.py: error: {error}")
    print(options.out)


if __name__ == "__main__":
    main()
