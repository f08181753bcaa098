"""Numbers of the reference, each with a bound on the error of the f32 program.

A `Bounded` holds, in f64, what the formula gives (`v`) and how far a program that
evaluates it in f32 may be from it (`e`). Every operation adds its own rounding to
what its operands bring along: a running error analysis (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., sections 3.1 and 3.3). With u = 2^-24,
the rules are

  basic operation   fl(x op y) = (x op y)(1 + d), |d| <= u. No error if x and y
                    are exact and the result is an f32.
  sum of n terms    in any order, with any number of partial sums:
                    error <= g(n - 1) sum |term|,      g(n) = n u / (1 - n u).
                    No error if the terms are exact integers and sum |term| <= 2^24,
                    for then all partial sums are.
  dot of n terms    error <= g(n) sum |x| |y|, since each term was rounded once.
  function          error <= ULPS[f] units in the last place; a unit is at most
                    2 u |f(x)|.

Where a compiler fuses a product with a sum, it leaves out a rounding, and the
bounds still hold; so do they for another order of factors or of terms. A result
that does not depend on rounding has the bound 0, and is compared bit for bit.
"""

import math

import numpy as np

U = 2.0**-24
# Below the normal numbers an error is absolute. 1 / (1 + exp(100)) may overflow on
# its way, so that quotients are as good as zero somewhat earlier.
TINY = 2.0**-126
TINY_QUOTIENT = 2.0**-119

# glibc's manual, "Known Maximum Errors in Math Functions", for expf, logf, sinf,
# cosf on AArch64 and x86-64 (at most 2); Halide's own exp and log are
# "accurate up to the last bit of the mantissa", and the layers' exponential errs by
# 1.9e-7 of the result at most (passes/linalg/Exponential.h), tanh as MLIR approximates it by
# 4.4 units and erf by 4.0 (docs/decisions/approximated-functions.md). The square root is rounded
# correctly, or an estimate with one step of Newton's: rsqrtps has a relative
# error of 1.5 * 2^-12, the step makes 3/2 of its square of it, 2^-22.2.
ULPS = {"exp": 2, "log": 2, "sin": 2, "cos": 2, "tanh": 5, "erf": 4, "sqrt": 2, "rsqrt": 4}


# Of which NumPy has none.
OTHERS = {"rsqrt": lambda x: 1 / np.sqrt(x), "erf": np.vectorize(math.erf, otypes=[float])}


def gamma(n):
    return n * U / (1 - n * U)


def is_f32(v):
    with np.errstate(over="ignore"):
        return np.float32(v).astype(np.float64) == v


class Bounded:
    def __init__(self, v, e=0.0):
        self.v = np.asarray(v, np.float64)
        self.e = np.broadcast_to(np.asarray(e, np.float64), self.v.shape)

    @staticmethod
    def rounded(v, e):
        """The result of one basic operation whose operands bring along `e`."""
        exact = (e == 0) & is_f32(v)
        return Bounded(v, np.where(exact, 0, e + U * (np.abs(v) + e) + TINY))

    @staticmethod
    def constant(value):
        """A real number that the program has as f32."""
        return Bounded(value, abs(value - float(np.float32(value))))

    @property
    def shape(self):
        return self.v.shape

    @property
    def magnitude(self):
        return np.abs(self.v) + self.e

    def map(self, f):
        """Moves elements about."""
        return Bounded(f(self.v), f(self.e))

    def reshape(self, *shape):
        return self.map(lambda a: a.reshape(*shape))

    def __getitem__(self, index):
        return self.map(lambda a: a[index])

    def __neg__(self):
        return Bounded(-self.v, self.e)

    def __add__(self, other):
        return Bounded.rounded(self.v + other.v, self.e + other.e)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        return Bounded.rounded(*product(self, other))

    def __truediv__(self, other):
        nearest = np.abs(other.v) - other.e
        assert (nearest > 0).all(), "a divisor may be zero"
        v = self.v / other.v
        result = Bounded.rounded(v, (self.e + np.abs(v) * other.e) / nearest)
        return Bounded(v, result.e + np.where(is_f32(v), 0, TINY_QUOTIENT))

    def sum(self, axis):
        v, magnitude = self.v.sum(axis), self.magnitude.sum(axis)
        integers = ((self.v == np.rint(self.v)) & (self.e == 0)).all(axis)
        rounding = gamma(self.shape[axis] - 1) * magnitude
        exact = integers & (magnitude <= 2**24)
        return Bounded(v, self.e.sum(axis) + np.where(exact, 0, rounding))

    def maximum(self, other):
        return Bounded(np.maximum(self.v, other.v), np.maximum(self.e, other.e))

    def minimum(self, other):
        return -(-self).maximum(-other)

    def max(self, axis):
        return Bounded(self.v.max(axis), self.e.max(axis))

    def abs(self):
        return Bounded(np.abs(self.v), self.e)

    def apply(self, name):
        """A function of ULPS. The steepest slope nearby carries the error along."""
        if name in ("sin", "cos"):
            v, carried = getattr(np, name)(self.v), self.e
        else:
            f = OTHERS.get(name) or getattr(np, name)
            v, low, high = (f(self.v + s * self.e) for s in (0, -1, 1))
            carried = np.maximum(np.abs(low - v), np.abs(high - v))
        own = ULPS[name] * 2 * U * (np.abs(v) + carried)
        return Bounded(v, carried + own + TINY)

    def round(self, f):
        """roundeven, floor or ceil: as far apart as those of the ends are."""
        v, low, high = f(self.v), f(self.v - self.e), f(self.v + self.e)
        return Bounded(v, np.maximum(v - low, high - v))


def product(x, y):
    """The value and error of a product before it is rounded."""
    return x.v * y.v, np.abs(x.v) * y.e + np.abs(y.v) * x.e + x.e * y.e


def dot(x, y):
    """sum_k x[..., i, k] * y[..., j, k] for all i and j."""
    def matmul(a, b):
        return np.matmul(a, np.swapaxes(b, -1, -2))

    v = matmul(x.v, y.v)
    size = matmul(x.magnitude, y.magnitude)
    carried = size - matmul(np.abs(x.v), np.abs(y.v))
    carried = np.where(matmul(x.e, np.ones_like(y.e)) + matmul(np.ones_like(x.e), y.e) == 0,
                       0, np.abs(carried))
    integers = (is_integer(x).all(-1)[..., :, None] & is_integer(y).all(-1)[..., None, :])
    exact = integers & (carried == 0) & (size <= 2**24)
    rounding = gamma(x.shape[-1]) * size + x.shape[-1] * TINY
    return Bounded(v, carried + np.where(exact, 0, rounding))


def is_integer(x):
    return (x.v == np.rint(x.v)) & (x.e == 0)
