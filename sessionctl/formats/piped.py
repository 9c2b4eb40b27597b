"""A table in a pipe: whole ids, plain values, one line a row. tabulate makes the first rows; the rest follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sessionctl.formats import human
from sessionctl.formats.cells import plain_columns
from sessionctl.formats.escape import printables
from sessionctl.formats.layout import GAP, Measure, aligned, padded, paint, painted, widths_of
from sessionctl.formats.rows import first_rows
from sessionctl.report import Columns, Field, Report, Style

Colours = Sequence[Sequence[str] | None]
NOTHING: Final = "-"
"""What stands for an unknown value, so that every line has as many words as there are columns."""


def lines(report: Report, style: Style) -> Iterator[str]:
    """The first rows, which settle the widths, then a batch of rows at a time."""
    first, rest = first_rows(report.batches)
    if not first:
        return
    from tabulate import WIDE_CHARS_MODE, tabulate

    fields = report.fields
    several = [cells(fields, batch) for batch in first]
    headings = [field.heading for field in fields]
    header = [paint(heading, "bold") for heading in headings] if style.colour else headings
    drawn = [_painted(columns, _colours(fields, batch, style)) for columns, batch in zip(several, first, strict=True)]
    yield tabulate([header, *_rows(drawn)], tablefmt="plain", disable_numparse=True, colalign=aligned(fields))
    measure = _cell_len() if WIDE_CHARS_MODE else len
    widths = widths_of([headings, *_rows(several)], measure)
    for batch in rest:
        yield _by_hand(cells(fields, batch), widths, aligned(fields), measure, _colours(fields, batch, style))


def cells(fields: Sequence[Field], batch: Columns) -> list[list[str]]:
    """The columns of a batch, each cell one line without spaces around it."""
    return [[cell.strip() or NOTHING for cell in printables(column)] for column in plain_columns(fields, batch)]


def _colours(fields: Sequence[Field], batch: Columns, style: Style) -> Colours:
    """Only where colour was asked for: ``--color always``, or FORCE_COLOR."""
    return [human.colours(field, batch.column(field)) if style.colour else None for field in fields]


def _painted(columns: Sequence[Sequence[str]], colours: Colours) -> list[Sequence[str]]:
    return [painted(column, styles) for column, styles in zip(columns, colours, strict=True)]


def _rows(several: Sequence[Sequence[Sequence[str]]]) -> list[tuple[str, ...]]:
    return [row for columns in several for row in zip(*columns, strict=True)]


def _by_hand(columns: list[list[str]], widths: Sequence[int], sides: Sequence[str], measure: Measure, colours: Colours) -> str:
    even = [padded(column, width, side, measure) for column, width, side in zip(columns, widths, sides, strict=True)]
    return "\n".join([GAP.join(row).rstrip() for row in zip(*_painted(even, colours), strict=True)])


def _cell_len() -> Measure:
    from rich.cells import cell_len

    return cell_len
