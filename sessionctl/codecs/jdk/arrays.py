"""Arrays of primitives."""

from __future__ import annotations

import sys
from array import array

from sessionctl.codecs.jdk.natural import shortest_float
from sessionctl.codecs.jdk.nodes import Raw
from sessionctl.codecs.jdk.protocol import MAX_VALUES, Malformed

_TYPES = {"D": "d", "F": "f", "I": "i", "J": "q", "S": "h"}


def primitives(name: str, data: bytes, pos: int, count: int) -> tuple[list[Raw] | bytes | str, int]:
    """The `count` elements at `pos` of an array whose class is `name`, and where they end. Raises `Malformed`."""
    code = name[1:]
    if name[:1] != "[" or code not in ("B", "C", "Z", *_TYPES):
        raise Malformed(f"no class of an array: {name[:200]}")
    width = 1 if code in "BZ" else 2 if code == "C" else array(_TYPES[code]).itemsize
    end = pos + count * width
    if end > len(data):
        raise Malformed("the stream ends too early")
    chunk = data[pos:end]
    if code == "B":
        return chunk, end
    if code == "C":
        return chunk.decode("utf-16-be", "surrogatepass"), end
    if count > MAX_VALUES:
        raise Malformed(f"more than {MAX_VALUES} values")
    if code == "Z":
        return [byte != 0 for byte in chunk], end
    elements = array(_TYPES[code], chunk)
    if sys.byteorder == "little":
        elements.byteswap()
    values = elements.tolist()
    return [shortest_float(value) for value in values] if code == "F" else values, end
