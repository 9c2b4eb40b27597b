"""Comma-separated values (RFC 4180, with newlines as line ends) with a header: every cell as it is, quoted where it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sessionctl.formats.cells import interleaved, plain_columns
from sessionctl.formats.escape import printables
from sessionctl.report import Field, Kind, Report, Style

_FORMULA = frozenset("=+-@")
_QUOTED = re.compile(r'[",\x00-\x1f\x7f]|^[=+@-]')
_WITHOUT_TEXT = frozenset((Kind.INSTANT, Kind.DURATION, Kind.INTERVAL, Kind.BYTES, Kind.COUNT, Kind.FLAG))


def lines(report: Report, style: Style) -> Iterator[str]:
    """The header, then a batch of rows at a time. What a spreadsheet would take for a formula is quoted, but stays what it is."""
    yield ",".join(_cells([field.name for field in report.fields]))
    between = ["", *[","] * (len(report.fields) - 1), "\n"]
    for batch in report.batches:
        if len(batch):
            columns = plain_columns(report.fields, batch)
            safe = map(printables, columns) if style.person else columns
            cells = [_column(field, column) for field, column in zip(report.fields, safe, strict=True)]
            yield interleaved(between, cells if len(cells) > 1 else [_alone(cells[0])])[:-1]


def _column(field: Field, column: Sequence[str]) -> Sequence[str]:
    return column if field.kind in _WITHOUT_TEXT else _cells(column)


def _cells(column: Sequence[str]) -> Sequence[str]:
    joined = "".join(column)
    if joined.isprintable() and "," not in joined and '"' not in joined and _FORMULA.isdisjoint({cell[:1] for cell in column}):
        return column
    return ['"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell for cell in column]


def _alone(column: Sequence[str]) -> list[str]:
    """An empty cell that is the whole row would be an empty line, which readers skip."""
    return [cell or '""' for cell in column]
