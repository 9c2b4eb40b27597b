"""Stored text made harmless for a person: nothing that moves the cursor, hides, or reverses what is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

UNSAFE = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0"  # invisible
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, line separators, bidirectional
    "\ud800-\udfff"  # bytes that are no UTF-8 (surrogateescape)
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # invisible: musical beams, tags
)
"""Characters that are never shown raw, as the inside of a regular expression's set."""

_UNSAFE = re.compile(f"[{UNSAFE}]")
_UNSAFE_IN_JSON = re.compile(f"(?![\n\t\r])[{UNSAFE}]")
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def printable(text: str) -> str:
    """`text` with unsafe characters as ``\\n``, ``\\x1b``, ``\\u202e``; a byte that is no UTF-8 as ``\\xff``."""
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_shown, text)


def printables(column: Sequence[str]) -> Sequence[str]:
    """`printable` for a whole column."""
    joined = "".join(column)
    return column if joined.isascii() and joined.isprintable() else list(map(printable, column))


def printable_json(text: str) -> str:
    """JSON `text`, where unsafe characters are inside strings only, with those as ``\\u`` escapes: the same document."""
    return text if text.isascii() and "\x7f" not in text else _UNSAFE_IN_JSON.sub(_as_json, text)


def _shown(match: re.Match[str]) -> str:
    sign = match[0]
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return _SHORT.get(sign) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _as_json(match: re.Match[Any]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
