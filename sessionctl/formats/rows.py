"""The start of a listing apart from the rest: it settles the widths, and the rest can stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sessionctl.report import Columns

FIRST: Final = 200
"""How many rows settle the widths: several screens, and still quick."""


def first_rows(batches: Iterable[Columns]) -> tuple[list[Columns], Iterator[Columns]]:
    """The first batches, up to `FIRST` rows or a little more, and the others; empty batches are dropped."""
    rest = (batch for batch in batches if len(batch))
    first: list[Columns] = []
    count = 0
    for batch in rest:
        first.append(batch)
        count += len(batch)
        if count >= FIRST:
            break
    return first, rest
