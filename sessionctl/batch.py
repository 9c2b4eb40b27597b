"""A batch: some hundred sessions as columns, just as Redis answered; fields compute from it what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from sessionctl.layouts.keys import Keys
from sessionctl.model import SessionId, Undecodable
from sessionctl.report import Field


@dataclass(frozen=True, slots=True)
class Scope:
    """What all batches of one run share. `now` is in milliseconds since the epoch, `principal_name` reads a raw security context."""

    keys: Keys
    now: int
    principal_name: Callable[[bytes], str | Undecodable | None]
    reveal: bool = False


@dataclass(slots=True)
class Batch:
    """Sessions side by side. `raw` has one column for each thing that was asked of Redis (see `layouts.reads`).

    `problems` counts what could not be read, by reason.
    """

    names: Sequence[bytes]
    raw: dict[str, list[Any]]
    scope: Scope
    node: str = ""
    problems: Counter[str] = field(default_factory=Counter)
    columns: dict[str, Sequence[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def ids(self) -> Sequence[SessionId]:
        start = len(self.scope.keys.prefix)
        return [name[start:].decode("utf-8", "surrogateescape") for name in self.names]

    def column(self, field: Field) -> Sequence[Any]:
        """The values of `field`, computed on first use."""
        values = self.columns.get(field.name)
        if values is None:
            assert field.compute is not None, field.name
            values = self.columns[field.name] = field.compute(self)
        return values

    def part(self, start: int, stop: int) -> Batch:
        """The rows from `start` to before `stop`, with nothing computed yet."""
        rows = slice(start, stop)
        return Batch(self.names[rows], {name: values[rows] for name, values in self.raw.items()}, self.scope, self.node, self.problems)

    def parts(self, size: int) -> Iterator[Batch]:
        """All of them, so many at a time."""
        return (self.part(start, start + size) for start in range(0, len(self), size))

    def select(self, mask: Sequence[bool]) -> Batch:
        """The rows for which `mask` is true, with what is computed already."""
        if all(mask):
            return self
        raw = {name: list(compress(values, mask)) for name, values in self.raw.items()}
        columns: dict[str, Sequence[Any]] = {name: list(compress(values, mask)) for name, values in self.columns.items()}
        return Batch(list(compress(self.names, mask)), raw, self.scope, self.node, self.problems, columns)
