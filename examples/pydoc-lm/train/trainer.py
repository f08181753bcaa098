"""One training run: its settings, its steps, and its checkpoint.

All random numbers of step t are drawn from generators seeded with (seed, purpose, t or
epoch). So model, optimizer and step are the whole state of a run, and a resumed run has
the losses of one that was never interrupted.
"""

import dataclasses
import math
import pickle
import zipfile
from dataclasses import dataclass

import torch

from losses import exit_loss, generator, keep_mask
from model import LanguageModel


class Mismatch(Exception):
    """A checkpoint is of another run; the message says how, in one line."""


@dataclass(frozen=True)
class Settings:
    """How the optimizer goes, beside the model's Config and the Recipe."""

    window: int = 192
    batch: int = 8
    seed: int = 1
    rate: float = 3e-3  # the peak
    warm_up: int = 100
    weight_decay: float = 0.05
    clip: float = 1.0


def read_checkpoint(path, device):
    """What `Trainer.save` wrote, without running code that the file may hold."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):  # which is what PyTorch makes
            raise Mismatch(f"{path} is no checkpoint of train.py")
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise Mismatch(f"{path} is no checkpoint of train.py") from error


def learning_rate(settings, step, steps):
    """Rises linearly for `warm_up` steps, then falls as half a cosine to a tenth."""
    if step < settings.warm_up:
        return settings.rate * (step + 1) / settings.warm_up
    done = (step - settings.warm_up) / max(1, steps - settings.warm_up)
    return settings.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))


def optimizer_of(model, settings):
    """AdamW; norms and embeddings do not decay."""
    decays = {True: [], False: []}
    for name, weight in model.named_parameters():
        decays[weight.dim() == 2 and "embed" not in name].append(weight)
    return torch.optim.AdamW(
        [{"params": decays[True], "weight_decay": settings.weight_decay},
         {"params": decays[False], "weight_decay": 0.0}],
        lr=settings.rate, betas=(0.9, 0.95))


class Trainer:
    def __init__(self, config, recipe, settings, batches, device="cpu"):
        torch.manual_seed(settings.seed)
        self.config, self.recipe, self.settings = config, recipe, settings
        self.batches, self.device = batches, device
        self.model = LanguageModel(config).to(device)
        self.optimizer = optimizer_of(self.model, settings)
        self.step = 0  # of the next batch

    def start_from(self, other):
        """Takes the weights of another model of the same sizes.

        An exit's own head that the other does not have starts as the final norm and the
        embedding, which the exit had before.
        """
        weights = other.state_dict()
        if self.config.exit_run and not other.config.exit_run:
            weights |= {"exit.norm.weight": weights["model.norm.weight"],
                        "exit.head.weight": weights["model.embed_tokens.weight"]}
        try:
            self.model.load_state_dict(weights)
        except RuntimeError as error:
            raise Mismatch("the weights to start from are of another model: "
                           + str(error).splitlines()[1].strip()) from error

    def train_step(self):
        """Returns the loss that was minimised and the loss of the last exit."""
        step, recipe = self.step, self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.settings, step, recipe.steps)
        inputs, targets = (part.to(self.device) for part in self.batches[step])
        kept = keep_mask(recipe, step, len(inputs), generator(self.settings.seed, 2, step))
        states = self.model(inputs, kept)
        loss, last = exit_loss(self.model, states, targets, recipe.exit_weights(step),
                               recipe.distill)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        self.step += 1
        return loss.item(), last.item()

    def identity(self):
        """What must be the same for a checkpoint to be continued."""
        return {"config": dataclasses.asdict(self.config),
                "recipe": dataclasses.asdict(self.recipe),
                "settings": dataclasses.asdict(self.settings),
                "data": {"text": self.batches.digest()}}

    def save(self, path):
        part = path.with_name(path.name + ".part")
        torch.save({"identity": self.identity(), "step": self.step,
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict()}, part)
        part.replace(path)  # an interrupted save leaves the one before

    def load(self, path):
        saved = read_checkpoint(path, self.device)
        for kind, fields in self.identity().items():
            for name, value in fields.items():
                if saved["identity"][kind].get(name) != value:
                    raise Mismatch(f"{path} has {name} = {saved['identity'][kind].get(name)}, "
                                   f"but {value} is asked for")
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step = saved["step"]
