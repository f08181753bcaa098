"""The scoring protocol of examples/pydoc-lm, for every exit."""

import math
from dataclasses import dataclass

import numpy
import torch
import torch.nn.functional as F

from windows import cut

WINDOWS_AT_ONCE = 16


@dataclass
class Scores:
    """Per exit (index = block run): perplexity, and how often it agrees with the last."""

    tokens: int
    perplexity: list
    agreement: list


def score(model, tokens, length, device="cpu"):
    """Cuts `tokens` into windows with empty caches; a rest that fills no window is scored too.

    `tokens` starts with id 0. Perplexity is e^(mean negative log-likelihood) over all targets.
    """
    tokens = numpy.asarray(tokens)
    full = (len(tokens) - 1) // length
    parts = [cut(tokens, numpy.arange(first, min(first + WINDOWS_AT_ONCE, full)) * length, length)
             for first in range(0, full, WINDOWS_AT_ONCE)]
    if rest := len(tokens) - 1 - full * length:
        parts.append(cut(tokens, [full * length], rest))
    loss = torch.zeros(model.config.runs, dtype=torch.float64)
    agree = torch.zeros(model.config.runs, dtype=torch.float64)
    with torch.no_grad():
        for inputs, targets in parts:
            states = model(inputs.to(device))
            choice = model.head(states[-1]).argmax(-1)
            for run, state in enumerate(states):
                logits = model.head(state, run).flatten(0, 1).float()
                loss[run] += F.cross_entropy(
                    logits, targets.flatten().to(device), reduction="sum").item()
                agree[run] += (logits.argmax(-1) == choice.flatten()).sum().item()
    scored = len(tokens) - 1
    return Scores(scored, [math.exp(value / scored) for value in loss.tolist()],
                  (agree / scored).tolist())
