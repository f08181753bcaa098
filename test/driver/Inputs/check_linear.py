"""Checks y = W x for the weights and inputs of compile-mlir.test."""
import struct
import sys

y = struct.unpack("<4f", open(sys.argv[1], "rb").read())
expected = [sum(((8 * n + k) % 5 - 2) * (k + 1) for k in range(8))
            for n in range(4)]
# Small integers: exact in f32 whatever the order of the sums.
assert list(y) == expected, (y, expected)
