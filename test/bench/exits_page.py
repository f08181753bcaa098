"""The page of what early exits bring, in Markdown."""

from page import number, table, times

HOW = """# What early exits bring

`./dev bench --exits --write-docs` measures this and writes this page; nobody types numbers here.
[early-exits.md](early-exits.md) explains what is measured.

"""

SWEEP = """## Drafting, by exit and number of drafts

pydoc-lm (12 runs of blocks) continues six pieces of text by 64 tokens each, greedily, on one thread; its output
is that of plain decoding. *Accepted* is the share of drafts that the whole model agrees with. The model
stays in the caches of this machine: it is not bound by memory, where drafting pays least.

"""

PREDICTED = """## Predicted and measured

What `--exit=auto` predicts from one half of the text, and what was measured on the other. For a device, costs
are instructions, so there is nothing to measure on this machine; where a model is bound by memory, the bytes of
weights that a token reads say more.

"""

REPLAY = """## A model bound by memory: replayed acceptance

MobileLLM-125M has random weights here, so it has no acceptance of its own. Its entries run as they would if of
each cycle's drafts as many were right as were in pydoc-lm, drafting behind run {exit} of {runs} (three drafts,
{accepted:.0%} accepted; cycles with 0, 1, 2 and 3 right drafts: {lengths}). This is **a replayed trace, not a
measured acceptance** of this model. *Without cache* verifies by all blocks on all tokens: what the exit-query
cache saves. *Draft tokens* is the size of the head that drafts, in 4 bits; *all* uses the head itself.

"""

CONFIDENCE = """## Stopping at the exit

Perplexity of pydoc-lm (8-bit weights) on its evaluation text, if a token is taken from the exit where the exit's
best token has at least the probability *threshold*, and the runs of blocks before a token is known, in the mean.

![Perplexity against mean depth]({picture})

"""


def sweep_section(rows):
    return SWEEP + table(
        ["weights", "exit", "drafts", "accepted", "tokens per verification", "plain, tokens/s",
         "drafting, tokens/s", "speed-up"],
        [[row["weights"], str(row["exit"]), str(row["drafts"]), number(row["accepted"], 2),
          number(row["tokens_per_verification"], 2), number(row["plain"], 0),
          number(row["drafted"], 0), times(row["speed_up"])] for row in rows])


def prediction_section(tables):
    rows = []
    for predicted in tables:
        for row in predicted["rows"]:
            measured = row.get("measured", {})
            rows.append([predicted["target"], predicted["weights"], row["exit"], row["drafts"],
                         row["draft_tokens"], row["accepted"],
                         number(measured.get("accepted"), 3), row["speed_up"] + "×",
                         times(measured.get("speed_up")),
                         number(float(row["bytes"]) / float(row["tokens_per_verification"]), 2)])
    verdicts = "".join(f"- {p['target']}, {p['weights']}: {p['verdict']}\n" for p in tables)
    return PREDICTED + table(
        ["target", "weights", "exit", "drafts", "draft tokens", "accepted, predicted",
         "measured", "speed-up, predicted", "measured", "bytes per token, of plain"], rows) + "\n" + verdicts


def replay_section(rows, trace):
    return REPLAY.format(exit=trace["exit"], runs=trace["runs"], accepted=trace["accepted"],
                         lengths=", ".join(map(str, trace["lengths"]))) + table(
        ["weights", "exit", "draft tokens", "plain, tokens/s", "drafting, tokens/s", "speed-up",
         "without cache"],
        [[row["weights"], f"{row['exit']} of {row['runs']}", str(row["draft_tokens"] or "all"),
          number(row["plain"]), number(row["cached"]), times(row["cached_speed_up"]),
          times(row["uncached_speed_up"])] for row in rows])


def confidence_section(series, picture):
    rows = [[str(line["exit"]), str(point["threshold"]), number(point["perplexity"], 2),
             number(point["mean_depth"], 2)] for line in series for point in line["points"]]
    return CONFIDENCE.format(picture=picture) + table(
        ["exit", "threshold", "perplexity", "mean depth"], rows)


def page(results, facts, picture):
    return HOW + facts + "\n" + "\n".join([
        sweep_section(results["sweep"]), prediction_section(results["predictions"]),
        replay_section(results["replay"], results["trace"]),
        confidence_section(results["confidence"], picture)])
