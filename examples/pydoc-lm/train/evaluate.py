#!/usr/bin/env python3
"""Scores every exit of a model directory on a text; --golden writes reference results.

Computes in f32 from the f16 weights, as golden.json of examples/pydoc-lm was computed.
"""

import json
import math
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer

from command_line import Parser, positive
from export import read_model
from scoring import score

EXAMPLE = Path(__file__).resolve().parent.parent
SHORT_BYTES = 6000
PROMPTS = ("The :func:`open` function returns", "def __init__(self",
           "If the file does not exist", "import ")
GREEDY_TOKENS = 48


def tokens_of(tokenizer, text):
    return [0, *tokenizer.encode(text).ids]


def greedy(model, tokenizer, prompt):
    """A continuation, and by how much each token won over the second."""
    ids = tokens_of(tokenizer, prompt)
    chosen, margins = [], []
    with torch.no_grad():
        for _ in range(GREEDY_TOKENS):
            state = model(torch.tensor([ids + chosen]))[-1][0, -1]
            best = model.head(state).topk(2)
            chosen.append(best.indices[0].item())
            margins.append(round((best.values[0] - best.values[1]).item(), 5))
    return {"prompt": prompt, "ids": chosen, "text": tokenizer.decode(chosen),
            "min_margin": min(margins), "margins": margins}


def reference(model, tokenizer, text, window):
    """Everything that golden.json holds."""
    scores = score(model, tokens_of(tokenizer, text), window)
    short = text.encode()[:SHORT_BYTES].decode(errors="ignore")
    scores_short = score(model, tokens_of(tokenizer, short), window)
    return {
        "window": window,
        "tokens_scored": scores.tokens,
        "nats_per_token_full": math.log(scores.perplexity[-1]),
        "perplexity_full": scores.perplexity[-1],
        "per_exit": [{"depth": run + 1, "perplexity": perplexity, "agreement_with_full": agreement}
                     for run, (perplexity, agreement)
                     in enumerate(zip(scores.perplexity, scores.agreement))],
        "short_bytes": SHORT_BYTES,
        "short_tokens_scored": scores_short.tokens,
        "perplexity_short": scores_short.perplexity[-1],
        "greedy": [greedy(model, tokenizer, prompt) for prompt in PROMPTS],
    }


def table(results):
    """Exits as rows of a Markdown table."""
    rows = ["| exit after run | perplexity | agreement |", "|---|---|---|"]
    rows += [f"| {row['depth']} | {row['perplexity']:.2f} | {row['agreement_with_full']:.2f} |"
             for row in results["per_exit"]]
    return "\n".join(rows)


def main():
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a directory, as export.py writes it")
    parser.add_argument("--text", type=Path, default=EXAMPLE / "eval.txt", metavar="FILE")
    parser.add_argument("--window", type=positive, default=192, metavar="T")
    parser.add_argument("--threads", type=positive, metavar="N")
    parser.add_argument("--golden", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        model = read_model(options.model)
        tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
        results = reference(model, tokenizer, options.text.read_text(), options.window)
        if options.golden:
            options.golden.write_text(json.dumps(results, indent=1) + "\n")
    except (OSError, ValueError) as error:
        sys.exit(f"evaluate.py: error: {error}")
    print(table(results))


if __name__ == "__main__":
    main()
