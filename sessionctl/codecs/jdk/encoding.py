"""Writes the few values that sessionctl changes, byte for byte as ObjectOutputStream does."""

from __future__ import annotations

import struct
from typing import Final

from sessionctl.codecs.jdk import utf
from sessionctl.codecs.jdk.protocol import HEADER, TC_LONGSTRING, TC_STRING
from sessionctl.plan import JavaInt, JavaLong, JavaValue

_NUMBER = "7872 0010 6a6176612e6c616e672e4e756d626572 86ac951d0b94e08b 02 0000 78 70"

LONG_PREFIX: Final = bytes.fromhex("aced0005 7372 000e 6a6176612e6c616e672e4c6f6e67 3b8be490cc8f23df 02 0001 4a 0005 76616c7565" + _NUMBER)
"""A java.lang.Long in a stream of its own; the number follows, 8 bytes, big-endian."""

INT_PREFIX: Final = bytes.fromhex(
    "aced0005 7372 0011 6a6176612e6c616e672e496e7465676572 12e2a0a4f7818738 02 0001 49 0005 76616c7565" + _NUMBER
)
"""A java.lang.Integer in a stream of its own; the number follows, 4 bytes, big-endian."""

_MAX_SHORT = 0xFFFF


def encode(value: JavaValue, like: bytes) -> bytes:
    """`value` in a stream of its own; Java has only one style, whatever `like` is. Raises ValueError for a number out of range."""
    if isinstance(value, JavaLong | JavaInt):
        return _encode_number(value)
    chunk = utf.encode(value.value)
    if len(chunk) > _MAX_SHORT:
        return HEADER + struct.pack(">BQ", TC_LONGSTRING, len(chunk)) + chunk
    return HEADER + struct.pack(">BH", TC_STRING, len(chunk)) + chunk


def _encode_number(value: JavaLong | JavaInt) -> bytes:
    prefix, form = (LONG_PREFIX, ">q") if isinstance(value, JavaLong) else (INT_PREFIX, ">i")
    try:
        return prefix + struct.pack(form, value.value)
    except struct.error:
        raise ValueError(f"{value.value} is no Java {'long' if isinstance(value, JavaLong) else 'int'}") from None
