"""Random weights of a model, the same on every machine."""

import zlib

import numpy as np


def make(family, tensors):
    """An array of f32 for each (name, shape): scales of norms around 1, or 0 where the family adds
    one, and matrices that neither let numbers grow nor vanish."""
    for name, shape in tensors:
        rng = np.random.default_rng(zlib.crc32(f"{family} {name}".encode()))
        numbers = rng.standard_normal(shape)
        if len(shape) == 1:
            is_scale = name.endswith("weight") and not family.startswith("gemma")
            yield name, (0.2 * numbers + is_scale).astype(np.float32)
        else:
            size = 1 if "embed" in name or ".wte" in name or ".wpe" in name else shape[-1] ** -0.5
            yield name, (size * numbers).astype(np.float32)
