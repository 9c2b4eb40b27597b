"""Items some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """All items, so many at a time; each is taken when it is asked for."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
