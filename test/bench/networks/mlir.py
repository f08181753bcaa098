"""What both writers of MLIR share: names, types, constants and functions."""

import numpy as np

ELEMENTS = {"float32": "f32", "int8": "i8", "int16": "i16", "int32": "i32"}


def tensor(shape, element="f32"):
    return f"tensor<{'x'.join(map(str, [*shape, element]))}>"


def dense(array):
    """The elements as text, in hexadecimal as other tools write them."""
    if array.size == 1 and array.dtype.kind == "i":
        return str(int(array.reshape(-1)[0]))
    return f'"0x{np.ascontiguousarray(array).tobytes().hex().upper()}"'


class Body:
    """The lines of a function."""

    def __init__(self):
        self.lines, self.count = [], 0

    def emit(self, text):
        """Writes an op of one result; returns the result's name."""
        self.count += 1
        name = f"%{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def function(self, inputs, results):
        """`inputs` and `results` are pairs of a name and a type."""
        given = ", ".join(f"{name}: {type}" for name, type in inputs)
        types = ", ".join(type for _, type in results)
        names = ", ".join(name for name, _ in results)
        return "\n".join([f"func.func @main({given}) -> ({types}) {{", *self.lines,
                          f"  return {names} : {types}", "}\n"])
