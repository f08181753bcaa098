#!/usr/bin/env python3
"""Trains an early-exit language model on what data.py made.

A folder with a checkpoint is continued. Stops after --steps steps, or earlier after
--minutes; the schedules always span --steps.
"""

import argparse
import dataclasses
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy
import torch

from command_line import Parser, positive
from export import read_model
from model import Config
from recipe import CURRICULA, Recipe
from scoring import score
from trainer import Mismatch, Settings, Trainer
from windows import Mixed, Windows

EXAMPLE = Path(__file__).resolve().parent.parent
VALIDATION_WINDOWS = 64


def arguments():
    parser = Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="FOLDER", help="what data.py wrote")
    add("--out", type=Path, required=True, metavar="FOLDER", help="for checkpoint.pt and log.jsonl")
    add("--steps", type=positive, required=True, metavar="T")
    add("--minutes", type=float, metavar="M", help="stop after M minutes; run again to go on")
    add("--device", default="cpu", choices=("cpu", "cuda"), help="(default: %(default)s)")
    add("--threads", type=positive, default=os.cpu_count(), metavar="N")
    add("--report", type=positive, default=50, metavar="N", help="print the loss every N steps")
    add("--save", type=positive, default=200, metavar="N",
        help="save and validate every N steps (default: %(default)s)")

    group = parser.add_argument_group("model")
    group.add_argument("--config", type=Path, default=EXAMPLE / "config.json", metavar="FILE",
                       help="a config.json (default: the example's)")
    group.add_argument("--init", type=Path, metavar="FOLDER",
                       help="start from the weights of this model, as export.py writes it")
    group.add_argument("--own-head", action="store_true",
                       help="give the exit of --exit-run a norm and a head of its own")
    group.add_argument("--sharing", action=argparse.BooleanOptionalAction,
                       help="run each block twice, or once (default: as config.json says)")

    group = parser.add_argument_group("recipe")
    group.add_argument("--recipe", action=argparse.BooleanOptionalAction, default=True,
                       help="layer dropout and early-exit loss, or neither")
    defaults = {field.name: field.default for field in dataclasses.fields(Recipe)}
    group.add_argument("--dropout", type=float, default=defaults["dropout"], metavar="P",
                       help="p_max (default: %(default)s)")
    group.add_argument("--from-scratch", action=argparse.BooleanOptionalAction, default=True,
                       help="layer dropout grows with the steps, or is constant")
    group.add_argument("--exit-loss", action=argparse.BooleanOptionalAction, default=True)
    group.add_argument("--e-scale", type=float, default=defaults["e_scale"], metavar="E")
    group.add_argument("--curriculum", choices=CURRICULA, default=defaults["curriculum"])
    group.add_argument("--rotate", type=positive, default=defaults["rotate"], metavar="R",
                       help="every R-th exit is trained at a step (default: %(default)s)")
    group.add_argument("--exit-run", type=positive, default=0, metavar="RUN",
                       help="train this exit and the last, at every step")
    group.add_argument("--distill", action="store_true",
                       help="exits learn from what the last gives, not from the text")
    group.add_argument("--generated", type=Path, metavar="FILE",
                       help="half of each batch is what generate.py wrote, to distil on")

    group = parser.add_argument_group("optimizer")
    for field in dataclasses.fields(Settings):
        group.add_argument("--" + field.name.replace("_", "-"), type=field.type,
                           default=field.default, metavar="N", help="(default: %(default)s)")
    return parser.parse_args()


def recipe_of(options, config):
    if not options.recipe:
        return Recipe.off(config.runs, options.steps)
    return Recipe(config.runs, options.steps, options.dropout, options.from_scratch,
                  options.exit_loss, options.e_scale, options.curriculum, options.rotate,
                  options.exit_run, options.distill)


def config_of(options):
    config = Config.read(options.init / "config.json" if options.init else options.config)
    vocabulary = json.loads((options.data / "data.json").read_text())["vocabulary"]
    config = dataclasses.replace(config, vocab_size=vocabulary)
    if options.sharing is not None:
        config = dataclasses.replace(config, layer_sharing=options.sharing)
    if options.exit_run >= config.runs:
        raise ValueError(f"--exit-run is {options.exit_run}; expected 1 to {config.runs - 1}")
    if options.own_head:
        if not options.exit_run:
            raise ValueError("--own-head needs --exit-run")
        config = dataclasses.replace(config, exit_run=options.exit_run)
    return config


def batches_of(options, settings):
    batches = Windows(numpy.load(options.data / "train.npy"), settings.window,
                      settings.batch, settings.seed)
    if options.generated is None:
        return batches
    if not options.distill:
        raise ValueError("--generated needs --distill")
    return Mixed(batches, numpy.load(options.generated))


def trainer_of(options):
    config = config_of(options)
    settings = Settings(**{field.name: getattr(options, field.name)
                           for field in dataclasses.fields(Settings)})
    if settings.window > config.max_position_embeddings:
        raise ValueError(f"windows of {settings.window} tokens exceed the model's "
                         f"{config.max_position_embeddings} positions")
    if options.device == "cuda" and not torch.cuda.is_available():
        raise ValueError("there is no CUDA device")
    trainer = Trainer(config, recipe_of(options, config), settings,
                      batches_of(options, settings), options.device)
    if options.init:
        trainer.start_from(read_model(options.init))
    return trainer


class Log:
    """One line a report, on the screen to read and in log.jsonl to plot."""

    def __init__(self, path):
        self.path, self.start = path, time.monotonic()

    def minutes(self):
        return (time.monotonic() - self.start) / 60

    def write(self, **values):
        values |= {"minutes": round(self.minutes(), 2),
                   "cpu_minutes": round(time.process_time() / 60, 2)}
        with self.path.open("a") as file:
            file.write(json.dumps(values) + "\n")
        print("  ".join(f"{name} {value}" for name, value in values.items()), flush=True)


def validate(trainer, tokens, log):
    tokens = tokens[:VALIDATION_WINDOWS * trainer.settings.window + 1]
    scores = score(trainer.model, tokens, trainer.settings.window, trainer.device)
    log.write(step=trainer.step,
              validation_perplexity=[round(value, 2) for value in scores.perplexity])


def train(trainer, options, log):
    validation = numpy.load(options.data / "validation.npy")
    checkpoint = options.out / "checkpoint.pt"
    recent = []
    while trainer.step < options.steps:
        recent.append(trainer.train_step()[1])
        if trainer.step % options.report == 0 or trainer.step == options.steps:
            loss = sum(recent) / len(recent)
            tokens = trainer.step * trainer.settings.batch * trainer.settings.window
            log.write(step=trainer.step, loss=round(loss, 4),
                      perplexity=round(math.exp(loss), 2), tokens=tokens)
            recent = []
        late = options.minutes is not None and log.minutes() >= options.minutes
        if trainer.step % options.save == 0 or trainer.step == options.steps or late:
            trainer.save(checkpoint)
            validate(trainer, validation, log)
        if late and trainer.step < options.steps:
            print(f"stopped at step {trainer.step}; the same command goes on", flush=True)
            return


def main():
    options = arguments()
    # cuBLAS needs this to sum in the same order each time.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(options.threads)
    try:
        trainer = trainer_of(options)
        options.out.mkdir(parents=True, exist_ok=True)
        if (options.out / "checkpoint.pt").exists():
            trainer.load(options.out / "checkpoint.pt")
            print(f"continues at step {trainer.step}", flush=True)
        train(trainer, options, Log(options.out / "log.jsonl"))
    except (Mismatch, OSError, ValueError) as error:
        sys.exit(f"train.py: error: {error}")


if __name__ == "__main__":
    main()
