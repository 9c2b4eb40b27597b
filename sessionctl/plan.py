"""A change as data: what a session's hash must still be, what becomes of it, and what follows for its companions.

Values are typed as Java has them: whoever plans says what is meant, the session's own codec how it is written. A plan holds names of keys
and no encoded value beside the guard's, so that a dry run shows exactly what a real run does. What a purge makes a million of is a named
tuple, which is made four times as quickly as a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias


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


@dataclass(frozen=True, slots=True)
class Spellings:
    """A text in every way in which a serializer writes it, as one argument each: what removes a member whoever wrote it."""

    value: str


JavaValue: TypeAlias = JavaLong | JavaInt | JavaString
"""One value to write."""

Word: TypeAlias = bytes | int | JavaValue | Spellings
"""One word of a command; those that aren't bytes are encoded when the command is sent."""


class Event(StrEnum):
    """What the applications' listeners are told (SessionDeletedEvent, SessionExpiredEvent)."""

    DELETED = "deleted"
    EXPIRED = "expired"
    NONE = "none"


class Outcome(StrEnum):
    """How a change of one session ended."""

    DONE = "done"
    GONE = "gone"  # there was nothing left to do
    SPARED = "spared"  # it is no longer what was judged
    REFUSED = "refused"  # it can't be done, or not without harm


class Write(NamedTuple):
    """One command on a companion key. It may be repeated without harm."""

    key: bytes
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """The hash stays, with these fields written. `expiry` is the command that follows, without its key: ``PEXPIRE 300000``, ``PERSIST``."""

    fields: Mapping[str, JavaValue]
    expiry: tuple[bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """The hash goes. With companions it goes after them, and stays as `meanwhile` says so long: what is left when somebody dies in between
    is found by a second run.
    """

    meanwhile: Keep | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The hash stays as it is; it only must be the one that was judged."""


Change: TypeAlias = Remove | Keep | Leave


class Farewell(NamedTuple):
    """The end of the expires key, and what the applications hear of it.

    `even_without`: the event is due though the key is gone (it was evicted, or never written); otherwise a missing key means that the
    applications have heard of the end already.
    """

    key: bytes
    event: Event
    even_without: bool = False


class Plan(NamedTuple):
    """A change of one session.

    `guard`: the raw values that the hash's fields must still have, None where there must be none; the comparison and `change` are one
    atomic step. `writes` and the `farewell` follow; where the hash has gone meanwhile, only if the session `ends`. `wants` says in plain
    words what the change is.
    """

    id: str
    key: bytes
    wants: str
    guard: Mapping[str, bytes | None]
    change: Change
    writes: tuple[Write, ...] = ()
    farewell: Farewell | None = None
    ends: bool = False


class Refusal(NamedTuple):
    """Why there is no plan for a session; `outcome` is GONE where there is nothing to be done."""

    id: str
    reason: str
    outcome: Outcome = Outcome.REFUSED


class Result(NamedTuple):
    """What became of one session."""

    id: str
    outcome: Outcome
    reason: str | None = None
    detail: Mapping[str, object] = MappingProxyType({})
