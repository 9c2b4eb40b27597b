"""What a JSON document may not exceed, found in its bytes before a parser sees them."""

from __future__ import annotations

import re
from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024
"""The largest value that is read, in bytes."""

MAX_VALUES: Final = 200_000
"""How many values one document may hold."""

MAX_NESTING: Final = 500
"""How deep brackets may lie in each other: the parser of the standard library recurses."""

MAX_DIGITS: Final = 4000
"""The longest number that is read, in digits: reading takes the square of that in time."""

MAX_DEPTH: Final = 200
"""How deep values may lie in each other, as in `sessionctl.codecs.jdk`: what walks the tree by recursion must not fail on it."""

_STRING = rb'"[^"]*"?'
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


class Refused(Exception):
    """The document is no JSON or exceeds a limit; the message says how. Never leaves this package."""


def check(raw: bytes) -> None:
    """Raises `Refused`. What could exceed a limit at a quick count is looked at again without its strings."""
    if len(raw) > MAX_BYTES:
        raise Refused(f"larger than {MAX_BYTES // 2**20} MiB")
    openings = raw.count(b"[") + raw.count(b"{")
    if openings > MAX_NESTING or openings + raw.count(b",") > MAX_VALUES:
        _check_structure(raw.replace(b"\\\\", b"__").replace(b'\\"', b"__"))
    if _SURROGATE.search(raw) and _SURROGATE.search(re.sub(_PAIR, b"", raw.replace(b"\\\\", b"__"))):
        raise Refused("a text has half of a surrogate pair")


def _check_structure(raw: bytes) -> None:
    """Raises `Refused` for too many values or brackets too deep in `raw`, in whose strings no quotation mark is left."""
    too_many = Refused(f"more than {MAX_VALUES} values")
    if raw.count(b'"') > 4 * MAX_VALUES:  # a value has at most a key and a text
        raise too_many
    bare = re.sub(_STRING, b"", raw)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > MAX_VALUES:
        raise too_many
    depth = 0
    for bracket in bare.translate(None, _NOT_A_BRACKET):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_NESTING:
            raise Refused(f"nested deeper than {MAX_NESTING} brackets")
