"""How far two computations of the example in f32 may be apart.

Every operation rounds to a relative error of u = 2^-24. In a sum of K products the
errors are as good as independent, and together grow like sqrt(K) u (Higham, Accuracy
and Stability of Numerical Algorithms, section 2.8). A hidden state of the example is
the sum of what 24 layers (12 runs of a block, an attention and a feed-forward layer
each) add to the embedding; the longest sums in them have K = 512 terms. Relative to
its largest element M that makes

    |error of hidden| <= sqrt(24 * 512) u * M

The head divides the state by its root mean square, which is at least M / sqrt(192),
for the example about M / 7, and multiplies it with rows of the embedding. This raises
the relative error as much:

    |error of logits| <= 7 * sqrt(24 * 512) u * max |logit|
"""

from math import sqrt

RELATIVE = sqrt(24 * 512) * 2.0 ** -24


def hidden_bound(states):
    return RELATIVE * max(map(abs, states))


def logit_bound(logits):
    return 7 * RELATIVE * max(map(abs, logits))
