"""Layer dropout and early-exit loss as tensors; recipe.py has the formulas."""

import torch
import torch.nn.functional as F

IGNORED = -100  # a target that no loss is taken of


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


def logits_of(model, states, layer):
    """What the exit after run `layer` gives: (B T) x V."""
    return model.head(states[layer], layer).flatten(0, 1).float()


def cross_entropy(logits, targets):
    """J_CE(g(x), Y). logits: (B T) x V; targets: B x T."""
    return F.cross_entropy(logits, targets.flatten(), ignore_index=IGNORED)


def distillation(logits, teacher):
    """KL(teacher || exit) per token; what the teacher gives is taken as it is."""
    return F.kl_div(F.log_softmax(logits, -1), F.log_softmax(teacher.detach(), -1),
                    reduction="batchmean", log_target=True)


def exit_loss(model, states, targets, weights, distill=False):
    """J = sum_l weight(l) J(g(x_{l+1}), Y); also the loss of the last exit alone.

    J is J_CE. With `distill` it is, for all exits but the last, the distance of their
    distribution from that of the last: drafts need to agree with it, not with the text.
    """
    last = max(weights)
    logits = {layer: logits_of(model, states, layer) for layer in weights}
    losses = {layer: distillation(logits[layer], logits[last]) if distill and layer != last
              else cross_entropy(logits[layer], targets) for layer in weights}
    total = sum(weights[layer] * loss for layer, loss in losses.items())
    return total, losses[last].detach()
