"""Java's own serialization, the default of Spring Session: a reader of its own, which loads no class.

reader, descriptors   bytes to a graph of `nodes` (Java Object Serialization Specification, section 6)
natural, kinds        the graph to a tree of values; containers, numbers, texts and temporal know the JDK's classes
decoding              the two together
shapes                the same part out of many values that differ only in their contents, quickly
"""

from __future__ import annotations

from functools import cache
from types import ModuleType

from sessionctl.codecs.jdk.encoding import INT_PREFIX, LONG_PREFIX, encode
from sessionctl.codecs.jdk.protocol import HEADER
from sessionctl.model import Decoded, Undecodable

__all__ = ["INT_PREFIX", "LONG_PREFIX", "NAME", "classes", "decode", "encode", "sniff"]

NAME = "jdk"


def sniff(raw: bytes) -> bool:
    """Whether `raw` begins as a stream of Java's serialization does."""
    return raw.startswith(HEADER)


def decode(raw: bytes) -> Decoded | Undecodable:
    """The value, or why there is none; never raises. Of a stream with several values: a list of all."""
    decoded: Decoded | Undecodable = _decoding().decode(raw)
    return decoded


def classes(raw: bytes) -> dict[str, int]:
    """The serialVersionUID of every class that `raw` describes, by the class's name; nothing if it is unreadable."""
    census: dict[str, int] = _decoding().classes(raw)
    return census


@cache
def _decoding() -> ModuleType:
    """The reader, imported only where it is needed: every listing needs the prefixes."""
    from sessionctl.codecs.jdk import decoding

    return decoding
