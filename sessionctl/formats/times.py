"""Columns of times as text, a million times over: the minute comes from a cache, its rest from two small tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sessionctl.units import rfc3339

MOST_MINUTES: Final = 20_000  # about two weeks; more than that starts the cache again
_MILLISECONDS = [f"{number:03}" for number in range(1000)]
_SECONDS = [f"{number:02}." for number in range(60)]


class Instants:
    """Instants in milliseconds as RFC 3339 between quotes, or as `nothing` where there is none."""

    def __init__(self, quote: str, nothing: str) -> None:
        self.quote = quote
        self.nothing = nothing
        self.minutes: dict[int, str] = {}
        self.ends = [f"{number:03}Z{quote}" for number in range(1000)]

    def __call__(self, column: Sequence[int | None]) -> list[str]:
        try:
            return self._quick(column)
        except KeyError:
            if self._learn(column):
                return self._quick(column)
            return [self.nothing if value is None else f"{self.quote}{rfc3339(value)}{self.quote}" for value in column]

    def _quick(self, column: Sequence[int | None]) -> list[str]:
        minutes, seconds, ends, nothing = self.minutes, _SECONDS, self.ends, self.nothing
        return [
            nothing if value is None else f"{minutes[value // 60000]}{seconds[value // 1000 % 60]}{ends[value % 1000]}" for value in column
        ]

    def _learn(self, column: Sequence[int | None]) -> bool:
        """Whether all minutes of `column` are in the cache now; those outside the years 1 to 9999 can't be."""
        wanted = {value // 60000 for value in column if value is not None}
        if len(self.minutes) > MOST_MINUTES:
            self.minutes.clear()
        for minute in wanted - self.minutes.keys():
            text = rfc3339(minute * 60000)
            if not text.endswith("Z"):
                return False
            self.minutes[minute] = self.quote + text[:17]
        return True


class Durations:
    """Milliseconds as seconds with three decimals, or as `nothing` where there is none."""

    def __init__(self, nothing: str) -> None:
        self.nothing = nothing

    def __call__(self, column: Sequence[int | None]) -> list[str]:
        rest, nothing = _MILLISECONDS, self.nothing
        return [
            nothing
            if value is None
            else f"{value // 1000}.{rest[value % 1000]}"
            if value >= 0
            else f"-{-value // 1000}.{rest[-value % 1000]}"
            for value in column
        ]
