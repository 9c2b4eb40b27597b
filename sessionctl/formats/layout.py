"""Columns side by side: how wide, how aligned, what is cut. Widths are in columns of a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from sessionctl.report import Field, Kind

Measure: TypeAlias = Callable[[str], int]
"""How wide a text is: `len`, or what knows of wide characters."""

GAP: Final = "  "
SHORTEST_ID: Final = 8  # characters
_NARROWEST: Final = 8
_NARROW: Final = 5  # where not even that is enough
_NUMBERS = frozenset((Kind.BYTES, Kind.COUNT))
_SHRINKABLE = frozenset((Kind.TEXT, Kind.NAMES, Kind.TABLE, Kind.VALUE))
_CODES: Final = {"bold": "\x1b[1m", "dim": "\x1b[2m", "red": "\x1b[31m", "green": "\x1b[32m", "yellow": "\x1b[33m"}


def aligned(fields: Sequence[Field]) -> tuple[str, ...]:
    """Each column's side: numbers that one compares are at the right."""
    return tuple("right" if field.kind in _NUMBERS else "left" for field in fields)


def widths_of(rows: Sequence[Sequence[str]], measure: Measure) -> list[int]:
    """What each column needs, given the rows with their header."""
    return [max(map(measure, column)) for column in zip(*rows, strict=True)]


def fitted(fields: Sequence[Field], widths: Sequence[int], limit: int) -> list[int]:
    """`widths` made to fit into `limit` columns: the widest text gives first, then, if that can be enough, all else but ids."""
    fit = [min(width, max(limit, 1)) for width in widths]
    texts = [max(_NARROWEST, len(field.heading)) if field.kind in _SHRINKABLE else limit for field in fields]
    rest = [limit if field.kind is Kind.ID else _NARROW for field in fields]
    cut = _narrowed(fit, texts, limit)
    more = _narrowed(cut, rest, limit)
    return more if _total(more) <= limit else cut


def _narrowed(widths: list[int], least: Sequence[int], limit: int) -> list[int]:
    """`widths`, of which the widest gives until all fit or each has its least."""
    fit = list(widths)
    while _total(fit) > limit:
        spare = [width if width > floor else 0 for width, floor in zip(fit, least, strict=True)]
        if not any(spare):
            break
        fit[spare.index(max(spare))] -= 1
    return fit


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def padded(cells: Sequence[str], width: int, side: str, measure: Measure) -> list[str]:
    """A column of equally wide cells; a cell that is too wide stays so."""
    if measure is len or "".join(cells).isascii():
        return [cell.rjust(width) for cell in cells] if side == "right" else [cell.ljust(width) for cell in cells]
    spaces = [" " * (width - measure(cell)) for cell in cells]
    return [space + cell if side == "right" else cell + space for space, cell in zip(spaces, cells, strict=True)]


def painted(cells: Sequence[str], styles: Sequence[str] | None) -> Sequence[str]:
    """`cells` in their styles (an empty name is none), with the escape sequences that all terminals know."""
    if styles is None:
        return cells
    return [paint(cell, style) for cell, style in zip(cells, styles, strict=True)]


def paint(text: str, style: str) -> str:
    return f"{_CODES[style]}{text}\x1b[0m" if style else text


def unique_length(ids: Sequence[str]) -> int:
    """How many characters tell all of `ids` apart, but at least `SHORTEST_ID`."""
    ordered = sorted(set(ids))
    return max([SHORTEST_ID, *(1 + _common(first, second) for first, second in pairwise(ordered))])


def _common(first: str, second: str) -> int:
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
