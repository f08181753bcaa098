"""Element types: how MLIR spells them, how files hold them, how they round."""

import numpy as np


class Element:
    def __init__(self, name, dtype):
        self.name, self.dtype = name, np.dtype(dtype)
        self.is_float = name[0] == "f"
        self.bits = int(name[1:])
        if self.is_float:
            info = np.finfo(dtype)
            self.u = float(info.eps) / 2
            self.tiny = float(info.smallest_subnormal)
            self.max = float(info.max)

    def flush(self):
        """On machines whose vectors have no subnormal numbers, the least number is normal."""
        self.tiny = float(np.finfo(self.dtype).smallest_normal)

    def __repr__(self):
        return self.name

    def wrap(self, v):
        """Integers modulo 2^bits, as signed numbers; i1 as 0 and 1."""
        if self.bits == 64:
            return v
        if self.bits == 1:
            return v & 1
        half = np.int64(1) << (self.bits - 1)
        return ((v + half) & (2 * half - 1)) - half

    def unsigned(self, v):
        v = v.astype(np.uint64)
        return v if self.bits == 64 else v & np.uint64((1 << self.bits) - 1)

    def literal(self, value):
        """A scalar as MLIR reads it, bit for bit."""
        if self.bits == 1:
            return "true" if value else "false"
        if not self.is_float:
            return str(int(value))
        bits = np.array(value, self.dtype).view(f"u{self.bits // 8}")
        return f"0x{int(bits):0{self.bits // 4}X}"

    def dense(self, array):
        """The inside of dense<…> for an array."""
        if array.size == 0:
            return ""
        if self.bits == 1:
            return nested(array.astype(bool))
        if array.size == 1:
            return self.literal(array.reshape(-1)[0])
        return '"0x' + array.astype(self.dtype).tobytes().hex().upper() + '"'


def nested(array):
    if array.ndim == 0:
        return "true" if array else "false"
    return "[" + ", ".join(nested(part) for part in array) + "]"


F16, F32, F64 = Element("f16", np.float16), Element("f32", np.float32), Element("f64", np.float64)
I1, I8, I16 = Element("i1", np.bool_), Element("i8", np.int8), Element("i16", np.int16)
I32, I64 = Element("i32", np.int32), Element("i64", np.int64)
FLOATS, INTEGERS = (F16, F32, F64), (I8, I16, I32, I64)

COMMON = [F32] * 8 + [F16, F64, I8, I8, I32, I32, I16, I64, I1]


def pick(rng):
    return COMMON[int(rng.integers(len(COMMON)))]


def numbers(rng, element, shape, wild=False):
    """Random numbers: small ones, or with all that is special among them."""
    if element is I1:
        return rng.integers(0, 2, shape).astype(bool)
    if not element.is_float:
        limit = 1 << (element.bits - 1)
        most = limit if wild or element is I8 else min(limit, 200)
        return rng.integers(-most, most, shape).astype(element.dtype)
    array = rng.standard_normal(shape)
    if rng.random() < 0.3:
        array = np.rint(array * 4)
    array = np.asarray(array, element.dtype)
    if wild:
        special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, element.tiny, element.max,
                            -element.max, 1e-3], element.dtype)
        mask = rng.random(shape) < 0.15
        array = np.where(mask, special[rng.integers(len(special), size=shape)], array)
    return np.asarray(array, element.dtype)
