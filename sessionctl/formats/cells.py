"""The one table of how each kind of column is written: as JSON, plainly where a program reads, and for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from sessionctl.formats import human, plain, program
from sessionctl.report import Columns, Field, Kind

Encode: TypeAlias = Callable[[Sequence[Any]], Sequence[str]]
"""A column of values as a column of text."""


class Cells(NamedTuple):
    """The ways to write one kind. `human` also gets the present, in milliseconds since the epoch."""

    json: Encode
    plain: Encode
    human: Callable[[Sequence[Any], int], Sequence[str]]


CELLS: Final = {
    Kind.TEXT: Cells(program.texts, plain.texts, human.texts),
    Kind.ID: Cells(program.texts, plain.texts, human.texts),
    Kind.STATE: Cells(program.words, plain.texts, human.texts),
    Kind.INSTANT: Cells(program.instants, plain.instants, human.instants),
    Kind.DURATION: Cells(program.durations, plain.durations, human.durations),
    Kind.INTERVAL: Cells(program.integers, plain.integers, human.intervals),
    Kind.BYTES: Cells(program.integers, plain.integers, human.sizes),
    Kind.COUNT: Cells(program.integers, plain.integers, human.counts),
    Kind.FLAG: Cells(program.flags, plain.flags, human.flags),
    Kind.NAMES: Cells(program.names, plain.names, human.names),
    Kind.TABLE: Cells(program.tables, plain.tables, human.tables),
    Kind.VALUE: Cells(program.values, plain.values, human.values),
    Kind.DOCUMENT: Cells(program.documents, plain.texts, human.texts),
}


def json_columns(fields: Sequence[Field], batch: Columns) -> list[Sequence[str]]:
    """The columns of a batch as JSON text."""
    return [CELLS[field.kind].json(batch.column(field)) for field in fields]


def plain_columns(fields: Sequence[Field], batch: Columns) -> list[Sequence[str]]:
    """The columns of a batch as programs read them: full ids, RFC 3339, seconds; nothing where the value is unknown."""
    return [CELLS[field.kind].plain(batch.column(field)) for field in fields]


def interleaved(between: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """Rows as one text: ``between[0] + cell + between[1] + cell + … + between[-1]`` for each. Twice as quick as a template a row."""
    count, width = len(columns[0]), 2 * len(columns) + 1
    pieces = [between[-1]] * (count * width)
    for place, column in enumerate(columns):
        pieces[2 * place :: width] = [between[place]] * count
        pieces[2 * place + 1 :: width] = column
    return "".join(pieces)
