"""Values that are plain text: written by hand, or by a StringRedisSerializer. Numbers and quoted texts are JSON."""

from __future__ import annotations

import re

from sessionctl.codecs import json
from sessionctl.codecs.limits import MAX_BYTES
from sessionctl.model import Decoded, Undecodable
from sessionctl.plan import JavaString, JavaValue

NAME = "text"

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def sniff(raw: bytes) -> bool:
    """Whether `raw` is readable text that doesn't look like JSON. A tab at the start is Kryo's mark of a Long."""
    return bool(raw) and not raw.startswith(b"\t") and not json.sniff(raw) and isinstance(decode(raw), Decoded)


def decode(raw: bytes) -> Decoded | Undecodable:
    """The text, or why it is none."""
    if len(raw) > MAX_BYTES:
        return Undecodable(f"larger than {MAX_BYTES // 2**20} MiB", raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as problem:
        return Undecodable(f"not UTF-8 at byte {problem.start}", raw)
    if found := _CONTROL.search(text):
        return Undecodable(f"no text: a control character at position {found.start()}", raw)
    return Decoded(text)


def encode(value: JavaValue, like: bytes) -> bytes:
    """A text as UTF-8. Raises ValueError for a number: what reads plain text back gives the application no Long and no Integer."""
    if isinstance(value, JavaString):
        return value.value.encode()
    raise ValueError(f"{value.value} can't be written as plain text: the application expects a number")
