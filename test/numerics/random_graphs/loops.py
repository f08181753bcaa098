"""linalg.generic: how operands lie in its loops, how it is written."""

import numpy as np

from known import Known


def place(value, map_, loops):
    """The elements of an operand in the space of the loops, of extent 1 along loops that
    the map leaves out."""
    order = sorted(range(len(map_)), key=lambda d: map_[d])
    extents = [1] * loops
    for dim in order:
        extents[map_[dim]] = value.shape[dim]
    return value.map(lambda a: a.transpose(order).reshape(extents))


def collect(value, map_, extents):
    """The result that a map stores from the space of the loops."""
    kept = sorted(map_)
    full = [extents[loop] for loop in kept]
    order = [kept.index(loop) for loop in map_]
    return Known(value.element,
                 np.broadcast_to(value.v, full).transpose(order),
                 np.broadcast_to(value.e, full).transpose(order))


def affine_map(map_, loops):
    dims = ", ".join(f"d{i}" for i in range(loops))
    return f"affine_map<({dims}) -> ({', '.join(f'd{i}' for i in map_)})>"


def fit(rng, shape, extents):
    """A map that lays a tensor of `shape` into loops of `extents`, or None."""
    free, map_ = list(range(len(extents))), []
    for extent in shape:
        fitting = [loop for loop in free if extents[loop] == extent]
        if not fitting:
            return None
        loop = fitting[int(rng.integers(len(fitting)))]
        map_.append(loop)
        free.remove(loop)
    return tuple(map_)


def write_generic(lines, results, ins, inits, maps, kinds, body_lines, block, yields):
    """Appends a linalg.generic. `ins` and `results` are Values, `inits` names; `block`
    names the arguments of its region."""
    loops = len(kinds)
    elements = [v.element for v in ins] + [r.element for r in results]
    names = ", ".join(v.name for v in ins)
    types = ", ".join(v.type for v in ins)
    out_types = ", ".join(r.type for r in results)
    heads = ", ".join(f"{name}: {e.name}" for name, e in zip(block, elements))
    given = f"ins({names} : {types}) " if ins else ""
    lines.append(f"{', '.join(r.name for r in results)} = linalg.generic {{indexing_maps = ["
                 + ", ".join(affine_map(m, loops) for m in maps) + "], iterator_types = ["
                 + ", ".join(f'"{kind}"' for kind in kinds) + "]} "
                 + f"{given}outs({', '.join(inits)} : {out_types}) {{")
    lines.append(f"^bb0({heads}):")
    lines += body_lines
    lines.append(f"linalg.yield {', '.join(yields)} : "
                 + ", ".join(r.element.name for r in results))
    lines.append("} -> " + (f"({out_types})" if len(results) > 1 else out_types))


def write_empty(lines, name, type_):
    lines.append(f"{name} = tensor.empty() : {type_}")
    return name


def write_fill(lines, name, value, element, type_):
    """A tensor filled with a scalar of the element type."""
    lines.append(f"{name}.c = arith.constant {element.literal(value)}"
                 + ("" if element.bits == 1 else f" : {element.name}"))
    write_empty(lines, f"{name}.e", type_)
    lines.append(f"{name} = linalg.fill ins({name}.c : {element.name}) "
                 f"outs({name}.e : {type_}) -> {type_}")
    return name
