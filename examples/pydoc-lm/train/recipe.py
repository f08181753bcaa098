"""LayerSkip's training recipe as formulas (arXiv 2404.16710, section 4.1), without PyTorch.

A model has L block runs, l = 0 ... L-1, and an exit after each; training has T steps,
t = 0 ... T-1.
"""

import math
from dataclasses import dataclass

CURRICULA = ("rotational", "gradual", "none")


def depth_scale(layer, layers):
    """D(l) = exp(l ln2 / (L-1)) - 1: 0 at the first run, 1 at the last."""
    return math.exp(layer * math.log(2) / (layers - 1)) - 1 if layers > 1 else 0.0


def time_scale(step, steps):
    """S_exp(t) = exp(t ln2 / (T-1)) - 1, for training from scratch: 0 at first, 1 at last."""
    return math.exp(step * math.log(2) / (steps - 1)) - 1 if steps > 1 else 1.0


def exit_scale(layer, layers, e_scale):
    """e(l) = e_scale (0 + 1 + ... + l); for the last exit L-1 + e_scale (0 + ... + L-2)."""
    last = layers - 1
    if layer < last:
        return e_scale * layer * (layer + 1) / 2
    return last + e_scale * (last - 1) * last / 2


def rotational(layer, step, layers, every):
    """C_rot,R(t, l): every R-th exit, all moved on by one at each step, round the end."""
    return (layer - step) % layers % every == 0


def gradual(layer, step, layers, steps):
    """C_grad(t, l): from the last exit down, one more every T/(2L) steps."""
    return layer >= layers - 1 - 2 * layers * step // steps


@dataclass(frozen=True)
class Recipe:
    """The settings of a training run; `Recipe.off` trains the last exit alone."""

    layers: int  # L, block runs
    steps: int  # T
    dropout: float = 0.1  # p_max
    from_scratch: bool = True  # S(t) = S_exp(t), else 1
    exit_loss: bool = True
    e_scale: float = 0.2
    curriculum: str = "rotational"
    rotate: int = 4  # R
    exit_run: int = 0  # the one exit that is trained beside the last, counted from 1; 0: all
    distill: bool = False  # exits learn from the last exit, not from the text

    @classmethod
    def off(cls, layers, steps):
        return cls(layers, steps, dropout=0.0, exit_loss=False)

    def drop_probability(self, layer, step):
        """p_{l,t} = S(t) D(l) p_max"""
        scale = time_scale(step, self.steps) if self.from_scratch else 1.0
        return scale * depth_scale(layer, self.layers) * self.dropout

    def is_enabled(self, layer, step):
        """C(t, l), except that the last exit is always trained."""
        if layer == self.layers - 1:
            return True
        if not self.exit_loss:
            return False
        if self.exit_run:
            return layer == self.exit_run - 1
        if self.curriculum == "rotational":
            return rotational(layer, step, self.layers, self.rotate)
        if self.curriculum == "gradual":
            return gradual(layer, step, self.layers, self.steps)
        return True

    def exit_weights(self, step):
        """{l: C(t,l) e(l) / sum_i C(t,i) e(i)}, of the exits that have a weight.

        The one exit of `exit_run` weighs as much as the last.
        """
        if self.exit_loss and self.exit_run:
            return {self.exit_run - 1: 0.5, self.layers - 1: 0.5}
        scales = {layer: exit_scale(layer, self.layers, self.e_scale)
                  for layer in range(self.layers) if self.is_enabled(layer, step)}
        if len(scales) == 1:
            return {layer: 1.0 for layer in scales}
        total = sum(scales.values())
        return {layer: scale / total for layer, scale in scales.items() if scale > 0}
