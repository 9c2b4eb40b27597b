"""Columns as plain text for pipes, CSV and documents: nothing is rounded, shortened or escaped. None is empty everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionctl.formats.times import Durations, Instants
from sessionctl.formats.values import json_text
from sessionctl.report import Table

instants = Instants("", "")
durations = Durations("")


def texts(column: Sequence[str | None]) -> Sequence[str]:
    return [text or "" for text in column]


def integers(column: Sequence[int | None]) -> list[str]:
    return ["" if number is None else str(number) for number in column]


def flags(column: Sequence[bool | None]) -> list[str]:
    return ["" if flag is None else "true" if flag else "false" for flag in column]


def names(column: Sequence[Sequence[str] | None]) -> list[str]:
    return [",".join(several or ()) for several in column]


def tables(column: Sequence[Table | None]) -> list[str]:
    """The document that a table stands for, as JSON."""
    return ["" if table is None else json_text(table.document) for table in column]


def values(column: Sequence[Any]) -> list[str]:
    """Text as it is, everything else as JSON."""
    return ["" if value is None else value if isinstance(value, str) else json_text(value) for value in column]
