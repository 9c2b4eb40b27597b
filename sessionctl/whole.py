"""Sessions read whole, to be recorded: the hash, its TTL at that moment, and every companion; in bounded memory, whatever Redis holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from sessionctl import fields
from sessionctl.app import App
from sessionctl.batch import Batch, Scope
from sessionctl.detection import detect
from sessionctl.finder import NEED, Finder
from sessionctl.lanes import Lanes
from sessionctl.layouts import reads, simple
from sessionctl.model import SessionId, State
from sessionctl.records import write
from sessionctl.report import Need
from sessionctl.store import LARGEST_VALUE
from sessionctl.topologies.base import Request
from sessionctl.units import human_size
from sessionctl.wire import ReplyError, pack

AT_ONCE = 100  # sessions a message
BYTES_AT_ONCE = 4 * 1024 * 1024
LARGEST = LARGEST_VALUE
"""Bytes of a session that are read at most."""

ENDS_WITH_ITS_DEADLINE = 60_000
"""By how many milliseconds at most the TTL of a session of a simple layout misses its deadline."""

Sized = tuple[SessionId, int | None]
"""A session and how many bytes it has in Redis, if that is known."""


class Whole:
    """Reads whole sessions for one run. `too_large` are those that were not read, with the reason.

    `thorough`: looks for companions of every session; otherwise, where a sample has none, only of those that don't end with their deadline.
    `lanes`: connections that the caller keeps, for whoever reads often. `at_once`: sessions a message.
    """

    def __init__(self, app: App, *, beside: bool = True, thorough: bool = True, lanes: Lanes | None = None, at_once: int = AT_ONCE) -> None:
        self.app = app
        self.beside = beside
        self.thorough = thorough or bool(set(detect(app.store, app.scope).layouts) - {simple.NAME})
        self.lanes = lanes
        self.at_once = at_once
        self.too_large: list[tuple[SessionId, str]] = []
        self.finder = Finder(app.topology, app.store.keys)

    @cached_property
    def measurable(self) -> bool:
        """Whether Redis tells how large a key is; old ones don't, and an ACL may forbid it."""
        key = self.app.store.keys.prefix
        [reply] = self._ask([(key, (b"MEMORY", b"USAGE", key, b"SAMPLES", b"0"))])
        return not isinstance(reply, ReplyError)

    def sized(self, batches: Iterable[Batch]) -> Iterator[Sequence[Sized]]:
        """The sessions of `batches`, with their sizes where those were asked for."""
        for batch in batches:
            yield list(zip(batch.ids, batch.raw.get(reads.SIZE, [None] * len(batch)), strict=True))

    def read(self, sessions: Iterable[Sequence[Sized]], need: Need = NEED) -> Iterator[Batch]:
        """The sessions with all that a record needs, some at a time; those that have gone meanwhile are left out."""
        found = self.app.store.stream(self._chunks(sessions), need | NEED | write.NEED, self._scope, self.lanes)
        batches = (batch for batch in found if len(batch))
        return self.finder.complete(batches, self._without) if self.beside else batches

    def _scope(self) -> Scope:
        return replace(self.app.scope, now=self.app.later())

    def _without(self, batch: Batch) -> Sequence[bool]:
        """Which sessions plainly have no companions: Redis removes the hash at its deadline, and no indexed repository has it so."""
        if self.thorough:
            return [False] * len(batch)
        columns = (batch.column(one) for one in (fields.STATE, fields.TTL, fields.REMAINING))
        return [
            state == State.ACTIVE and ttl is not None and left is not None and abs(ttl - left) < ENDS_WITH_ITS_DEADLINE
            for state, ttl, left in zip(*columns, strict=True)
        ]

    def _chunks(self, sessions: Iterable[Sequence[Sized]]) -> Iterator[list[SessionId]]:
        """Ids some at a time, the fewer the larger their sessions are."""
        chunk: list[SessionId] = []
        total = 0
        for several in sessions:
            for id, size in self._measured(several):
                if chunk and (len(chunk) == self.at_once or total + size > BYTES_AT_ONCE):
                    yield chunk
                    chunk, total = [], 0
                chunk.append(id)
                total += size
        if chunk:
            yield chunk

    def _measured(self, several: Sequence[Sized]) -> Iterator[tuple[SessionId, int]]:
        unknown = [id for id, size in several if size is None]
        sizes = dict(zip(unknown, self._sizes(unknown), strict=True)) if unknown else {}
        for id, known in several:
            size = sizes[id] if known is None else known
            if size > LARGEST:
                self.too_large.append((id, f"it has {human_size(size)}, more than the {human_size(LARGEST)} that are read"))
            else:
                yield id, size

    def _sizes(self, ids: Sequence[SessionId]) -> list[int]:
        """In bytes: by MEMORY USAGE, or where that isn't to be had by the lengths of all values."""
        names = [self.app.store.keys.session(id) for id in ids]
        if not self.measurable:
            return self._lengths(names)
        replies = self._ask([(name, (b"MEMORY", b"USAGE", name, b"SAMPLES", b"0")) for name in names])
        return [reply if isinstance(reply, int) else 0 for reply in replies]

    def _lengths(self, names: Sequence[bytes]) -> list[int]:
        """Raises Refused where that isn't allowed, either."""
        found = self._ask([(name, (b"HKEYS", name)) for name in names])
        fields_of = [self._checked(name, reply, "HKEYS") or [] for name, reply in zip(names, found, strict=True)]
        asked = [(name, (b"HSTRLEN", name, field)) for name, several in zip(names, fields_of, strict=True) for field in several]
        lengths = iter([self._checked(name, reply, "HSTRLEN") or 0 for (name, _), reply in zip(asked, self._ask(asked), strict=True)])
        return [sum(next(lengths) for _ in several) for several in fields_of]

    def _checked(self, name: bytes, reply: Any, command: str) -> Any:
        """The reply; None where the key has become something else."""
        if isinstance(reply, ReplyError) and not str(reply).startswith("WRONGTYPE"):
            raise self.app.topology.connection(self.app.topology.node_for(name)).error(reply, command)
        return None if isinstance(reply, ReplyError) else reply

    def _ask(self, questions: Sequence[tuple[bytes, tuple[bytes, ...]]]) -> list[Any]:
        requests = [Request(key, pack(*words)) for key, words in questions]
        return self.app.topology.execute(requests, idempotent=True) if requests else []
