"""What the bytes of one value mean. The encoding is found for each value by itself, never assumed for an installation."""

from __future__ import annotations

from sessionctl.codecs import jdk, json, opaque, text
from sessionctl.codecs.base import Codec
from sessionctl.model import Attribute, Undecodable
from sessionctl.plan import JavaValue

CODECS: tuple[Codec, ...] = (jdk, json, text, opaque)
"""Every encoding, in the order in which they are tried; the last one takes anything."""

EMPTY = "empty"
"""What an attribute without a value is said to be encoded as."""


def codec_for(raw: bytes) -> Codec:
    """The codec of `raw` by its looks."""
    for codec in CODECS:
        if codec.sniff(raw):
            return codec
    raise AssertionError("the last codec takes anything")


def is_removed(raw: bytes) -> bool:
    """Whether `raw` is what a removed attribute leaves behind: every serializer writes null as no bytes at all."""
    return not raw


def decode_attribute(name: str, raw: bytes) -> Attribute:
    """One attribute; its value is `Undecodable` where the bytes can't be read, and None where it was removed."""
    if is_removed(raw):
        return Attribute(name, None, None, EMPTY, 0, raw)
    codec = codec_for(raw)
    decoded = codec.decode(raw)
    if isinstance(decoded, Undecodable):
        return Attribute(name, decoded, None, codec.NAME, len(raw), raw)
    return Attribute(name, decoded.value, decoded.java_class, codec.NAME, len(raw), raw, decoded.serial_version_uid)


def encode(value: JavaValue, like: bytes) -> bytes:
    """`value` as the application that wrote `like` would have written it. Raises ValueError where that can't be said."""
    return codec_for(like).encode(value, like)
