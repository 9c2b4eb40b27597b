"""Requests for sessions that are alike: learnt from the plan of one of them, and stamped for the others.

What a purge sends for two sessions differs in their ids, their users, their times and nothing else. So the requests of a made-up session
whose parts can be told apart from everything around them show where those parts go. A real session then proves the stencil: what is stamped
for it must be what its own plan says, byte for byte. Kinds that don't prove themselves are planned session by session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import shake_128
from itertools import compress
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from sessionctl.layouts import simple
from sessionctl.layouts.base import Stored
from sessionctl.layouts.keys import MINUTE, bucket_number, raw
from sessionctl.layouts.members import PLAIN
from sessionctl.layouts.reads import MAX_INACTIVE_INTERVAL
from sessionctl.rows import Rows
from sessionctl.topologies.base import Request
from sessionctl.wire import pack

SHORTEST_ID, LONGEST_ID = 16, 500  # characters: what is shorter may be mistaken for something else, what is longer is dear to find
MARK = 16  # bytes of what stands for a value whose length doesn't count
REMEMBERED = 1000  # kinds of sessions; they are few but for the lengths of the users' names
MARKED = 164_609_054 * MINUTE  # the bucket of a made-up session: a minute in the year 2282

Command: TypeAlias = tuple[bytes, Sequence[bytes]]
"""A key, and all words of the command that is about it."""

Values: TypeAlias = tuple[bytes | None, ...]
"""What sessions that are alike differ in: id, principal, number of the bucket, and the guarded values but the interval."""

T = TypeVar("T")


class Parts(NamedTuple, Generic[T]):
    """All that a plan sends: for the hash, for its companions, and in the end for a hash that was kept until they were clean.

    `tells`: whether the farewell is an event.
    """

    hash: T
    writes: Sequence[T] = ()
    farewell: T | None = None
    removal: T | None = None
    tells: bool = False

    def all(self) -> Iterator[T]:
        yield self.hash
        yield from self.writes
        yield from (part for part in (self.farewell, self.removal) if part is not None)

    def map(self, change: Callable[[T], Form]) -> Stencil:
        farewell, removal = (None if part is None else change(part) for part in (self.farewell, self.removal))
        return Parts(change(self.hash), list(map(change, self.writes)), farewell, removal, self.tells)


class Form(NamedTuple):
    """A command with gaps, and what picks the values that go into them."""

    key: bytes
    key_values: Callable[[Values], Any]
    payload: bytes
    values: Callable[[Values], Any]

    def stamp(self, values: Values) -> Request:
        return Request(self.key % self.key_values(values), self.payload % self.values(values))


Stencil: TypeAlias = Parts[Form]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Sessions, the stencil for each (None: it has to be planned by itself), and what goes into the gaps."""

    rows: Rows
    stencils: Sequence[Stencil | None]
    values: Sequence[Values]

    def parts(self, size: int) -> Iterator[Sheet]:
        """All of them, so many at a time."""
        for rows, start in zip(self.rows.parts(size), range(0, len(self.rows), size), strict=True):
            yield Sheet(rows, self.stencils[start : start + size], self.values[start : start + size])

    def select(self, mask: Sequence[bool]) -> Sheet:
        """The rows for which `mask` is true."""
        return Sheet(self.rows.select(mask), list(compress(self.stencils, mask)), list(compress(self.values, mask)))

    @property
    def stamps(self) -> Iterator[tuple[Stencil, Values]]:
        """Those that have a stencil."""
        return ((stencil, values) for stencil, values in zip(self.stencils, self.values, strict=True) if stencil is not None)


class Stencils:
    """The stencils of one run; `commands` is how a session by itself is changed, None where it isn't."""

    def __init__(self, commands: Callable[[Stored], Parts[Command] | None]) -> None:
        self._commands = commands
        self._known: dict[tuple[object, ...], Stencil | None] = {}

    def of(self, rows: Rows) -> Sheet:
        """The sessions, none of them overdue, with a stencil each as far as one is known."""
        columns = _columns(rows)
        values = list(zip(*columns, strict=True))
        if not PLAIN.fullmatch("".join(rows.ids)):
            return Sheet(rows, [None] * len(rows), values)
        lengths = zip(*(map(_length, column) for column in columns), strict=True)
        kinds = list(zip(rows.layouts, rows.states, rows.guard[MAX_INACTIVE_INTERVAL], lengths, strict=True))
        for kind in set(kinds) - self._known.keys():
            if len(self._known) < REMEMBERED:
                place = kinds.index(kind)
                self._known[kind] = self._learn(rows.part(place, place + 1).stored()[0], values[place])
        return Sheet(rows, list(map(self._known.get, kinds)), values)

    def _learn(self, session: Stored, values: Values) -> Stencil | None:
        """The stencil of all sessions like this one; None if what it stamps isn't what the session's own plan says."""
        if not SHORTEST_ID <= len(session.id) <= LONGEST_ID:
            return None
        marks = _marks(session, values)
        own, made_up = self._commands(session), self._commands(_made_up(session, marks))
        if own is None or made_up is None:
            return None
        gaps = _Gaps(marks, values)
        stencil = made_up.map(gaps.form)
        proven = [form.stamp(values) for form in stencil.all()] == [Request(key, pack(*words)) for key, words in own.all()]
        return stencil if proven else None


def _columns(rows: Rows) -> list[Sequence[bytes | None]]:
    """What `Values` are made of."""
    nothing = [None] * len(rows)
    principals = nothing if set(rows.principals) == {None} else [None if name is None else raw(name) for name in rows.principals]
    buckets = nothing if set(rows.layouts) == {simple.NAME} else _buckets(rows)
    guards = [column for name, column in rows.guard.items() if name != MAX_INACTIVE_INTERVAL]
    return [list(map(raw, rows.ids)), principals, buckets, *guards]


def _buckets(rows: Rows) -> list[bytes | None]:
    """The number in the name of each session's bucket (`Keys.bucket`)."""
    return [
        None if accessed is None or interval is None or interval < 0 else b"%d" % bucket_number(accessed + interval * 1000)
        for accessed, interval in zip(rows.accessed, rows.max_inactive, strict=True)
    ]


def _length(value: bytes | None) -> int:
    return -1 if value is None else len(value)


def _marks(session: Stored, values: Values) -> Values:
    """For each value one that is found nowhere else; as long as itself only where that counts, for values may be very long."""
    id, principal, bucket, *guards = values
    assert id is not None
    return (
        shake_128(b"id").hexdigest(len(id))[: len(id)].encode(),
        None if principal is None else shake_128(b"principal").hexdigest(MARK // 2).encode(),
        None if bucket is None else b"%d" % MARKED,
        *(None if value is None else shake_128(b"%d" % number).digest(MARK) for number, value in enumerate(guards)),
    )


def _made_up(session: Stored, marks: Values) -> Stored:
    """The session with marks instead of its values."""
    id, principal, bucket, *guards = marks
    assert id is not None
    rest = iter(guards)
    return session._replace(
        id=id.decode(),
        principal=None if principal is None else principal.decode(),
        accessed=session.accessed if bucket is None else MARKED - MINUTE - (session.max_inactive or 0) * 1000,
        guard={name: value if name == MAX_INACTIVE_INTERVAL else next(rest) for name, value in session.guard.items()},
    )


class _Gaps:
    """Finds the marks in commands, and leaves gaps for the values there."""

    def __init__(self, marks: Values, values: Values) -> None:
        self._numbers = {mark: number for number, mark in enumerate(marks) if mark is not None}
        self._longer = [_length(value) - _length(mark) for mark, value in zip(marks, values, strict=True)]
        self._marks = re.compile(b"(%b)" % b"|".join(map(re.escape, self._numbers)))

    def form(self, command: Command) -> Form:
        key, key_gaps = self._cut(command[0])
        words = [(len(word), *self._cut(word)) for word in command[1]]
        lengths = [length + sum(self._longer[number] for number in gaps) for length, _, gaps in words]
        texts = [b"$%d\r\n%b\r\n" % (length, text) for length, (_, text, _) in zip(lengths, words, strict=True)]
        all_gaps = [number for _, _, gaps in words for number in gaps]
        return Form(key, _picker(key_gaps), b"*%d\r\n%b" % (len(texts), b"".join(texts)), _picker(all_gaps))

    def _cut(self, text: bytes) -> tuple[bytes, list[int]]:
        """The text as a template, and which values go into its gaps."""
        pieces = self._marks.split(text)
        constants = [piece.replace(b"%", b"%%") for piece in pieces[0::2]]
        return b"%b".join(constants), [self._numbers[mark] for mark in pieces[1::2]]


def _picker(gaps: Sequence[int]) -> Callable[[Values], Any]:
    return itemgetter(*gaps) if gaps else lambda values: ()
