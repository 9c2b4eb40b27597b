"""What lies beside sessions, to be recorded: each companion that exists, with its members as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from sessionctl import fields
from sessionctl.batch import Batch
from sessionctl.codecs import encode
from sessionctl.companions import MEMBERS_AT_MOST, Companions
from sessionctl.layouts import reads
from sessionctl.layouts.keys import MINUTE, Keys, raw
from sessionctl.layouts.members import member_text, spellings
from sessionctl.layouts.reactive_indexed import NAME as REACTIVE_INDEXED
from sessionctl.model import SessionId, Undecodable
from sessionctl.plan import JavaString
from sessionctl.records.beside import Beside
from sessionctl.records.replay import is_index
from sessionctl.records.write import BESIDE
from sessionctl.topologies.base import Topology

EXPIRES, BUCKET, SORTED, INDEX, BACK = "expires key", "minute bucket", "sorted set of deadlines", "principal index", "back references"
Entry: TypeAlias = tuple[bytes, str, str, bytes]
"""What may be beside a session: its key, kind and role, and the member to look for in a set."""

GONE = -2  # PTTL of a key that isn't there

NEED = fields.DEADLINE.need | fields.PRINCIPAL.need | fields.TTL.need
"""What of a batch must have been read to find its companions."""


class Finder:
    """Finds the companions of sessions in one namespace."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.keys = keys
        self.companions = Companions(topology, keys)

    def complete(self, batch: Batch, without: Sequence[bool]) -> None:
        """Adds the companions to `batch`, and what they tell of the layout; `without`: for which sessions nobody need look."""
        rows = [row for row, skip in enumerate(without) if not skip]
        found: list[list[Beside]] = [[] for _ in without]
        for row, several in zip(rows, self._find(batch, rows), strict=True):
            found[row] = several
        roles = [{one.role for one in several} for several in found]
        backs, buckets = ([role in several for several in roles] for role in (BACK, BUCKET))
        usual = REACTIVE_INDEXED if any(backs) and not any(buckets) else None
        evidence = ([EXPIRES in several for several in roles], backs, buckets, [usual] * len(batch))
        batch.raw |= {BESIDE: found, **dict(zip(reads.EVIDENCE, evidence, strict=True))}

    def _find(self, batch: Batch, rows: Sequence[int]) -> list[list[Beside]]:
        """A first look where they usually are, in the session's own encoding; a second one everywhere for those without a bucket there."""
        ids, deadlines, names = batch.ids, batch.column(fields.DEADLINE), batch.column(fields.PRINCIPAL)
        intervals = batch.raw[reads.MAX_INACTIVE_INTERVAL]
        likely = [list(self._likely(ids[row], deadlines[row], names[row], intervals[row])) for row in rows]
        found = self._held(likely)
        others = [at for at, several in enumerate(found) if BUCKET not in {one.role for one in several}]
        for at, several in zip(others, self._wider(batch, [rows[at] for at in others]), strict=True):
            found[at] = [one for one in found[at] if one.role == EXPIRES] + several
        return found

    def _likely(self, id: SessionId, deadline: int | None, name: str | None, like: bytes | None) -> Iterator[Entry]:
        """RedisIndexedSessionRepository's, whose sessions are the most."""
        yield self.keys.expires(id), "string", EXPIRES, b""
        try:
            if deadline is not None:
                yield self.keys.bucket(deadline), "set", BUCKET, encode(JavaString(f"expires:{id}"), like or b"")
            if name is not None:
                yield self.keys.principal_index(name), "set", INDEX, encode(JavaString(id), like or b"")
        except ValueError:  # an encoding that we can't write
            return

    def _wider(self, batch: Batch, rows: Sequence[int]) -> list[list[Beside]]:
        ids = [batch.ids[row] for row in rows]
        backs = self._back_references(ids)
        names, deadlines = ([batch.column(field)[row] for row in rows] for field in (fields.PRINCIPAL, fields.DEADLINE))
        unread = [id for id, name, row in zip(ids, names, rows, strict=True) if name is None and _is_unreadable(batch, row)]
        holders = self.companions.holders(unread) if unread else {}
        entries = []
        for id, name, deadline in zip(ids, names, deadlines, strict=True):
            indexes = {*holders.get(id, ()), *self._referenced(backs.get(id, ()))}
            if name is not None:
                indexes |= {self.keys.principal_index(name), self.keys.reactive_index(name)}
            entries.append(list(self._everywhere(id, deadline, sorted(indexes))))
        found = self._held(entries)
        for id, several in zip(ids, found, strict=True):
            if id in backs:
                several.append(Beside(self.keys.back_references(id), "set", BACK, None, backs[id]))
        return found

    def _everywhere(self, id: SessionId, deadline: int | None, indexes: Sequence[bytes]) -> Iterator[Entry]:
        if deadline is not None:
            for bucket in (self.keys.bucket(deadline), self.keys.bucket(deadline - MINUTE)):
                yield from ((bucket, "set", BUCKET, member) for member in (*spellings(f"expires:{id}"), *spellings(id)))
        yield from ((self.keys.expirations, "zset", SORTED, member) for member in spellings(id))
        yield from ((index, "set", INDEX, member) for index in indexes for member in spellings(id))

    def _held(self, entries: Sequence[Sequence[Entry]]) -> list[list[Beside]]:
        """Of each session's entries those that there are."""
        flat = [entry for several in entries for entry in several]
        replies = iter(self.companions.ask([(key, _QUESTIONS[kind](key, member)) for key, kind, _, member in flat]))
        return [[found for entry in several if (found := _beside(entry, next(replies))) is not None] for several in entries]

    def _back_references(self, ids: Sequence[SessionId]) -> dict[SessionId, tuple[bytes, ...]]:
        keys = [self.keys.back_references(id) for id in ids]
        replies = self.companions.ask([(key, (b"SMEMBERS", key)) for key in keys])
        return {
            id: tuple(sorted(reply[:MEMBERS_AT_MOST])) for id, reply in zip(ids, replies, strict=True) if isinstance(reply, list) and reply
        }

    def _referenced(self, members: Sequence[bytes]) -> Iterator[bytes]:
        """The indexes that back references name; other keys are not believed."""
        for name in map(member_text, members):
            if name is not None and is_index(raw(name), self.keys):
                yield raw(name)


_QUESTIONS: dict[str, Callable[[bytes, bytes], tuple[bytes, ...]]] = {
    "string": lambda key, member: (b"PTTL", key),
    "set": lambda key, member: (b"SISMEMBER", key, member),
    "zset": lambda key, member: (b"ZSCORE", key, member),
}


def _beside(entry: Entry, reply: Any) -> Beside | None:
    key, kind, role, member = entry
    if kind == "string":
        return Beside(key, kind, role, reply if reply >= 0 else None) if isinstance(reply, int) and reply != GONE else None
    if kind == "zset" and isinstance(reply, bytes):
        return Beside(key, kind, role, None, (member,), float(reply))
    return Beside(key, kind, role, None, (member,)) if reply == 1 else None


def _is_unreadable(batch: Batch, row: int) -> bool:
    """Whether somebody may be logged in there whose name can't be read, so that the indexes themselves must tell."""
    values = [batch.raw[name][row] for name in reads.PRINCIPAL]
    return any(value and isinstance(batch.scope.principal_name(value), Undecodable) for value in values)
