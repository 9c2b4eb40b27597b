"""A table for a document (GitHub's Markdown), written by tabulate. It holds all rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sessionctl.formats.cells import plain_columns
from sessionctl.formats.escape import printables
from sessionctl.formats.layout import aligned
from sessionctl.report import Report, Style


def lines(report: Report, style: Style) -> Iterator[str]:
    """The whole table; the header alone where there are no rows."""
    from tabulate import tabulate

    rows = [row for batch in report.batches for row in zip(*map(_safe, plain_columns(report.fields, batch)), strict=True)]
    headings = [field.heading for field in report.fields]
    align = aligned(report.fields) if rows else None
    yield tabulate(rows, headings, tablefmt="pipe", disable_numparse=True, colalign=align)


def _safe(column: Sequence[str]) -> list[str]:
    return [cell.replace("|", r"\|").replace("<", "&lt;") for cell in printables(column)]
