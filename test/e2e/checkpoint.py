"""Reading and writing safetensors files, with nothing but Python's own library."""

import json
import struct
from array import array


def elements(dtype, data):
    """The elements of a tensor as an array, those of 16 bits as floats of 32."""
    if dtype == "F16":
        return array("f", struct.unpack(f"<{len(data) // 2}e", data))
    return array({"F32": "f", "I32": "i", "I64": "q"}[dtype], data)


def read(path):
    """The tensors of a file by name; each an array with its elements."""
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = elements(entry["dtype"], data[start + begin:start + end])
    return tensors


def write(path, tensors):
    """Writes (name, dtype, shape, bytes) one after the other; bytes may be made late."""
    sizes = {"F32": 4, "F16": 2, "BF16": 2, "I64": 8}
    header, end = {}, 0
    for name, dtype, shape, _ in tensors:
        begin, end = end, end + sizes[dtype] * product(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _, _, _, data in tensors:
            out.write(data() if callable(data) else data)


def product(shape):
    result = 1
    for extent in shape:
        result *= extent
    return result
