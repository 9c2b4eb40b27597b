"""A table in a pipe: whole ids, plain values, one line a row, no colour. tabulate makes the first rows; the rest follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sessionctl.formats.cells import plain_columns
from sessionctl.formats.escape import printables
from sessionctl.formats.layout import GAP, Measure, aligned, padded, widths_of
from sessionctl.formats.rows import first_rows
from sessionctl.report import Columns, Field, Report, Style

NOTHING: Final = "-"
"""What stands for an unknown value, so that every line has as many words as there are columns."""


def lines(report: Report, style: Style) -> Iterator[str]:
    """The first rows, which settle the widths, then a batch of rows at a time."""
    first, rest = first_rows(report.batches)
    if not first:
        return
    from tabulate import WIDE_CHARS_MODE, tabulate

    fields = report.fields
    rows = [tuple(field.heading for field in fields), *(row for batch in first for row in zip(*cells(fields, batch), strict=True))]
    yield tabulate(rows, tablefmt="plain", disable_numparse=True, colalign=aligned(fields))
    measure = _cell_len() if WIDE_CHARS_MODE else len
    widths = widths_of(rows, measure)
    for batch in rest:
        yield _by_hand(cells(fields, batch), widths, aligned(fields), measure)


def cells(fields: Sequence[Field], batch: Columns) -> list[list[str]]:
    """The columns of a batch, each cell one line without spaces around it."""
    return [[cell.strip() or NOTHING for cell in printables(column)] for column in plain_columns(fields, batch)]


def _by_hand(columns: list[list[str]], widths: Sequence[int], sides: Sequence[str], measure: Measure) -> str:
    even = [padded(column, width, side, measure) for column, width, side in zip(columns, widths, sides, strict=True)]
    return "\n".join([GAP.join(row).rstrip() for row in zip(*even, strict=True)])


def _cell_len() -> Measure:
    from rich.cells import cell_len

    return cell_len
