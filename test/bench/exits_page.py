"""The page of what early exits bring, in Markdown."""

from page import number, table, times

HOW = """# What early exits bring

`./dev bench --exits --write-docs` measures this and writes this page; nobody types numbers here.
[early-exits.md](early-exits.md) explains what is measured.

"""

SWEEP = """## Drafting, by exit and number of drafts

Two examples (12 runs of blocks each) continue {pieces} pieces of text by 64 tokens each, greedily, on one thread;
the output is that of plain decoding. *Accepted* is the share of drafts that the whole model agrees with.
[pydoc-lm](../examples/pydoc-lm) was trained with a loss at all exits,
[pydoc-lm-exit](../examples/pydoc-lm-exit) further with one exit that learns from the last and has a head of its own.
Both stay in the caches of this machine: they are not bound by memory, so drafting pays least.

"""

PREDICTED = """## Predicted and measured

What `--exit=auto` predicts from one half of the text, and what was measured on the other: time on this machine;
for ARM the instructions of whole continuations, counted by an emulator ({counted} pieces of text), since a time
under one means nothing. *Bytes* are those of weights that are read per token, in parts of what plain decoding
reads: where memory is what a device waits for, they bound its speed, and they take most of its energy.

"""

REPLAY = """## A model bound by memory: replayed acceptance

MobileLLM-125M has random weights here, so it has no acceptance of its own. Its entries run as they would if its
cycles drafted as many tokens, and had as many of them right, as those of pydoc-lm-exit in {pieces} continuations of its
evaluation text, for which it was told the costs of MobileLLM-125M. This is **a replayed trace, not a measured
acceptance** of this model. *Without cache* verifies by all blocks on all tokens: what the exit-query cache saves. *Draft
tokens* is the size of the head that drafts, in 4 bits; *all* uses the head itself.

"""

CONFIDENCE = """## Stopping at the exit

Perplexity of pydoc-lm (8-bit weights) on its evaluation text, if a token is taken from the exit where the exit's
best token has at least the probability *threshold*, and the runs of blocks before a token is known, in the mean.

![Perplexity against mean depth]({picture})

"""


def sweep_section(rows, pieces):
    return SWEEP.format(pieces=pieces) + table(
        ["model", "weights", "exit", "drafts", "accepted", "tokens per verification",
         "plain, tokens/s", "drafting, tokens/s", "speed-up"],
        [[row["model"], row["weights"], str(row["exit"]), str(row["drafts"]), number(row["accepted"], 2),
          number(row["tokens_per_verification"], 2), number(row["plain"], 0),
          number(row["drafted"], 0), times(row["speed_up"])] for row in rows])


def prediction_section(tables, counted):
    rows = []
    for predicted in tables:
        for row in predicted["rows"]:
            measured = row["measured"]
            predicted_bytes = float(row["bytes"]) / float(row["tokens_per_verification"])
            rows.append([predicted["model"], predicted["target"], predicted["weights"], row["exit"], row["drafts"],
                         row["draft_tokens"], row["accepted"], number(measured["accepted"], 3),
                         row["speed_up"] + "×", times(measured["speed_up"]),
                         number(predicted_bytes, 2), number(measured["bytes"], 2)])
    verdicts = "".join(f"- {p['model']}, {p['target']}, {p['weights']}: {p['verdict']}\n" for p in tables)
    return PREDICTED.format(counted=counted) + table(
        ["model", "target", "weights", "exit", "drafts", "draft tokens", "accepted, predicted",
         "measured", "speed-up, predicted", "measured", "bytes, predicted", "measured"],
        rows) + "\n" + verdicts


def replay_section(rows, pieces):
    return REPLAY.format(pieces=pieces) + table(
        ["weights", "exit", "draft tokens", "drafts", "drafts per verification", "accepted",
         "tokens per verification", "plain, tokens/s", "drafting, tokens/s", "speed-up",
         "without cache"],
        [[row["weights"], f"{row['exit']} of {row['runs']}", str(row["draft_tokens"] or "all"),
          str(row["drafts"]), number(row["trace"]["drafts_per_verification"], 2),
          number(row["trace"]["accepted"], 2), number(row["trace"]["tokens_per_verification"], 2),
          number(row["plain"]), number(row["cached"]), times(row["cached_speed_up"]),
          times(row["uncached_speed_up"])] for row in rows])


def confidence_section(series, picture):
    rows = [[str(line["exit"]), str(point["threshold"]), number(point["perplexity"], 2),
             number(point["mean_depth"], 2)] for line in series for point in line["points"]]
    return CONFIDENCE.format(picture=picture) + table(
        ["exit", "threshold", "perplexity", "mean depth"], rows)


def page(results, facts, picture):
    return HOW + facts + "\n" + "\n".join([
        sweep_section(results["sweep"], results["pieces"]),
        prediction_section(results["predictions"], results["counted_pieces"]),
        replay_section(results["replay"], results["traced_pieces"]),
        confidence_section(results["confidence"], picture)])
