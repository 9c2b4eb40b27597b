"""Columns as JSON text, one value a cell. None is null everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionctl.formats.times import Durations, Instants
from sessionctl.formats.values import json_text, quoted
from sessionctl.report import Table

instants = Instants('"', "null")
durations = Durations("null")


def texts(column: Sequence[str | None]) -> list[str]:
    """Strings; one look at the whole column tells whether any of them needs escapes."""
    joined = "".join(filter(None, column))
    if quoted(joined) == f'"{joined}"':
        return ["null" if text is None else f'"{text}"' for text in column]
    return ["null" if text is None else quoted(text) for text in column]


def words(column: Sequence[str | None]) -> list[str]:
    """Strings of which there are few different ones."""
    known = {word: "null" if word is None else quoted(word) for word in set(column)}
    return [known[word] for word in column]


def integers(column: Sequence[int | None]) -> list[str]:
    known = {number: "null" if number is None else str(number) for number in set(column)}
    return [known[number] for number in column]


def flags(column: Sequence[bool | None]) -> list[str]:
    return ["null" if flag is None else "true" if flag else "false" for flag in column]


def names(column: Sequence[Sequence[str] | None]) -> list[str]:
    return ["null" if several is None else f"[{','.join(map(quoted, several))}]" for several in column]


def tables(column: Sequence[Table | None]) -> list[str]:
    """The document that a table stands for."""
    return ["null" if table is None else json_text(table.document) for table in column]


def values(column: Sequence[Any]) -> list[str]:
    return list(map(json_text, column))


def documents(column: Sequence[str | None]) -> list[str]:
    """JSON text as it is."""
    return ["null" if text is None else text for text in column]
