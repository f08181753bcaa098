"""Drawing tokens: repeatable by its seed, greedy where only one token is left."""

from harness import command, expect, expect_equal, finish, run_text


def text(*args):
    return run_text(command("host", "i8", "--prompt", "This module", "--tokens", "40", *args))


greedy = text()
expect(len(greedy) > 40, f"greedy: {greedy[:50]!r} …")
for args in (["--temperature", "0"], ["--top-k", "1"], ["--top-k", "1", "--temperature", "1.5"],
             ["--top-p", "0.000001"]):
    expect_equal(text(*args), greedy, f"{' '.join(args)} is greedy")
drawn = {seed: text("--temperature", "1", "--seed", seed) for seed in ("1", "2", "3")}
for seed, once in drawn.items():
    expect_equal(text("--temperature", "1", "--seed", seed), once,
                 f"seed {seed} gives the same text twice")
expect(len({greedy, *drawn.values()}) == 4, "other seeds give other texts")
expect(text("--top-k", "5", "--seed", "1") != text("--top-k", "5", "--seed", "2"),
       "--top-k draws without --temperature")
expect(text("--top-p", "0.9", "--seed", "1") != text("--top-p", "0.9", "--seed", "2"),
       "--top-p draws without --temperature")
finish()
