"""Which sessions, in which order, how many: filters as masks over columns, and what they need is known before the scan."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import or_
from typing import Any

from sessionctl.batch import Batch
from sessionctl.report import Columns, Field, Listed, Need


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter: what it needs, and which rows of a batch it keeps. `text` is how a person would write it.

    `principal` is the one user whose sessions it keeps, if it is of that sort: an index of principals can then stand in for a scan.
    """

    text: str
    need: Need
    mask: Callable[[Batch], Sequence[bool]]
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Fields to show of the sessions that meet all conditions, sorted by `order` (unknown values last), at most `limit`."""

    fields: tuple[Field, ...]
    where: tuple[Condition, ...] = ()
    order: Field | None = None
    reverse: bool = False
    limit: int | None = None

    @property
    def need(self) -> Need:
        """What the scan must ask Redis for, and no more."""
        wanted = [field.need for field in self.fields] + [condition.need for condition in self.where]
        return reduce(or_, wanted, self.order.need if self.order else Need())

    def select(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The rows that meet the conditions; batches without any are dropped."""
        for batch in batches:
            for condition in self.where:
                batch = batch.select(condition.mask(batch)) if len(batch) else batch
            if len(batch):
                yield batch

    def first(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The first rows as they come, up to the limit."""
        left = self.limit
        for batch in batches if left != 0 else ():
            if left is not None and len(batch) >= left:
                yield batch.select([row < left for row in range(len(batch))])
                return
            yield batch
            left = None if left is None else left - len(batch)

    def sorted(self, batches: Iterable[Batch], order: Field) -> Iterator[Columns]:
        """All rows by `order`: everything is kept for a sort alone, the best few for a sort with a limit."""
        rows: list[tuple[Any, ...]] = []
        serial = count()
        bar = None  # what comes after this key is not among the best: its other columns needn't be decoded
        for batch in batches:
            if bar is not None:
                batch = batch.select([self._before(key, bar) for key in map(_sort_key, batch.column(order))])
            keys = map(_sort_key, batch.column(order))
            values = zip(*(batch.column(field) for field in self.fields), strict=True)
            rows.extend(zip(keys, serial, values, strict=False))
            if self.limit is not None and len(rows) > 4 * self.limit + 1000:
                rows = self._ranked(rows)
                bar = rows[-1][0] if rows else None
        for chunk in _chunks(self._ranked(rows), 500):
            yield Listed(self.fields, [row[2] for row in chunk])

    def _before(self, key: Any, bar: Any) -> bool:
        return key is not None and bool(key > bar if self.reverse else key < bar)

    def _ranked(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        known = [row for row in rows if row[0] is not None]
        unknown = [row for row in rows if row[0] is None]
        if self.limit is None:
            known.sort(key=_rank, reverse=self.reverse)
            return known + unknown
        best = heapq.nlargest if self.reverse else heapq.nsmallest
        return (best(self.limit, known, key=_rank) + unknown)[: self.limit]


def _rank(row: tuple[Any, ...]) -> Any:
    return row[0]


def _sort_key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _chunks(rows: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
