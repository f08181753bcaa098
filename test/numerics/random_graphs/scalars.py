"""Scalar ops of arith and math: what they compute, how they are written.

Each is `ScalarOp.evaluate(element, operands)`, where `element` is the result's, and
`ScalarOp.text(result, names, element, source)`.
"""

import math

import numpy as np

from elements import F32, F64, I1
from known import LONG, Known, integer, rounded, unless


class ScalarOp:
    def __init__(self, name, evaluate, form="{r} = {op} {a} : {t}"):
        self.name, self.formula, self.form = name, evaluate, form

    def evaluate(self, element, operands):
        with np.errstate(all="ignore"):
            return self.formula(element, operands)

    def text(self, result, names, element, source):
        return self.form.format(r=result, op=self.name, a=", ".join(names), t=element.name,
                                s=source.name)


# Floats.

def moved(formula):
    """Changes a sign or nothing: no rounding."""
    return lambda element, x: Known(element, formula(x[0].v), x[0].e)


def added(sign):
    def formula(element, x):
        a, b = x
        return rounded(element, a.v + sign * b.v, a.e + b.e, x)
    return formula


def product(element, x):
    a, b = x
    carried = np.abs(a.v) * b.e + np.abs(b.v) * a.e + a.e * b.e
    return rounded(element, a.v * b.v, np.where(np.isfinite(a.v) & np.isfinite(b.v), carried, 0), x)


def quotient(element, x):
    a, b = x
    nearest = np.abs(b.v) - b.e
    v = a.v / b.v
    carried = np.where((a.e == 0) & (b.e == 0), 0, (a.e + np.abs(v) * b.e) / nearest)
    result = rounded(element, v, np.where(np.isfinite(v), carried, 0), x)
    straddles = (b.e > 0) & (nearest <= 0)
    return Known(element, v, unless(straddles, result.e))


def extremum(pick, other, prefers_nan):
    """The larger or smaller; of a NaN and a number, what the op says. Which zero comes
    out is left open where both have been compared."""
    def formula(element, x):
        a, b = x
        v = (pick if prefers_nan else other)(a.v, b.v)
        e = np.where(np.isnan(a.v) & ~prefers_nan, b.e,
                     np.where(np.isnan(b.v) & ~prefers_nan, a.e, np.maximum(a.e, b.e)))
        e = np.where(np.isnan(v), 0, e)
        e = np.where((v == 0) & (e == 0), element.tiny, e)
        return Known(element, v, unless(np.isinf(a.e) | np.isinf(b.e), e))
    return formula


def function(f, ulps, low=-math.inf, even=False, rest=0.0):
    """A function, monotonic unless `even`, that exists from `low` on. The error that the
    operand brings along is what the ends of its interval differ by; a sine and cosine
    are no steeper than 1. In f32 it may be `rest` off besides."""
    def formula(element, x):
        a, = x
        v = f(a.v)
        if even:
            carried = np.broadcast_to(a.e, v.shape)
        else:
            ends = [f(np.maximum(a.v + s * a.e, low)) for s in (-1, 1)]
            carried = np.where(a.e == 0, 0, np.maximum(*(np.abs(end - v) for end in ends)))
        outside = (a.e > 0) & (a.v - a.e < low)
        carried = carried + (rest if element is F32 else 0)
        result = rounded(element, v, np.where(np.isfinite(v), carried, 0), x, ulps)
        return Known(element, v, unless(outside, result.e))
    return formula


def stepped(f):
    """floor, ceil, roundeven: as known as both ends of the interval agree, but for the sign
    of a zero."""
    def formula(element, x):
        a, = x
        agree = (f(a.v - a.e) == f(a.v + a.e)) | (a.e == 0)
        v = f(a.v)
        e = np.where((v == 0) & (a.e > 0), element.tiny, 0)
        return Known(element, v, unless(~agree, e))
    return formula


def erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x.astype(np.float64)).astype(LONG)


def fused(element, x):
    a, b, c = x
    carried = np.abs(a.v) * b.e + np.abs(b.v) * a.e + a.e * b.e + c.e
    v = a.v * b.v + c.v
    size = np.where(np.isfinite(a.v * b.v), np.abs(a.v * b.v), 0)
    # Unfused, the product is rounded as well.
    return rounded(element, v, np.where(np.isfinite(v), carried + element.u * size, 0), x)


# Of f32. Halide's exponential is zero where it would be less.
LEAST_NORMAL = 2.0**-126

FLOAT_UNARY = [
    ScalarOp("arith.negf", moved(np.negative)),
    ScalarOp("math.absf", moved(np.abs)),
    ScalarOp("math.sqrt", function(np.sqrt, 1, 0)),
    ScalarOp("math.rsqrt", function(lambda x: 1 / np.sqrt(x), 4, 0)),
    ScalarOp("math.exp", function(np.exp, 4, rest=LEAST_NORMAL)),
    ScalarOp("math.log", function(np.log, 4, 0)),
    ScalarOp("math.tanh", function(np.tanh, 4)),
    ScalarOp("math.erf", function(erf, 8)),
    ScalarOp("math.sin", function(np.sin, 4, even=True)),
    ScalarOp("math.cos", function(np.cos, 4, even=True)),
    ScalarOp("math.floor", stepped(np.floor)),
    ScalarOp("math.ceil", stepped(np.ceil)),
    ScalarOp("math.roundeven", stepped(np.rint)),
]
FLOAT_BINARY = [
    ScalarOp("arith.addf", added(1)),
    ScalarOp("arith.subf", added(-1)),
    ScalarOp("arith.mulf", product),
    ScalarOp("arith.divf", quotient),
    ScalarOp("arith.maximumf", extremum(np.maximum, np.fmax, True)),
    ScalarOp("arith.minimumf", extremum(np.minimum, np.fmin, True)),
    ScalarOp("arith.maxnumf", extremum(np.maximum, np.fmax, False)),
    ScalarOp("arith.minnumf", extremum(np.minimum, np.fmin, False)),
]
FMA = ScalarOp("math.fma", fused)


# Integers. A divisor is from 1 to 63 and a shift less than the width: see elementwise.py.

def exact(f):
    return lambda element, x: integer(element, f(*(operand.v for operand in x)), x)


def on_unsigned(f):
    return lambda element, x: integer(
        element, f(*(element.unsigned(operand.v) for operand in x)).astype(np.int64), x)


def toward_zero(a, b):
    quotient = np.abs(a) // b
    return np.where(a < 0, -quotient, quotient)


def divided(a, b):
    # |INT64_MIN| is no int64: one step of the division first.
    return np.where(a == np.iinfo(np.int64).min, -(np.uint64(1 << 63) // b.astype(np.uint64))
                    .astype(np.int64), toward_zero(a, b))


INT_UNARY = [ScalarOp("math.absi", exact(np.abs))]
INT_BINARY = [
    ScalarOp("arith.addi", exact(np.add)),
    ScalarOp("arith.subi", exact(np.subtract)),
    ScalarOp("arith.muli", exact(np.multiply)),
    ScalarOp("arith.andi", exact(np.bitwise_and)),
    ScalarOp("arith.ori", exact(np.bitwise_or)),
    ScalarOp("arith.xori", exact(np.bitwise_xor)),
    ScalarOp("arith.maxsi", exact(np.maximum)),
    ScalarOp("arith.minsi", exact(np.minimum)),
    ScalarOp("arith.maxui", on_unsigned(np.maximum)),
    ScalarOp("arith.minui", on_unsigned(np.minimum)),
]
BOOL_BINARY = INT_BINARY[3:6]
INT_DIVISIONS = [
    ScalarOp("arith.divsi", exact(divided)),
    ScalarOp("arith.divui", on_unsigned(np.floor_divide)),
    ScalarOp("arith.remsi", exact(lambda a, b: a - divided(a, b) * b)),
    ScalarOp("arith.remui", on_unsigned(np.remainder)),
    ScalarOp("arith.floordivsi", exact(np.floor_divide)),
    ScalarOp("arith.ceildivsi", exact(lambda a, b: np.floor_divide(a, b) + (np.remainder(a, b) != 0))),
]
INT_SHIFTS = [
    ScalarOp("arith.shli", exact(np.left_shift)),
    ScalarOp("arith.shrsi", exact(np.right_shift)),
    ScalarOp("arith.shrui", on_unsigned(np.right_shift)),
]


# Comparisons: the element is i1, the source that of the operands.

def compared_floats(test, ordered):
    """`test` on numbers; with a NaN an ordered comparison is false, another true."""
    def formula(element, x):
        a, b = x
        nan = np.isnan(a.v) | np.isnan(b.v)
        v = np.where(nan, not ordered, test(a.v, b.v))
        close = (a.e + b.e > 0) & ~(np.abs(a.v - b.v) > a.e + b.e) & ~nan
        vague = close | np.isinf(a.e) | np.isinf(b.e)
        return Known(element, v.astype(np.int64), unless(vague, 0))
    return formula


TESTS = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
         "gt": np.greater, "ge": np.greater_equal}
FLOAT_COMPARISONS = [
    ScalarOp("arith.cmpf", compared_floats(test, kind == "o"),
             f"{{r}} = {{op}} {kind}{name}, {{a}} : {{s}}")
    for name, test in TESTS.items() for kind in "ou"]


def ordered(element, x):
    nan = np.isnan(x[0].v) | np.isnan(x[1].v)
    return Known(element, ~nan, unless(np.isinf(x[0].e) | np.isinf(x[1].e), 0))


def unordered(element, x):
    both = ordered(element, x)
    return Known(element, 1 - both.v, both.e)


FLOAT_COMPARISONS += [
    ScalarOp("arith.cmpf", ordered, "{r} = {op} ord, {a} : {s}"),
    ScalarOp("arith.cmpf", unordered, "{r} = {op} uno, {a} : {s}"),
]


def compared(test, source, is_unsigned):
    def formula(element, x):
        values = [source.unsigned(o.v) if is_unsigned else o.v for o in x]
        return integer(element, test(*values).astype(np.int64), x)
    return formula


def int_comparison(name, source, is_unsigned):
    prefix = "" if name in ("eq", "ne") else "u" if is_unsigned else "s"
    return ScalarOp("arith.cmpi", compared(TESTS[name], source, is_unsigned),
                    f"{{r}} = {{op}} {prefix}{name}, {{a}} : {{s}}")


def selected(element, x):
    c, a, b = x
    v = np.where(c.v != 0, a.v, b.v)
    e = np.where(c.v != 0, a.e, b.e)
    return Known(element, v, unless(np.isinf(c.e), e))


SELECT = ScalarOp("arith.select", selected)


# Conversions.

def converted(element, x):
    """To a float of fewer bits, or an integer to a float."""
    a, = x
    value = Known(F64, a.v.astype(LONG), a.e)
    result = rounded(element, value.v, value.e, [value])
    with np.errstate(all="ignore"):
        keeps = value.v.astype(element.dtype).astype(LONG) == value.v
    fits = (a.e == 0) & (keeps | ~np.isfinite(value.v))
    return Known(element, value.v, np.where(fits, 0, result.e))


def extended(element, x):
    return Known(element, x[0].v, x[0].e)


def from_signed(source):
    return lambda element, x: converted(element, [Known(
        x[0].element, -x[0].v if source is I1 else x[0].v, x[0].e)])


def from_unsigned(source):
    def formula(element, x):
        value = source.unsigned(x[0].v).astype(LONG)
        return converted(element, [Known(F64, value, x[0].e)])
    return formula


def truncated(element, x):
    a, = x
    v = np.trunc(a.v)
    agree = (np.trunc(a.v - a.e) == np.trunc(a.v + a.e)) | (a.e == 0)
    safe = np.where(np.isfinite(v), v, 0).astype(np.int64)
    return Known(element, safe, unless(~agree | ~np.isfinite(v), 0))


def conversions(source, element):
    """The ops that turn `source` into `element`."""
    form = "{r} = {op} {a} : {s} to {t}"
    if source.is_float and element.is_float:
        wider = element.bits > source.bits
        return [ScalarOp("arith.extf" if wider else "arith.truncf",
                         extended if wider else converted, form)]
    if source.is_float:
        return [ScalarOp("arith.fptosi", truncated, form)]  # of a clamped operand
    if element.is_float:
        return [ScalarOp("arith.sitofp", from_signed(source), form),
                ScalarOp("arith.uitofp", from_unsigned(source), form)]
    if element.bits < source.bits:
        return [ScalarOp("arith.trunci", exact(lambda a: a), form)]
    return [ScalarOp("arith.extsi", exact(lambda a: -a if source is I1 else a), form),
            ScalarOp("arith.extui", lambda element, x: integer(
                element, source.unsigned(x[0].v).astype(np.int64), x), form)]
