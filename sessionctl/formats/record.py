"""Blocks of ``name: value``, one a row, as ``kubectl describe`` has them; tables and values with parts are indented below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sessionctl.formats import human, piped
from sessionctl.formats.cells import CELLS
from sessionctl.formats.escape import printable
from sessionctl.formats.layout import GAP, SHORTEST_ID, Measure, aligned, fitted, padded, paint, widths_of
from sessionctl.formats.values import MAX_SHOWN, TOO_LARGE, leaf, parts_of, pretty
from sessionctl.report import Field, Kind, Report, Style, Table
from sessionctl.units import relative, rfc3339

INDENT: Final = "  "
_WIDEST_LIST: Final = 60  # columns; what is longer gets a line for each element

_LEAST_ROOM: Final = 40  # columns for all but the last column of a table


def lines(report: Report, style: Style) -> Iterator[str]:
    """A block for each row, with an empty line between two."""
    before = ""
    for batch in report.batches:
        for row in zip(*map(batch.column, report.fields), strict=True):
            yield before + "\n".join(Block(style, _short_ids(report.fields, row, style)).lines(report.fields, row))
            before = "\n"


def _short_ids(fields: Sequence[Field], row: Sequence[Any], style: Style) -> dict[str, str]:
    """What stands for each id of the row where ids are not shown whole, wherever they stand: keys have them too."""
    if not style.person or style.whole_ids or style.reveal:
        return {}
    ids = [value for field, value in zip(fields, row, strict=True) if field.kind is Kind.ID and value]
    return {id: id[:SHORTEST_ID] for id in ids if len(id) > SHORTEST_ID}


@dataclass(frozen=True, slots=True)
class Block:
    """How one row is written; `ids` are those to be shortened."""

    style: Style
    ids: dict[str, str]

    def lines(self, fields: Sequence[Field], row: Sequence[Any]) -> Iterator[str]:
        """The block's lines, all safe on a terminal."""
        width = max(len(field.name) for field in fields) + 1
        for field, value in zip(fields, row, strict=True):
            name = paint(f"{field.name}:".ljust(width), "bold" if self.style.colour else "")
            first, *more = self._below(field, value) or self._beside(field, value, INDENT * 2 + " " * (width - 2))
            yield f"{name}{GAP}{first}" if first else name.rstrip()
            yield from more

    def _below(self, field: Field, value: Any) -> list[str]:
        """An empty line and the lines of a value that needs more than one; nothing where it doesn't."""
        if field.kind is Kind.TABLE and value and value.rows:
            return ["", *(INDENT + line for line in self._table(value))]
        if field.kind is Kind.VALUE and parts_of(value):
            return ["", *(INDENT + self._shortened(line) for line in pretty(value))]
        return []

    def _beside(self, field: Field, value: Any, indent: str) -> list[str]:
        if field.kind is Kind.NAMES and value and sum(map(len, value)) > _WIDEST_LIST:
            first, *more = (self._shortened(printable(name)) for name in value)
            return [first, *(indent + name for name in more)]
        (cell,) = self._cells(field, [value])
        colours = human.colours(field, [value]) if self.style.colour else None
        return [paint(cell, colours[0]) if colours else cell]

    def _cells(self, field: Field, column: Sequence[Any]) -> list[str]:
        """A column on one line each (of tables, only empty ones): for a person with both forms of an instant, in a pipe plain."""
        if field.kind is Kind.TABLE:
            cells = [human.NOTHING] * len(column)
        elif field.kind is Kind.VALUE:
            cells = [human.NOTHING if value is None else printable(_whole(value)) for value in column]
        elif not self.style.person:
            cells = [printable(cell) or piped.NOTHING for cell in CELLS[field.kind].plain(column)]
        elif field.kind is Kind.INSTANT:
            cells = [human.NOTHING if value is None else f"{rfc3339(value)} ({relative(value, self.style.now)})" for value in column]
        else:
            cells = list(CELLS[field.kind].human(column, self.style.now))
        return [self._shortened(cell) for cell in cells] if self.ids else cells

    def _shortened(self, text: str) -> str:
        for id, short in self.ids.items():
            text = short if text == id else text.replace(id, short + "…")
        return text

    def _table(self, table: Table) -> Iterator[str]:
        """A header and aligned rows. A last cell that doesn't fit or has parts goes below its row."""
        *fields, last = table.fields
        columns = [[field.heading, *self._cells(field, [row[place] for row in table.rows])] for place, field in enumerate(fields)]
        measure = _measure(self.style)
        widths = widths_of(list(zip(*columns, strict=True)), measure)
        if self.style.width is not None:
            widths = fitted(fields, widths, max(self.style.width * 3 // 4, _LEAST_ROOM))
        even = [
            padded([_squeezed(cell, width, measure) for cell in column], width, side, measure)
            for column, width, side in zip(columns, widths, aligned(fields), strict=True)
        ]
        header, *starts = [GAP.join(row) for row in zip(*even, strict=True)]
        yield paint(f"{header}{GAP}{last.heading}", "bold" if self.style.colour else "")
        for start, row in zip(starts, table.rows, strict=True):
            yield from self._row(start, last, row[-1], measure)

    def _row(self, start: str, last: Field, value: Any, measure: Measure) -> Iterator[str]:
        if last.kind is Kind.VALUE and parts_of(value):
            yield start.rstrip()
            yield from (INDENT * 2 + self._shortened(line) for line in pretty(value))
            return
        (cell,) = self._cells(last, [value])
        if self.style.width is None or len(INDENT) + measure(start) + len(GAP) + measure(cell) <= self.style.width:
            yield f"{start}{GAP}{cell}"
        else:
            yield start.rstrip()
            yield INDENT * 2 + cell


def _whole(value: Any) -> str:
    """A value on one line: text as it is, of the others only empty ones have parts."""
    text = leaf(value) if parts_of(value) is None else "[]" if isinstance(value, list) else "{}"
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + TOO_LARGE


def _squeezed(text: str, width: int, measure: Measure) -> str:
    """`text` cut in the middle where it is too wide: keys and class names tell most at their ends."""
    while measure(text) > width:
        keep = min(width, len(text) - 1) - 1
        text = f"{text[: keep // 4]}…{text[len(text) - keep + keep // 4 :]}"
    return text


def _measure(style: Style) -> Measure:
    if not style.person:
        return len
    from rich.cells import cell_len

    return cell_len
