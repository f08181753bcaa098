"""Inputs and checks of core-cases.test: what is right is computed here."""
import math
import random
import struct
import sys

random.seed(7)
NAN, INF = float("nan"), float("inf")
X8 = [float(i) for i in range(1, 9)]
SPECIAL = [NAN, 1.0, INF, -INF, 0.0, NAN, -3.0, 2.0]
ROWS = [random.uniform(-2, 2) for _ in range(4 * 64)]
IMAGE = [random.uniform(-1, 1) for _ in range(34 * 34 * 8)]
FILTER = [random.uniform(-1, 1) for _ in range(3 * 3 * 8 * 16)]
GAINS = [1 + i / 8 for i in range(16)]


def write(path, values):
    with open(path, "wb") as file:
        file.write(struct.pack(f"<{len(values)}f", *values))


def check(path, expected, bound=1e-5):
    with open(path, "rb") as file:
        found = struct.unpack(f"<{len(expected)}f", file.read())
    for i, (a, b) in enumerate(zip(found, expected)):
        same = a == b or (math.isnan(a) and math.isnan(b))
        assert same or abs(a - b) <= bound * (1 + abs(b)), (i, a, b)


def norm(row, gains):
    scale = 1 / math.sqrt(sum(x * x for x in row) / len(row) + 1e-5)
    return [x * scale * g for x, g in zip(row, gains)]


def layer_norm():
    result = []
    for start in range(0, len(ROWS), 64):
        row = ROWS[start:start + 64]
        mean = sum(row) / 64
        variance = sum((x - mean) ** 2 for x in row) / 64
        result += [(x - mean) / math.sqrt(variance + 1e-5) for x in row]
    return result


def conv():
    result = []
    for h in range(32):
        for w in range(32):
            for f in range(16):
                total = sum(IMAGE[((h + i) * 34 + w + j) * 8 + c] * FILTER[((i * 3 + j) * 8 + c) * 16 + f]
                            for i in range(3) for j in range(3) for c in range(8))
                result.append(max(total, 0.0))
    return result


def main():
    command, path = sys.argv[1:]
    if command == "inputs":
        for name, values in (("x8", X8), ("special", SPECIAL), ("rows", ROWS), ("image", IMAGE),
                             ("filter", FILTER), ("m.bin", GAINS)):
            write(f"{path}/{name}", values)
    elif command == "check-state-order":
        check(path, [x * x for x in X8], 0)
    elif command == "check-infinity":
        check(path, [1e30 if math.isnan(x) else -INF for x in SPECIAL])
    elif command == "check-add-add":
        check(path, [3 * x for x in X8], 0)
    elif command == "check-act-act":
        check(path, [x / (1 + math.exp(-x)) for x in X8])
    elif command == "check-norm-norm":
        check(path, norm(norm(X8, GAINS[:8]), GAINS[8:]))
    elif command == "check-conv":
        check(path, conv())
    elif command == "check-layer-norm":
        check(path, layer_norm())
    else:
        sys.exit(f"unknown command {command}")


main()
