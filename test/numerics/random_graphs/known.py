"""Numbers of the reference, each with how much of it is known.

A `Known` holds what a formula gives (`v`: long double for floats, int64 for integers)
and how far a program may be from it (`e`): 0, bit for bit; a bound; or infinity,
nothing is known. The last is what follows from a decision (a comparison, a rounding
to an integer, an overflow) that lies within the error of its operands.

A float operation in an element type with unit roundoff u gives

    fl(x op y) = (x op y)(1 + d),  |d| <= u,

carries its operands' errors on (Higham, Accuracy and Stability of Numerical
Algorithms, section 3), and may lose the smallest subnormal number. Sums of n terms
err by (n - 1) u sum |term| in any order; a fused multiply-add only leaves out a
rounding. An infinity or NaN is known where it follows from operands that are exact.
"""

import numpy as np

LONG = np.longdouble


class Known:
    def __init__(self, element, v, e=0.0):
        self.element = element
        self.v = np.asarray(v, LONG if element.is_float else np.int64)
        self.e = np.broadcast_to(np.asarray(e, np.float64), self.v.shape)

    @staticmethod
    def exact(element, array):
        return Known(element, np.asarray(array).astype(LONG if element.is_float else np.int64))

    @property
    def shape(self):
        return self.v.shape

    def map(self, move):
        """Moves elements about."""
        return Known(self.element, move(self.v), move(self.e))

    @property
    def is_exact(self):
        return self.e == 0


def unless(unknown, e):
    return np.where(unknown, np.inf, e)


def rounded(element, v, carried, operands, ulps=0.5):
    """The result of one float operation whose operands bring along `carried`."""
    exact = all_exact(operands, v.shape)
    finite = np.isfinite(v)
    size = np.abs(np.where(finite, v, 0))
    carried = np.where(np.isnan(carried), np.inf, carried)
    own = 2 * ulps * element.u * (size + carried) + element.tiny
    e = np.where(finite, carried + own, 0).astype(np.float64)
    overflow = finite & ~(size + e < element.max * (1 - 4 * element.u))
    vague = np.zeros(v.shape, bool)
    for operand in operands:
        vague |= np.isinf(np.broadcast_to(operand.e, v.shape))
    return Known(element, v, unless(vague | overflow | (~finite & ~exact), e))


def all_exact(operands, shape):
    exact = np.ones(shape, bool)
    for operand in operands:
        exact &= np.broadcast_to(operand.is_exact, shape)
    return exact


def integer(element, v, operands):
    """The result of one integer operation."""
    v = np.asarray(v)
    return Known(element, element.wrap(v), unless(~all_exact(operands, v.shape), 0))


def total(element, terms, axes):
    """The sum over `axes` of terms that the program adds in any order."""
    finite = np.isfinite(terms.v)
    size = np.where(finite, np.abs(terms.v), 0).sum(axes, dtype=LONG)
    count = int(np.prod([terms.shape[a] for a in axes], dtype=np.int64))
    v = terms.v.sum(axes, dtype=LONG)
    carried = terms.e.sum(axes)
    bound = size + carried
    e = carried + count * element.u * 1.01 * bound + element.tiny * count
    clear = bound * (1 + count * element.u) < element.max * (1 - 4 * element.u)
    e = np.where(np.isfinite(v), e, np.where(np.isinf(carried), np.inf, 0))
    return Known(element, v, unless(~clear, e).astype(np.float64))
