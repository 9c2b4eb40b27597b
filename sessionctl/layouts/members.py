"""Members of index sets, buckets and sorted sets: a text as the application's serializer writes it, and back (facts: `ser(id)`)."""

from __future__ import annotations

import re
from functools import lru_cache

from sessionctl.codecs import codec_for, encode
from sessionctl.codecs import jdk as jdk_codec
from sessionctl.codecs import json as json_codec
from sessionctl.codecs.jdk.protocol import HEADER
from sessionctl.layouts.keys import raw
from sessionctl.model import Decoded
from sessionctl.plan import JavaString

PLAIN = re.compile(r"[\w:.-]+", re.ASCII)
"""Texts that every serializer writes as they are: session ids are, and a purge spells them a million times."""

_STRING = jdk_codec.encode(JavaString(""), b"")[:-2]


def spelled(member: str, like: bytes) -> bytes:
    """`member` as the serializer that wrote `like` writes it. Raises ValueError where that can't be said."""
    if like.startswith(HEADER) and is_plain(member):
        return plain_spelling(member.encode("ascii"))
    return encode(JavaString(member), like)


@lru_cache(maxsize=64)
def spellings(member: str) -> tuple[bytes, bytes]:
    """`member` in each serializer's writing: by JDK serialization and as JSON text."""
    if is_plain(member):
        chunk = member.encode("ascii")
        return plain_spelling(chunk), b'"%b"' % chunk
    value = JavaString(raw(member).decode("utf-8", "replace"))  # as Java reads a name that isn't UTF-8
    return jdk_codec.encode(value, b""), json_codec.encode(value, b'""')


def is_plain(member: str) -> bool:
    """Whether every serializer writes `member` as it is, as one short string."""
    return len(member) < 0x8000 and PLAIN.fullmatch(member) is not None


def plain_spelling(chunk: bytes) -> bytes:
    """A plain member by JDK serialization."""
    return b"%b%b%b" % (_STRING, len(chunk).to_bytes(2, "big"), chunk)


def member_text(stored: bytes) -> str | None:
    """The text that a stored member means, whatever its encoding; None where it is no text."""
    decoded = codec_for(stored).decode(stored)
    return decoded.value if isinstance(decoded, Decoded) and isinstance(decoded.value, str) else None
