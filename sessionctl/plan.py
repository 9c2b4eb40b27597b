"""Values to write, typed as Java has them: whoever plans a change says what is meant, the session's own codec how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class JavaLong:
    """A java.lang.Long, to be written in the session's own encoding (the times, in milliseconds)."""

    value: int


@dataclass(frozen=True, slots=True)
class JavaInt:
    """A java.lang.Integer, to be written in the session's own encoding (maxInactiveInterval, in seconds)."""

    value: int


@dataclass(frozen=True, slots=True)
class JavaString:
    """A java.lang.String as the session's serializer writes it (members of indexes, buckets and sorted sets)."""

    value: str


JavaValue: TypeAlias = JavaLong | JavaInt | JavaString
