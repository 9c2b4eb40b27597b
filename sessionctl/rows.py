"""Sessions side by side, with all that a change of them has to know: what a purge keeps of a million, where a `Stored` each is too much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from sessionctl.layouts.base import Stored
from sessionctl.model import SessionId, State


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of `Stored`, which tells what they mean; `guard` has one column for each field."""

    ids: Sequence[SessionId]
    layouts: Sequence[str]
    states: Sequence[State]
    accessed: Sequence[int | None]
    max_inactive: Sequence[int | None]
    ttls: Sequence[int | None]
    principals: Sequence[str | None]
    guard: Mapping[str, Sequence[bytes | None]]

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, start: int, stop: int) -> Rows:
        """The rows from `start` to before `stop`."""
        return self._each(lambda column: column[start:stop])

    def select(self, mask: Sequence[bool]) -> Rows:
        """The rows for which `mask` is true."""
        return self._each(lambda column: list(compress(column, mask)))

    def _each(self, change: Callable[[Sequence[Any]], Sequence[Any]]) -> Rows:
        return Rows(
            change(self.ids),
            change(self.layouts),
            change(self.states),
            change(self.accessed),
            change(self.max_inactive),
            change(self.ttls),
            change(self.principals),
            {name: change(column) for name, column in self.guard.items()},
        )

    def stored(self) -> list[Stored]:
        """Each of them by itself."""
        guards = (dict(zip(self.guard, values, strict=True)) for values in zip(*self.guard.values(), strict=True))
        columns = (self.ids, self.layouts, self.states, self.accessed, self.max_inactive, self.ttls, self.principals)
        return [Stored(*values) for values in zip(*columns, guards, strict=True)]
