"""Modified UTF-8, as ``DataOutput.writeUTF`` writes it: U+0000 in two bytes, surrogates in three bytes each."""

from __future__ import annotations

import re

from sessionctl.codecs.jdk.protocol import Malformed

_FOUR_BYTES = re.compile(rb"[\xf0-\xff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPECIAL = re.compile("[\0\U00010000-\U0010ffff]")


def decode(chunk: bytes) -> str:
    """The text of `chunk`; surrogate pairs become one character, lone surrogates stay. Raises `Malformed`."""
    if chunk.isascii():
        return chunk.decode("ascii")
    if _FOUR_BYTES.search(chunk):
        raise Malformed("a string is not modified UTF-8")
    try:
        text = chunk.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise Malformed("a string is not modified UTF-8") from None
    return join_surrogates(text)


def join_surrogates(text: str) -> str:
    """`text` with each pair of surrogates as the character that it means."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def encode(text: str) -> bytes:
    """`text` in modified UTF-8."""
    if text.isascii() and "\0" not in text:
        return text.encode("ascii")
    return _SPECIAL.sub(_as_java_chars, text).encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")


def _as_java_chars(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0:
        return "\0"
    code -= 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))
