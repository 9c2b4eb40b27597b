"""What is made of the names of a session's fields, again and again the same: the sessions of an application have few sets of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

N = TypeVar("N", bound=str | bytes)
T = TypeVar("T")

MOST = 256
"""Sets of names that are remembered."""

LONGEST = 4096
"""Characters or bytes of the names in such a set; larger ones are rare, and seldom come again."""


class Remembered(dict[tuple[N, ...], T]):
    """By a set of names what `make` makes of it."""

    def __init__(self, make: Callable[[tuple[N, ...]], T]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, names: tuple[N, ...]) -> T:
        made = self.make(names)
        if sum(map(len, names)) <= LONGEST:
            if len(self) == MOST:
                self.clear()
            self[names] = made
        return made
