"""`eke profile` counts everything, exactly, and says which layer it was for.

usage: profile.py TARGET (dot|no-dot)
"""

import json
import re
import sys
from pathlib import Path

from harness import (EKE, EXAMPLE, command, expect, expect_equal, finish, percent, program,
                     run_text, statistics, temporary_folder)

target, has_dot = sys.argv[1], sys.argv[2] == "dot"
PHASES = ("start", "prefill", "decode", "end")
STEPS, PROMPT = 4, 21
config = json.loads((EXAMPLE / "config.json").read_text())


def profile(name, steps=STEPS):
    """The counts of the compiled example, and the table."""
    path = Path(folder, name)
    table = run_text([EKE, "profile", program(target, "i8", "symbols"), "--tokens", steps,
                      "--prompt-tokens", PROMPT, "--json", path, "--seconds=0"])
    return json.loads(path.read_text()), table


def sums(phase):
    return {
        "instructions": sum(row["instructions"] for row in phase["rows"]),
        "classes": {name: sum(row["classes"][name] for row in phase["rows"])
                    for name in phase["classes"]},
        "bytes": {name: {way: sum(row["bytes"][name][way] for row in phase["rows"])
                         for way in ("read", "written")} for name in phase["bytes"]},
    }


def pipelines():
    """The pipelines of the model, by the entries they run in."""
    module = run_text([EKE, "compile", EXAMPLE, f"--target={target}", "--stop-after=schedules"])
    return set(re.findall(r'halide\.pipeline "([\w.]+)"', module))


with temporary_folder() as folder:
    first, table = profile("first.json")
    second, _ = profile("second.json")
    shorter, _ = profile("shorter.json", STEPS - 2)
expect_equal(second, first, "two runs agree in every number")
expect_equal(shorter["steps"], first["steps"][:-2], "a token's count is that of its position, "
             "however many follow")
expect_equal([step["position"] for step in first["steps"]], list(range(PROMPT, PROMPT + STEPS)),
             f"{STEPS} tokens behind {PROMPT} of prompt")
expect_equal(sum(step["instructions"] for step in first["steps"]),
             first["decode"]["instructions"], "the tokens add up to the phase")
for name in PHASES:
    phase = first[name]
    expect_equal(sums(phase), {key: phase[key] for key in sums(phase)},
                 f"{name}: the rows add up to {phase['instructions']} instructions")
    expect_equal(sum(phase["classes"].values()), phase["instructions"],
                 f"{name}: so do the classes")

# What a program says of the weights that it reads, against what was counted. The scales of
# a norm are read twice: for the largest number of a row, and to quantise it.
counted = first["decode"]["bytes"]["weights"]["read"] / STEPS
with temporary_folder() as folder:
    said = statistics(command(target, "i8", "--prompt", "a", "--tokens", STEPS), folder)
    said = said["decode"]["weight_bytes_per_token"]
expect(abs(percent(said, counted)) < 0.5, f"a token reads {said} bytes of weights by --stats, "
       f"{counted:.0f} were counted ({percent(said, counted):+.3f} %)")

# The prompt takes wide steps first; a decoded token takes a trunk and a head of one row.
everything = pipelines()
one_row = {name for name in everything if re.match(r"\w+?_1\.", name)}
decode = {row["pipeline"]: row for row in first["decode"]["rows"] if row["pipeline"]}
prefill = {row["pipeline"] for row in first["prefill"]["rows"]}
expect(one_row, f"{len(one_row)} pipelines of one row")
expect_equal(set(decode), one_row, "decoding has a row for each of them, and no other")
# A prompt needs the logits of one row; those of several are for --score.
prompt = {name for name in everything if not re.match(r"head_(?!1\.)", name)}
expect_equal(prefill - {""}, prompt, f"the prompt has one for {len(prompt)} of {len(everything)}")
expect(all(f" {name} " in table for name in one_row), "the table has a line for each")
# Both parts of a block quantise their rows in the same way: one function, two pipelines.
attention, gated = (next(row for name, row in decode.items()
                         if re.fullmatch(rf"decoder_1\.{layer}\.(quantize|wide)", name))
                    for layer in ("query_key_value", "gate"))
expect(attention["symbol"] == gated["symbol"] and attention["calls"] == gated["calls"],
       f"{gated['symbol']} is told apart as {attention['pipeline']} and {gated['pipeline']}")
expect_equal(attention["bytes"], gated["bytes"], "both read and write as much")
layers = config["num_hidden_layers"] * (2 if config["layer_sharing"] else 1)
expect_equal({row["calls"] for name, row in decode.items()
              if name.startswith("decoder_1.") and not name.endswith(".narrow")},
             {layers * STEPS}, f"a block's pipelines run {layers} times per token")

# Keys and values are rounded to f16, each by a pipeline. The values are a slice of the
# joined product, which is another kernel.
narrow = [row for row in first["decode"]["rows"]
          if row["pipeline"].startswith("decoder_1.attention.narrow")]
expect_equal(sum(row["calls"] for row in narrow), 2 * layers * STEPS,
             "the caches' elements are rounded twice per block")
kv = 2 * config["num_key_value_heads"] * config["head_dim"] * 2
expect_equal(first["decode"]["bytes"]["state"]["written"], STEPS * layers * kv,
             f"each token writes {layers * kv} bytes of keys and values")
expect_equal(first["decode"]["bytes"]["weights"]["written"], 0, "nobody writes weights")
dots = first["decode"]["classes"]["dot"]
expect((dots > 0) == has_dot, f"{dots} dot products")
expect(first["decode"]["estimated_cycles"] > 0,
       f"{first['decode']['estimated_cycles'] / STEPS:.0f} cycles per token, with the model of "
       f"{first['cycle_model']}")
finish()
