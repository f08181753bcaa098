"""The compiled example continues texts token for token as the reference does.

usage: greedy.py TARGET [TOKENS]

All texts to their end, or the first tokens of two. In f32, choosing the likeliest token at every step. Another token is accepted only
where the reference's first two logits are closer than the errors of both together
can be; what follows it is another text, and is not compared.
"""

import sys

from bounds import logit_bound
from harness import GOLDEN, command, expect, expect_equal, finish, run, run_text

# The largest logit of the reference's states is 17.1 (golden.safetensors).
NEAR_TIE = 2 * logit_bound([17.2])

target, *most = sys.argv[1:]
texts = GOLDEN["greedy"][:2] if most else GOLDEN["greedy"]
for reference in texts:
    prompt, wanted = reference["prompt"], reference["ids"][:int(most[0]) if most else None]
    continued = command(target, "f32", "--prompt", prompt, "--tokens", len(wanted))
    ids = [int(token) for token in run_text([*continued, "--ids"]).split()]
    same = next((step for step, pair in enumerate(zip(ids, wanted)) if pair[0] != pair[1]),
                min(len(ids), len(wanted)))
    if same == len(wanted) == len(ids):
        expect(True, f"{prompt!r}: {same} tokens; smallest margin {reference['min_margin']}")
        text = run(continued).decode(errors="replace")
        whole = reference["text"] if not most else reference["text"][:len(text)] or "some text"
        expect_equal(text, whole, f"{prompt!r}: the text of these tokens")
        continue
    margin = reference["margins"][same] if same < len(wanted) else float("inf")
    expect(margin < NEAR_TIE, f"{prompt!r}: {same} tokens, then another where the margin is "
           f"{margin} (a near-tie is less than {NEAR_TIE:.1e})")
finish()
