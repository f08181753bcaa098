"""Layer dropout and early-exit loss as tensors; recipe.py has the formulas."""

import torch
import torch.nn.functional as F


def generator(*key):
    """Random numbers that depend on `key` alone: a resumed run draws the same."""
    seed = 0
    for part in key:
        seed = (seed * 1_000_003 + part + 1) % 2**62
    return torch.Generator().manual_seed(seed)


def keep_mask(recipe, step, samples, random):
    """Which samples run l of a step is computed for: L x B bools, false with p_{l,t}.

    Drawn on the CPU, so that every device drops the same.
    """
    dropped = torch.tensor([recipe.drop_probability(layer, step) for layer in range(recipe.layers)])
    return torch.rand(recipe.layers, samples, generator=random) >= dropped[:, None]


def cross_entropy(model, state, targets):
    """J_CE(g(x), Y). state: B x T x D; targets: B x T."""
    return F.cross_entropy(model.head(state).flatten(0, 1).float(), targets.flatten())


def exit_loss(model, states, targets, weights):
    """J = sum_l weight(l) J_CE(g(x_{l+1}), Y); also the loss of the last exit alone."""
    losses = {layer: cross_entropy(model, states[layer], targets) for layer in weights}
    total = sum(weights[layer] * loss for layer, loss in losses.items())
    return total, losses[max(losses)].detach()
