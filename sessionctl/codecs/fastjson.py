"""What fastjson writes beyond the standard (SerializerFeature.WriteClassName): typed numbers, numbers as keys, sets with a name."""

from __future__ import annotations

import re
from typing import Final

MAX_LENGTH: Final = 1024 * 1024
"""The longest text that is translated, in characters."""

_TOKEN = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'  # a text, which stays as it is
    r"|(?<=[{,])(?P<key>-?\d{1,40})L?(?=:)"
    r"|(?<![\w.])(?P<number>-?\d{1,40}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,9})?)[LFDSB](?!\w)"
    r"|\b(?:Tree)?Set(?=\[)",
    re.DOTALL,
)


def standard(text: str, broken_at: int) -> str:
    """`text` in standard JSON: ``5L`` as ``5``, ``{1:"a"}`` as ``{"1":"a"}``, ``Set["a"]`` as ``["a"]``.

    `broken_at` is where a standard parser gave up; `text` is returned as it is if nothing of fastjson's stands there.
    """
    if len(text) > MAX_LENGTH or not re.compile(r"[LFDSB\d-]|TreeSet\[").match(text, broken_at):
        return text
    return _TOKEN.sub(_plain, text)


def _plain(match: re.Match[str]) -> str:
    if key := match["key"]:
        return f'"{key}"'
    return match["number"] or (match[0] if match[0].startswith('"') else "")
