"""Columns for a person: how long ago, how long still, sizes with units. None is a dash everywhere; all text is safe on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sessionctl.formats.escape import printable, printables
from sessionctl.formats.values import inline
from sessionctl.report import Field, Kind, Table
from sessionctl.units import human_duration, human_size, relative

NOTHING: Final = "-"
_COLOURS: Final = {
    "active": "green",
    "expired": "yellow",
    "deleted": "dim",
    "partial": "red",
    "done": "green",
    "spared": "yellow",
    "gone": "dim",
    "refused": "red",
    "failed": "red",
    "lost": "red",
    "new": "green",
    "changed": "yellow",
}


def colours(field: Field, column: Sequence[Any]) -> list[str] | None:
    """A style's name for each cell (empty for none), or None for a column without colour."""
    if field.kind is Kind.STATE:
        return [_COLOURS.get(state, "") for state in column]
    if field.kind is Kind.DURATION:
        return ["yellow" if duration is not None and duration < 0 else "" for duration in column]
    return None


def texts(column: Sequence[str | None], now: int) -> Sequence[str]:
    return printables([NOTHING if text is None else text for text in column])


def instants(column: Sequence[int | None], now: int) -> list[str]:
    return [NOTHING if instant is None else relative(instant, now) for instant in column]


def durations(column: Sequence[int | None], now: int) -> list[str]:
    return [NOTHING if duration is None else human_duration(duration) for duration in column]


def intervals(column: Sequence[int | None], now: int) -> list[str]:
    """Seconds; a negative maxInactiveInterval never ends (MapSession.isExpired)."""
    return [NOTHING if seconds is None else "never" if seconds < 0 else human_duration(seconds * 1000) for seconds in column]


def sizes(column: Sequence[int | None], now: int) -> list[str]:
    return [NOTHING if size is None else human_size(size) for size in column]


def counts(column: Sequence[int | None], now: int) -> list[str]:
    return [NOTHING if count is None else f"{count:,}" for count in column]


def flags(column: Sequence[bool | None], now: int) -> list[str]:
    return [NOTHING if flag is None else "yes" if flag else "no" for flag in column]


def names(column: Sequence[Sequence[str] | None], now: int) -> Sequence[str]:
    return printables([", ".join(several) if several else NOTHING for several in column])


def tables(column: Sequence[Table | None], now: int) -> list[str]:
    return [printable(inline(table.document)) if table and table.rows else NOTHING for table in column]


def values(column: Sequence[Any], now: int) -> list[str]:
    return [NOTHING if value is None else printable(inline(value)) for value in column]
