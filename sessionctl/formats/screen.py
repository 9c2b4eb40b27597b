"""A table on a terminal: short ids, relative times, colour, cut to the width. rich draws the first rows, and the rest looks the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sessionctl.formats import human
from sessionctl.formats.cells import CELLS
from sessionctl.formats.layout import GAP, aligned, fitted, padded, painted, unique_length, widths_of
from sessionctl.formats.rows import first_rows
from sessionctl.report import Columns, Field, Kind, Report, Style

Cells = Sequence[Sequence[str]]
Colours = Sequence[Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Screen:
    """What all rows of one table share. `lengths` has how many characters of each id are shown, by the field's name."""

    fields: tuple[Field, ...]
    style: Style
    lengths: dict[str, int]

    def cells(self, batch: Columns) -> Cells:
        """The columns of a batch, as a person reads them."""
        return [self._column(field, batch.column(field)) for field in self.fields]

    def _column(self, field: Field, column: Sequence[str | None]) -> Sequence[str]:
        length = self.lengths.get(field.name)
        shown = column if length is None else [text and text[:length] for text in column]
        return CELLS[field.kind].human(shown, self.style.now)

    def colours(self, batch: Columns) -> Colours:
        """The styles' names of a batch's cells, by column."""
        return [human.colours(field, batch.column(field)) if self.style.colour else None for field in self.fields]

    def widths(self, columns: Cells) -> list[int]:
        """How wide each column may be on this terminal."""
        natural = widths_of([[field.heading for field in self.fields], *zip(*columns, strict=True)], cell_len)
        return natural if self.style.width is None else fitted(self.fields, natural, self.style.width)

    def by_rich(self, columns: Cells, colours: Colours, widths: Sequence[int]) -> str:
        """The header and the rows, each cell cut already."""
        table = Table(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False, header_style="bold")
        for field, width, side in zip(self.fields, widths, aligned(self.fields), strict=True):
            table.add_column(
                Text(cut([field.heading], width)[0]), width=width, no_wrap=True, justify="right" if side == "right" else "left"
            )
        texts = [
            [Text(cell, style=style) for cell, style in zip(cut(column, width), styles or [""] * len(column), strict=True)]
            for column, styles, width in zip(columns, colours, widths, strict=True)
        ]
        for row in zip(*texts, strict=True):
            table.add_row(*row)
        return _drawn(table, sum(widths) + len(GAP) * len(widths), self.style.colour)

    def by_hand(self, columns: Cells, colours: Colours, widths: Sequence[int]) -> str:
        """The rows in the look of `by_rich`, at a hundredth of the time."""
        drawn = [
            painted(padded(cut(column, width), width, side, cell_len), styles)
            for column, styles, width, side in zip(columns, colours, widths, aligned(self.fields), strict=True)
        ]
        return "\n".join([GAP.join(row).rstrip() for row in zip(*drawn, strict=True)])


def lines(report: Report, style: Style) -> Iterator[str]:
    """The first rows, which settle the widths, then a batch of rows at a time."""
    first, rest = first_rows(report.batches)
    if not first:
        return
    screen = Screen(report.fields, style, _id_lengths(report.fields, first, style))
    several = [screen.cells(batch) for batch in first]
    columns: Cells = [[cell for cells in several for cell in cells[place]] for place in range(len(report.fields))]
    colours = [_joined(parts) for parts in zip(*map(screen.colours, first), strict=True)]
    widths = screen.widths(columns)
    yield screen.by_rich(columns, colours, widths)
    for batch in rest:
        yield screen.by_hand(screen.cells(batch), screen.colours(batch), widths)


def cut(cells: Sequence[str], width: int) -> Sequence[str]:
    """Cells that are too wide, shortened with an ellipsis."""
    if "".join(cells).isascii():
        return [cell if len(cell) <= width else cell[: width - 1] + "…" for cell in cells]
    return [cell if cell_len(cell) <= width else set_cell_size(cell, width - 1).rstrip() + "…" for cell in cells]


def _id_lengths(fields: Sequence[Field], batches: Sequence[Columns], style: Style) -> dict[str, int]:
    if style.whole_ids or style.reveal:
        return {}
    ids = [field for field in fields if field.kind is Kind.ID]
    return {field.name: unique_length([id for batch in batches for id in batch.column(field) if id]) for field in ids}


def _joined(parts: Sequence[Sequence[str] | None]) -> list[str] | None:
    return [style for part in parts if part is not None for style in part] if parts[0] is not None else None


def _drawn(table: Table, width: int, colour: bool) -> str:
    drawn = StringIO()
    console = Console(
        file=drawn,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        _environ={},
    )
    console.print(table)
    return "\n".join([line.rstrip(" ") for line in drawn.getvalue().splitlines()])
