"""Runs all sides of a comparison in turn, again and again."""

import shutil
import sys
import tempfile
from pathlib import Path

import peer
import quality
from program import NAME as OURS
from program import REFERENCE, Program, endless
from sample import cut_prompt
from tools import Missing
from workloads import model_of

MOST_ROWS = 8


def say(text):
    print(text, flush=True)


def participants(workload, plan, llama, folder):
    """The sides in every format, those of llama.cpp behind the one of Eke that they are next
    to."""
    formats = [weights for weights in plan.formats if workload.rivals(weights)]
    types = [each for weights in formats for each in workload.rivals(weights)]
    files = peer.gguf_files(llama, workload, [*types, *[REFERENCE[1]] * bool(workload.package)],
                            plan.cache) if llama else {}
    for weights in formats:
        say(f"{workload.title}: compile with --weights={weights}")
        yield Program(plan.eke, source_of(workload, weights, plan, files, folder), plan.target,
                      weights, folder, workload.file_context)
        for file_type in workload.rivals(weights) if llama else ():
            yield peer.Model(llama, files[file_type], file_type, workload.context, folder)


def source_of(workload, weights, plan, files, folder):
    """What Eke compiles. It rounds the same numbers as llama.cpp, and keeps those of a file."""
    model = model_of(workload, plan.cache)
    if not workload.package:
        return model
    return endless(plan.eke, model if weights == "keep" else files.get(REFERENCE[1], model),
                   folder)


def take_turns(sides, prompts, threads, plan):
    """Figures of each side, a list of samples by name. The first round only brings the
    files to memory; the short prompt does."""
    figures = [{} for _ in sides]
    for round in range(plan.rounds + 1):
        plan.bandwidth.sample()
        for side, into in zip(sides, figures):
            for prompt in prompts if round else prompts[:1]:
                first = prompt is prompts[0]
                got, facts = side.run(prompt, plan.tokens + 1 if first else 1, threads)
                if first:
                    side.facts.update(facts)
                else:  # these belong to the first prompt
                    got = {name: value for name, value in got.items()
                           if name.startswith("prefill")}
                for name, value in got.items() if round else ():
                    into.setdefault(name, []).append(value)
    return figures


def take_turns_with_rows(sides, prompt, threads, plan):
    """The seconds of batches of each side: for every size a list of samples."""
    rounds = [[side.rows(prompt, MOST_ROWS, threads, plan.repeat) for side in sides]
              for _ in range(plan.row_rounds)]
    return [[[one[side][size] for one in rounds if one[side][size] is not None]
             for size in range(MOST_ROWS)] for side in range(len(sides))]


def same_beginning(one, other):
    return next((i for i, (a, b) in enumerate(zip(one, other)) if a != b),
                min(len(one), len(other)))


def agreements(sides):
    """How many tokens of each program are those of the side behind it."""
    return {one.format: same_beginning(one.facts["tokens"], other.facts["tokens"])
            for one, other in zip(sides, sides[1:])
            if (one.engine, other.engine) == (OURS, peer.NAME)}


def compare_all(plan, llama):
    """What can be measured of the models; what cannot be had is said in a line each."""
    for workload in plan.models:
        try:
            if workload.package:
                workload.evaluation_text(plan.cache)
            model_of(workload, plan.cache)
            yield compare(workload, plan, llama)
        except Missing as missing:
            print(f"bench.py: {workload.title} is left out: {missing}", file=sys.stderr)


def compare(workload, plan, llama):
    """Everything about a model, as it goes to the results file."""
    folder = Path(tempfile.mkdtemp(dir=plan.cache))
    try:
        sides = list(participants(workload, plan, llama, folder))
        prompts = [cut_prompt(sides[0], workload.source_text(plan.cache), size, folder)
                   for size in workload.prompt_sizes(plan.tokens + 1)]
        runs = []
        for threads in plan.threads:
            say(f"{workload.title}: {plan.rounds} rounds with {threads} "
                f"thread{'s'[:threads > 1]}")
            figures = take_turns(sides, prompts, threads, plan)
            rows = take_turns_with_rows(sides, prompts[0], threads, plan)
            for side, samples, batches in zip(sides, figures, rows):
                facts = {k: v for k, v in side.facts.items() if k != "tokens"}
                runs.append({"engine": side.engine, "format": side.format,
                             "threads": threads, "samples": samples, "rows": batches, **facts})
        found = {}
        if workload.window:
            say(f"{workload.title}: how well it predicts a text")
            found["quality"] = quality.measure(workload, plan, llama, sides, folder)
    finally:
        shutil.rmtree(folder)
    return {"name": workload.name, "title": workload.title, "context": workload.context,
            "prompts": [len(prompt.ids) for prompt in prompts],
            "agreement": agreements(sides), "runs": runs, **found}
