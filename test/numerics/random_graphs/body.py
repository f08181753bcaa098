"""Bodies of linalg.generic: scalar ops on the elements of operands."""

import numpy as np

import scalars
from elements import F32, FLOATS, I1, I32, INTEGERS
from known import Known
from scalars import ScalarOp


class Index:
    """The position along a loop, as i32."""

    def __init__(self, loop):
        self.loop = loop

    def lines(self, name):
        return [f"{name}.index = linalg.index {self.loop} : index",
                f"{name} = arith.index_cast {name}.index : index to i32"]

    def evaluate(self, shape):
        line = np.arange(shape[self.loop])
        return Known(I32, np.broadcast_to(
            line.reshape([-1] + [1] * (len(shape) - 1 - self.loop)), shape))


def constant(element, value):
    value = np.array(value, element.dtype)
    return ScalarOp("arith.constant",
                    lambda element, x: Known.exact(element, value),
                    f"{{r}} = {{op}} {element.literal(value)}"
                    + ("" if element is I1 else " : {t}"))


class Body:
    """Arguments, then steps, each (op, the numbers of its operands, its element)."""

    def __init__(self, elements):
        self.elements, self.steps = list(elements), []
        self.arguments = len(self.elements)

    def add(self, op, operands, element):
        self.steps.append((op, tuple(operands), element))
        self.elements.append(element)
        return len(self.elements) - 1

    def constant(self, element, value):
        return self.add(constant(element, value), [], element)

    def lines(self, names):
        """`names` are those of the arguments. Returns the lines and all names."""
        names, lines = list(names), []
        for number, (op, operands, element) in enumerate(self.steps):
            name = f"%t{number}"
            if isinstance(op, Index):
                lines += op.lines(name)
            else:
                source = self.elements[operands[0]] if operands else element
                lines.append(op.text(name, [names[o] for o in operands], element, source))
            names.append(name)
        return lines, names

    def evaluate(self, values, shape):
        values = list(values)
        for op, operands, element in self.steps:
            values.append(op.evaluate(shape) if isinstance(op, Index) else
                          op.evaluate(element, [values[o] for o in operands]))
        return values


# Random bodies.

def pick(rng, items):
    return items[int(rng.integers(len(items)))]


def grow(rng, body, steps, loops=0):
    """Adds about `steps` steps to a body; returns the number of the last value."""
    last = len(body.elements) - 1
    for _ in range(steps):
        if loops and rng.random() < 0.05:
            last = body.add(Index(int(rng.integers(loops))), [], I32)
        a = last if rng.random() < 0.7 else int(rng.integers(len(body.elements)))
        element = body.elements[a]
        step = float_step if element.is_float else bool_step if element is I1 else int_step
        last = step(rng, body, a, element)
    return last


def partner(rng, body, element):
    """Another value of `element`."""
    same = [i for i, e in enumerate(body.elements) if e is element]
    if same and rng.random() < 0.7:
        return pick(rng, same)
    if element.is_float:
        return body.constant(element, pick(rng, [0.5, -1.25, 2, 0, -0.0, 1, 3.7]))
    if element is I1:
        return body.constant(element, bool(rng.integers(2)))
    return body.constant(element, int(rng.integers(-100, 100)))


def select(rng, body, a, element):
    conditions = [i for i, e in enumerate(body.elements) if e is I1]
    if not conditions:
        return None
    operands = [pick(rng, conditions), a, partner(rng, body, element)]
    return body.add(scalars.SELECT, operands, element)


def convert(rng, body, a, to):
    source = body.elements[a]
    if source is to:
        return a
    if source.is_float and not to.is_float:
        for op, bound in (("arith.maxnumf", -100), ("arith.minnumf", 100)):
            op = next(o for o in scalars.FLOAT_BINARY if o.name == op)
            a = body.add(op, [a, body.constant(source, bound)], source)
    return body.add(pick(rng, scalars.conversions(source, to)), [a], to)


def float_step(rng, body, a, element):
    choice = rng.random()
    if choice < 0.3:
        return body.add(pick(rng, scalars.FLOAT_UNARY), [a], element)
    if choice < 0.75:
        operands = [a, partner(rng, body, element)]
        if rng.random() < 0.3:
            operands.reverse()
        return body.add(pick(rng, scalars.FLOAT_BINARY), operands, element)
    if choice < 0.80:
        return body.add(scalars.FMA, [a, partner(rng, body, element),
                                      partner(rng, body, element)], element)
    if choice < 0.86:
        condition = body.add(pick(rng, scalars.FLOAT_COMPARISONS),
                             [a, partner(rng, body, element)], I1)
        return select(rng, body, a, element) if rng.random() < 0.7 else condition
    if choice < 0.90:
        return select(rng, body, a, element) or a
    others = [e for e in FLOATS if e is not element]
    return convert(rng, body, a, pick(rng, others + [I32] + list(INTEGERS)))


def guarded(body, b, element, low_bits, or_one):
    """`b` as a safe divisor or shift."""
    b = body.add(scalars.BOOL_BINARY[0], [b, body.constant(element, low_bits)], element)
    if or_one:
        b = body.add(scalars.BOOL_BINARY[1], [b, body.constant(element, 1)], element)
    return b


def int_step(rng, body, a, element):
    choice = rng.random()
    if choice < 0.1:
        return body.add(pick(rng, scalars.INT_UNARY), [a], element)
    if choice < 0.55:
        return body.add(pick(rng, scalars.INT_BINARY),
                        [a, partner(rng, body, element)], element)
    if choice < 0.65:
        b = guarded(body, partner(rng, body, element), element, 63, True)
        return body.add(pick(rng, scalars.INT_DIVISIONS), [a, b], element)
    if choice < 0.75:
        b = guarded(body, partner(rng, body, element), element, element.bits - 1, False)
        return body.add(pick(rng, scalars.INT_SHIFTS), [a, b], element)
    if choice < 0.83:
        op = scalars.int_comparison(pick(rng, list(scalars.TESTS)), element,
                                    bool(rng.integers(2)))
        condition = body.add(op, [a, partner(rng, body, element)], I1)
        return select(rng, body, a, element) if rng.random() < 0.7 else condition
    if choice < 0.87:
        return select(rng, body, a, element) or a
    others = [e for e in INTEGERS if e is not element]
    return convert(rng, body, a, pick(rng, others + [F32] * 2 + list(FLOATS)))


def bool_step(rng, body, a, element):
    choice = rng.random()
    if choice < 0.3:
        return body.add(pick(rng, scalars.BOOL_BINARY), [a, partner(rng, body, I1)], I1)
    others = [i for i, e in enumerate(body.elements) if e is not I1]
    if choice < 0.7 and others:
        b = pick(rng, others)
        return body.add(scalars.SELECT, [a, b, partner(rng, body, body.elements[b])],
                        body.elements[b])
    return convert(rng, body, a, pick(rng, (F32, F32) + FLOATS + INTEGERS))
