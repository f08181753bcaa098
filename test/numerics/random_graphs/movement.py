"""Ops that move elements: pads, slices, concatenations, reshapes, transposes, broadcasts."""

import numpy as np

from body import pick
from graph import Node, Value
from known import Known


def numbers(items):
    return "[" + ", ".join(map(str, items)) + "]"


class Pad:
    def make(self, rng, pool):
        source = pool.pick(rng)
        if not source.rank:
            return None
        low, high = (rng.integers(-1 if rng.random() < 0.2 else 0, 3, source.rank)
                     for _ in range(2))
        for i, extent in enumerate(source.shape):
            if low[i] < 0 or high[i] < 0:
                low[i], high[i] = max(low[i], 1 - extent), max(high[i], 0)
        shape = [int(s + a + b) for s, a, b in zip(source.shape, low, high)]
        if not pool.fits(shape) or min(shape) < 1:
            return None
        value = np.array(pick(rng, [0, 0, 1, -3]), np.float64)
        if source.element.bits == 1:
            value = np.abs(value) > 0
        return Node(self, [source], [Value(source.element, shape)],
                    low=[int(a) for a in low], high=[int(a) for a in high],
                    value=value.astype(source.element.dtype))

    def emit(self, node, lines):
        source, (result,) = node.operands[0], node.results
        element = source.element
        suffix = "" if element.bits == 1 else f" : {element.name}"
        lines.append(f"{result.name}.c = arith.constant {element.literal(node.value)}{suffix}")
        heads = ", ".join(f"%i{i}: index" for i in range(source.rank))
        lines += [f"{result.name} = tensor.pad {source.name} low{numbers(node.low)} "
                  f"high{numbers(node.high)} {{", f"^bb0({heads}):",
                  f"tensor.yield {result.name}.c : {element.name}",
                  f"}} : {source.type} to {result.type}"]

    def evaluate(self, node, operands):
        source, = operands
        value = Known.exact(source.element, node.value)

        def pad(array, fill):
            widths = [(max(a, 0), max(b, 0)) for a, b in zip(node.low, node.high)]
            array = np.pad(array, widths, constant_values=fill)
            return array[tuple(slice(max(-a, 0), array.shape[i] - max(-b, 0))
                               for i, (a, b) in enumerate(zip(node.low, node.high)))]
        return [Known(source.element, pad(source.v, value.v), pad(source.e, 0))]


def slice_of(rng, shape):
    """Offsets, sizes and strides within `shape`."""
    offsets, sizes, strides = [], [], []
    for extent in shape:
        stride = 1 if rng.random() < 0.7 else int(rng.integers(1, 4))
        size = int(rng.integers(1, (extent - 1) // stride + 2))
        offset = int(rng.integers(0, extent - (size - 1) * stride))
        offsets.append(offset)
        sizes.append(size)
        strides.append(stride)
    return offsets, sizes, strides


def region(node):
    return tuple(slice(o, o + (n - 1) * s + 1, s)
                 for o, n, s in zip(node.offsets, node.sizes, node.strides))


def written(node):
    return f"{numbers(node.offsets)} {numbers(node.sizes)} {numbers(node.strides)}"


class ExtractSlice:
    """Drops some dimensions of extent 1."""

    def make(self, rng, pool):
        source = pool.pick(rng)
        if not source.rank:
            return None
        offsets, sizes, strides = slice_of(rng, source.shape)
        kept = [i for i, size in enumerate(sizes) if size != 1 or rng.random() < 0.6]
        if len({size for i, size in enumerate(sizes) if i not in kept}) and \
                any(sizes[i] == 1 for i in kept):
            kept = [i for i, size in enumerate(sizes) if size != 1]  # else which is dropped?
        return Node(self, [source], [Value(source.element, [sizes[i] for i in kept])],
                    offsets=offsets, sizes=sizes, strides=strides)

    def emit(self, node, lines):
        source, (result,) = node.operands[0], node.results
        lines.append(f"{result.name} = tensor.extract_slice {source.name}{written(node)} "
                     f": {source.type} to {result.type}")

    def evaluate(self, node, operands):
        shape = node.results[0].shape
        return [operands[0].map(lambda a: a[region(node)].reshape(shape))]


class InsertSlice:
    def make(self, rng, pool):
        target = pool.pick(rng)
        if not target.rank:
            return None
        offsets, sizes, strides = slice_of(rng, target.shape)
        found = [v for v in pool.values if v.element is target.element
                 and v.rank == target.rank
                 and all(a <= b for a, b in zip(v.shape, target.shape))]
        if found and rng.random() < 0.6:
            source = pick(rng, found)
            sizes, strides = list(source.shape), [1] * target.rank
            offsets = [int(rng.integers(0, b - a + 1))
                       for a, b in zip(source.shape, target.shape)]
        else:
            source = pool.constant(rng, sizes, target.element)
        return Node(self, [source, target], [Value(target.element, target.shape)],
                    offsets=offsets, sizes=sizes, strides=strides)

    def emit(self, node, lines):
        source, target = node.operands
        lines.append(f"{node.results[0].name} = tensor.insert_slice {source.name} into "
                     f"{target.name}{written(node)} : {source.type} into {target.type}")

    def evaluate(self, node, operands):
        source, target = operands

        def insert(part, whole):
            whole = np.array(whole)
            whole[region(node)] = part
            return whole
        return [Known(target.element, insert(source.v, target.v), insert(source.e, target.e))]


class Concat:
    def make(self, rng, pool):
        first = pool.pick(rng)
        if not first.rank:
            return None
        dim = int(rng.integers(first.rank))
        found = [v for v in pool.values if v.element is first.element and v.rank == first.rank
                 and all(a == b for i, (a, b) in enumerate(zip(v.shape, first.shape))
                         if i != dim)]
        parts = [pick(rng, found) for _ in range(int(rng.integers(1, 4)))]
        shape = list(first.shape)
        shape[dim] = sum(p.shape[dim] for p in parts)
        if not pool.fits(shape):
            return None
        return Node(self, parts, [Value(first.element, shape)], dim=dim)

    def emit(self, node, lines):
        result, = node.results
        lines.append(f"{result.name} = tensor.concat dim({node.dim}) "
                     f"{', '.join(p.name for p in node.operands)} : "
                     f"({', '.join(p.type for p in node.operands)}) -> {result.type}")

    def evaluate(self, node, operands):
        return [Known(operands[0].element, np.concatenate([p.v for p in operands], node.dim),
                      np.concatenate([p.e for p in operands], node.dim))]


class Collapse:
    def make(self, rng, pool):
        source = pool.pick(rng)
        if source.rank < 2:
            return None
        groups = [[0]]
        for dim in range(1, source.rank):
            if rng.random() < 0.5:
                groups[-1].append(dim)
            else:
                groups.append([dim])
        shape = [int(np.prod([source.shape[d] for d in g])) for g in groups]
        return Node(self, [source], [Value(source.element, shape)], groups=groups)

    def emit(self, node, lines):
        source, (result,) = node.operands[0], node.results
        lines.append(f"{result.name} = tensor.collapse_shape {source.name} "
                     f"{numbers(map(numbers, node.groups))} : {source.type} into {result.type}")

    def evaluate(self, node, operands):
        return [operands[0].map(lambda a: a.reshape(node.results[0].shape))]


class Expand:
    def make(self, rng, pool):
        source = pool.pick(rng)
        if not source.rank:
            return None
        groups, shape = [], []
        for extent in source.shape:
            factors = [extent]
            if rng.random() < 0.5:
                divisor = pick(rng, [d for d in range(1, extent + 1) if extent % d == 0])
                factors = [divisor, extent // divisor]
            groups.append(list(range(len(shape), len(shape) + len(factors))))
            shape += factors
        if len(shape) > 5:
            return None
        return Node(self, [source], [Value(source.element, shape)], groups=groups)

    def emit(self, node, lines):
        source, (result,) = node.operands[0], node.results
        lines.append(f"{result.name} = tensor.expand_shape {source.name} "
                     f"{numbers(map(numbers, node.groups))} output_shape "
                     f"{numbers(result.shape)} : {source.type} into {result.type}")

    def evaluate(self, node, operands):
        return [operands[0].map(lambda a: a.reshape(node.results[0].shape))]


class Transpose:
    def make(self, rng, pool):
        source = pool.pick(rng)
        if not source.rank:  # MLIR 22 crashes on it
            return None
        permutation = [int(i) for i in rng.permutation(source.rank)]
        return Node(self, [source], [Value(source.element,
                                           [source.shape[i] for i in permutation])],
                    permutation=permutation)

    def emit(self, node, lines):
        source, (result,) = node.operands[0], node.results
        lines += [f"{result.name}.e = tensor.empty() : {result.type}",
                  f"{result.name} = linalg.transpose ins({source.name} : {source.type}) "
                  f"outs({result.name}.e : {result.type}) "
                  f"permutation = {numbers(node.permutation)}"]

    def evaluate(self, node, operands):
        return [operands[0].map(lambda a: a.transpose(node.permutation))]


class Broadcast:
    def make(self, rng, pool):
        source = pool.pick(rng)
        shape, dims = list(source.shape), []
        for _ in range(int(rng.integers(1, 3))):
            at = int(rng.integers(len(shape) + 1))
            shape.insert(at, int(rng.integers(1, 5)))
            dims = [d + (d >= at) for d in dims] + [at]
        if len(shape) > 5 or not pool.fits(shape):
            return None
        return Node(self, [source], [Value(source.element, shape)], dims=sorted(dims))

    def emit(self, node, lines):
        source, (result,) = node.operands[0], node.results
        lines += [f"{result.name}.e = tensor.empty() : {result.type}",
                  f"{result.name} = linalg.broadcast ins({source.name} : {source.type}) "
                  f"outs({result.name}.e : {result.type}) dimensions = {numbers(node.dims)}"]

    def evaluate(self, node, operands):
        shape = node.results[0].shape
        kept = [1 if i in node.dims else s for i, s in enumerate(shape)]
        return [operands[0].map(lambda a: np.broadcast_to(a.reshape(kept), shape))]


ALL = [(Pad(), 1), (ExtractSlice(), 1.5), (InsertSlice(), 1), (Concat(), 1), (Collapse(), 1),
       (Expand(), 1), (Transpose(), 1), (Broadcast(), 1)]
