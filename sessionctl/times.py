"""The three required fields of a session's hash as numbers: a column of bytes to a column of integers, a million times over."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, unpack

from sessionctl.codecs.jdk import INT_PREFIX, LONG_PREFIX

_LONG = f"{len(LONG_PREFIX)}sq"
_INT = f"{len(INT_PREFIX)}si"
_LONG_VALUE = Struct(f">{len(LONG_PREFIX)}xq")
_INT_VALUE = Struct(f">{len(INT_PREFIX)}xi")


def longs(column: Sequence[bytes | None]) -> Sequence[int | None]:
    """java.lang.Long values (times in milliseconds); None where there is none, or none that can be read."""
    return _numbers(column, _LONG, LONG_PREFIX, 8)


def ints(column: Sequence[bytes | None]) -> Sequence[int | None]:
    """java.lang.Integer values (maxInactiveInterval in seconds); None where there is none, or none that can be read."""
    return _numbers(column, _INT, INT_PREFIX, 4)


def _numbers(column: Sequence[bytes | None], layout: str, prefix: bytes, width: int) -> Sequence[int | None]:
    """All values in one step where all are JDK values of the expected class, one by one where not."""
    if column and column[0] is not None and column[0].startswith(prefix):
        try:
            if set(map(len, column)) == {len(prefix) + width}:  # type: ignore[arg-type]  # None raises TypeError, and is meant to
                found = unpack(">" + layout * len(column), b"".join(column))  # type: ignore[arg-type]
                if found[::2].count(prefix) == len(column):
                    return found[1::2]
        except TypeError:
            pass
    return [None if value is None else number(value) for value in column]


def number(raw: bytes) -> int | None:
    """One stored number of any encoding: JDK Long or Integer, a JSON number (typed or not), text of digits."""
    if len(raw) == _LONG_VALUE.size and raw.startswith(LONG_PREFIX):
        value: int = _LONG_VALUE.unpack(raw)[0]
        return value
    if len(raw) == _INT_VALUE.size and raw.startswith(INT_PREFIX):
        value = _INT_VALUE.unpack(raw)[0]
        return value
    from sessionctl.codecs.json import long_of

    return long_of(raw)


def moved(raw: bytes, by: int) -> bytes:
    """A stored time, `by` milliseconds later, in its own encoding."""
    value = (number(raw) or 0) + by
    return raw[:-8] + value.to_bytes(8, "big", signed=True) if raw.startswith(LONG_PREFIX) else str(value).encode()
