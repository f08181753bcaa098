"""Named ops of linalg: products, convolutions, pooling, softmax."""

import numpy as np

import reductions
import scalars
from body import pick
from elements import F16, F32, F64, I1, I8, I32
from graph import Node, Value
from known import Known, LONG
from loops import write_fill
from reductions import choose_init, reduce_loops


def widened(element, wide, known):
    """Elements of an operand as the op multiplies them."""
    return known if element is wide else Known(wide, known.v, known.e)


def multiplied(wide, a, b):
    table = scalars.FLOAT_BINARY if wide.is_float else scalars.INT_BINARY
    name = "arith.mulf" if wide.is_float else "arith.muli"
    return next(op for op in table if op.name == name).evaluate(wide, [a, b])


def accumulator(rng, element):
    return {I8: I32, F16: pick(rng, [F16, F32])}.get(element, element)


class Named:
    """An op that sums products or reduces windows; `gather` gives the terms of all its
    loops, the last `reduced` of which it sums over."""

    def start(self, rng, pool, operands, element, shape, combiner, **params):
        if not pool.fits(shape) or 0 in shape:
            return None
        init, start = choose_init(rng, pool, element, shape, combiner.start(element))
        if init is not None:
            operands = operands + [init]
        return Node(self, operands, [Value(element, shape)], start=start, combiner=combiner,
                    **params)

    def emit(self, node, lines):
        result, = node.results
        ins = node.operands
        if node.start is None:
            ins, init = ins[:-1], ins[-1].name
        else:
            init = write_fill(lines, f"{result.name}.f", node.start, result.element, result.type)
        extra = self.emit_extra(node, lines)
        names = ", ".join([i.name for i in ins] + [e[0] for e in extra])
        types = ", ".join([i.type for i in ins] + [e[1] for e in extra])
        lines.append(f"{result.name} = {node.op}{self.attributes(node)} ins({names} : {types}) "
                     f"outs({init} : {result.type}) -> {result.type}")

    def emit_extra(self, node, lines):
        return []

    def attributes(self, node):
        return ""

    def evaluate(self, node, operands):
        element = node.results[0].element
        if node.start is None:
            operands, start = operands[:-1], operands[-1]
        else:
            start = Known.exact(element, np.array(node.start, element.dtype))
        terms, reduced = self.terms(node, element, operands)
        extents = list(terms.shape)
        axes = list(range(len(extents) - reduced, len(extents)))
        return [reduce_loops(node.combiner, element, terms, extents, axes, start)]


def combiner_of_sum(element):
    return reductions.SUM if element.is_float else reductions.INT_SUM


class Product(Named):
    # op, dimensions of the operands and the result
    FORMS = [("linalg.matmul", "mk", "kn", "mn"), ("linalg.batch_matmul", "bmk", "bkn", "bmn"),
             ("linalg.matvec", "mk", "k", "m"), ("linalg.vecmat", "k", "kn", "n"),
             ("linalg.dot", "k", "k", "")]

    def make(self, rng, pool):
        a = pool.pick(rng)
        forms = [f for f in self.FORMS if len(f[1]) == a.rank]
        if not forms or a.element is I1:
            return None
        op, dims, other, out = pick(rng, forms)
        extent = dict(zip(dims, a.shape), n=int(rng.integers(1, 20)))
        for dim in other:
            extent.setdefault(dim, int(rng.integers(1, 20)))
        shape = [extent[d] for d in other]
        found = [v for v in pool.values if v.element is a.element and v.shape == tuple(shape)]
        b = pick(rng, found) if found else pool.constant(rng, shape, a.element)
        element = accumulator(rng, a.element)
        return self.start(rng, pool, [a, b], element, [extent[d] for d in out],
                          combiner_of_sum(element), op=op, dims=(dims, other, out))

    def terms(self, node, element, operands):
        dims, other, out = node.dims
        loops = out + "k"

        def place(value, names):
            order = sorted(range(len(names)), key=lambda i: loops.index(names[i]))
            extents = [1] * len(loops)
            for i in order:
                extents[loops.index(names[i])] = value.shape[i]
            return value.map(lambda a: a.transpose(order).reshape(extents))
        a, b = (place(widened(o.element, element, o), names)
                for o, names in zip(operands, (dims, other)))
        return multiplied(element, a, b), 1


def windows(value, axes, sizes, strides, dilations):
    """Appends to a value an axis for each window along `axes`, in whose place is the
    number of windows."""
    for axis, size, stride, dilation in zip(axes, sizes, strides, dilations):
        count = (value.shape[axis] - (size - 1) * dilation - 1) // stride + 1
        index = (np.arange(count)[:, None] * stride + np.arange(size)[None] * dilation)

        def move(array, axis=axis, index=index):
            return np.moveaxis(np.take(array, index, axis), axis + 1, -1)
        value = value.map(move)
    return value


class Windowed(Named):
    """Convolutions and pooling."""

    def geometry(self, rng, extents):
        sizes, strides, dilations, counts = [], [], [], []
        for extent in extents:
            size = int(rng.integers(1, min(extent, 4) + 1))
            most = (extent - 1) // (size - 1) if size > 1 else 3
            dilation = int(rng.integers(1, min(most, 2) + 1))
            stride = int(rng.integers(1, 4))
            sizes.append(size)
            dilations.append(dilation)
            strides.append(stride)
            counts.append((extent - (size - 1) * dilation - 1) // stride + 1)
        return sizes, strides, dilations, counts

    def attributes(self, node):
        def dense(numbers):
            return f"dense<[{', '.join(map(str, numbers))}]> : tensor<{len(numbers)}xi64>"
        return (f" {{dilations = {dense(node.dilations)}, "
                f"strides = {dense(node.strides)}}}")


class Convolution(Windowed):
    # op, rank of the input, spatial axes, axis of channels, kernel, result:
    # s spatial, c channels of the input, f of the result
    FORMS = [("linalg.conv_1d_nwc_wcf", 3, "nsc", "scf", "nsf"),
             ("linalg.conv_1d_ncw_fcw", 3, "ncs", "fcs", "nfs"),
             ("linalg.conv_2d_nhwc_hwcf", 4, "nsSc", "sScf", "nsSf"),
             ("linalg.conv_2d_nchw_fchw", 4, "ncsS", "fcsS", "nfsS"),
             ("linalg.depthwise_conv_1d_nwc_wc", 3, "nsc", "sc", "nsc"),
             ("linalg.depthwise_conv_2d_nhwc_hwc", 4, "nsSc", "sSc", "nsSc"),
             ("linalg.depthwise_conv_2d_nchw_chw", 4, "ncsS", "csS", "ncsS")]

    def make(self, rng, pool):
        image = pool.pick(rng)
        forms = [f for f in self.FORMS if f[1] == image.rank]
        if not forms or image.element is I1:
            return None
        op, _, dims, kernel, out = pick(rng, forms)
        spatial = [i for i, d in enumerate(dims) if d in "sS"]
        sizes, strides, dilations, counts = self.geometry(rng, [image.shape[i] for i in spatial])
        extent = dict(zip(dims, image.shape), f=int(rng.integers(1, 10)))
        size_of = dict(zip([dims[i] for i in spatial], sizes))
        shape = [size_of.get(d) or extent[d] for d in kernel]
        found = [v for v in pool.values
                 if v.element is image.element and v.shape == tuple(shape)]
        weights = pick(rng, found) if found else pool.constant(rng, shape, image.element)
        count_of = dict(zip([dims[i] for i in spatial], counts))
        element = accumulator(rng, image.element)
        return self.start(rng, pool, [image, weights], element,
                          [count_of.get(d) or extent[d] for d in out],
                          combiner_of_sum(element), op=op, dims=(dims, kernel, out),
                          sizes=sizes, strides=strides, dilations=dilations)

    def terms(self, node, element, operands):
        dims, kernel, out = node.dims
        spatial = [i for i, d in enumerate(dims) if d in "sS"]
        image, weights = (widened(o.element, element, o) for o in operands)
        image = windows(image, spatial, node.sizes, node.strides, node.dilations)
        window = "u" if len(spatial) == 1 else "uw"
        loops = out + window + ("c" if "f" in out else "")
        image_names = dims + window
        kernel_names = kernel.replace("s", "u").replace("S", "w")

        def place(value, names):
            order = sorted(range(len(names)), key=lambda i: loops.index(names[i]))
            extents = [1] * len(loops)
            for i in order:
                extents[loops.index(names[i])] = value.shape[i]
            return value.map(lambda a: a.transpose(order).reshape(extents))
        product = multiplied(element, place(image, image_names), place(weights, kernel_names))
        return product, len(loops) - len(out)


class Pooling(Windowed):
    def make(self, rng, pool):
        image = pool.pick(rng)
        if image.rank not in (3, 4) or image.element is I1:
            return None
        element = image.element
        kinds = {"sum": combiner_of_sum(element)}
        table = reductions.FLOAT_COMBINERS if element.is_float else reductions.INT_COMBINERS
        for kind, names in (("max", ("arith.maximumf", "arith.maxsi")),
                            ("min", ("arith.minimumf", "arith.minsi"))):
            kinds[kind] = next(c for c in table if c.name in names)
        kind = pick(rng, list(kinds))
        layouts = ["nhwc", "nchw"] if image.rank == 4 else ["nwc", "ncw"]
        layout = pick(rng, layouts if kind != "min" else layouts[:1])
        spatial = [i for i, d in enumerate(layout) if d in "hw"]
        sizes, strides, dilations, counts = self.geometry(rng, [image.shape[i] for i in spatial])
        shape = list(image.shape)
        for i, count in zip(spatial, counts):
            shape[i] = count
        return self.start(rng, pool, [image], element, shape, kinds[kind],
                          op=f"linalg.pooling_{layout}_{kind}", spatial=spatial, sizes=sizes,
                          strides=strides, dilations=dilations)

    def emit_extra(self, node, lines):
        sizes = Value(F32, node.sizes)
        name = f"{node.results[0].name}.w"
        lines.append(f"{name} = tensor.empty() : {sizes.type}")
        return [(name, sizes.type)]

    def terms(self, node, element, operands):
        return windows(operands[0], node.spatial, node.sizes, node.strides,
                       node.dilations), len(node.sizes)


class Softmax:
    def make(self, rng, pool):
        x = pool.pick(rng)
        if not x.rank or x.element not in (F32, F64):
            return None
        return Node(self, [x], [Value(x.element, x.shape)], dim=int(rng.integers(x.rank)))

    def emit(self, node, lines):
        x, (result,) = node.operands[0], node.results
        lines += [f"{result.name}.e = tensor.empty() : {x.type}",
                  f"{result.name} = linalg.softmax dimension({node.dim}) ins({x.name} : {x.type}) "
                  f"outs({result.name}.e : {x.type}) -> {x.type}"]

    def evaluate(self, node, operands):
        """exp(x - m) / sum exp(x - m): with d the largest error of a row and of its
        differences from m, each exponential errs by a factor of exp(2 d), and so does the
        sum; both are rounded a few times."""
        x, = operands
        u, axis = x.element.u, node.dim
        with np.errstate(all="ignore"):
            difference = x.v - np.nanmax(np.where(np.isnan(x.v), -np.inf, x.v), axis,
                                         keepdims=True)
            terms = np.exp(difference)
            v = terms / terms.sum(axis, keepdims=True, dtype=LONG)
            spread = np.where(np.isfinite(difference), np.abs(difference), 0)
            d = x.e.max(axis, keepdims=True) + (u * spread).max(axis, keepdims=True)
            relative = np.expm1(4 * d) + (x.shape[axis] + 16) * u
            rest = 4 * (scalars.LEAST_NORMAL if x.element is F32 else x.element.tiny)
            e = np.where(np.isfinite(v), np.abs(v) * relative + rest, 0)
            e = np.where(np.isinf(x.e).any(axis, keepdims=True) | np.isnan(e), np.inf, e)
        return [Known(x.element, v, e.astype(np.float64))]


ALL = [(Product(), 2), (Convolution(), 3), (Pooling(), 1), (Softmax(), 0.5)]
