"""What lies beside sessions, to be recorded: each companion that exists, with its members as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from sessionctl import fields
from sessionctl.batch import Batch
from sessionctl.companions import MEMBERS_AT_MOST, Companions
from sessionctl.lanes import Lanes, ahead
from sessionctl.layouts import reads
from sessionctl.layouts.keys import MINUTE, Keys, raw
from sessionctl.layouts.members import member_text, spelled, spellings
from sessionctl.layouts.reactive_indexed import NAME as REACTIVE_INDEXED
from sessionctl.model import SessionId
from sessionctl.records.beside import BACK, BUCKET, EXPIRES, INDEX, SORTED, Beside, Question
from sessionctl.records.replay import is_index
from sessionctl.records.usual import Names, Usual
from sessionctl.records.write import BESIDE
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import ReplyError

Several: TypeAlias = list[Beside] | Usual
"""The companions of one session."""

NEED = fields.DEADLINE.need | fields.PRINCIPAL.need | fields.TTL.need
"""What of a batch must have been read to find its companions."""


class Finder:
    """Finds the companions of sessions in one namespace."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.keys = keys
        self.companions = Companions(topology, keys)
        self.names = Names(keys)

    def complete(self, batches: Iterable[Batch], without: Callable[[Batch], Sequence[bool]]) -> Iterator[Batch]:
        """Adds to each batch the companions, and what they tell of the layout; `without`: for which sessions nobody need look.

        A first look where they usually are, in the session's own encoding; a second one everywhere for those without a bucket there.
        """

        def begin(batch: Batch) -> Callable[[], Batch]:
            rows = [row for row, skip in enumerate(without(batch)) if not skip]
            likely = self._likely(batch, rows)
            held = self._begin(likely, lanes) if rows else list
            return lambda: self._completed(batch, rows, held())

        with Lanes(self.companions.topology) as lanes:
            yield from ahead(batches, begin)

    def _completed(self, batch: Batch, rows: Sequence[int], found: list[Several]) -> Batch:
        """`batch` with what was found at the first look at `rows`, and with what a second look finds."""
        others = [at for at, several in enumerate(found) if type(several) is list and all(one.role != BUCKET for one in several)]
        for at, more in zip(others, self._wider(batch, [rows[at] for at in others]), strict=True):
            found[at] = [one for one in found[at] if one.role == EXPIRES] + more
        beside: list[Several] = [[] for _ in range(len(batch))]
        for row, several in zip(rows, found, strict=True):
            beside[row] = several
        batch.raw |= {BESIDE: beside, **dict(zip(reads.EVIDENCE, _evidence(beside), strict=True))}
        return batch

    def _likely(self, batch: Batch, rows: Sequence[int]) -> list[Several]:
        """What RedisIndexedSessionRepository has of each session, whose sessions are the most."""
        ids, deadlines, names = batch.ids, batch.column(fields.DEADLINE), batch.column(fields.PRINCIPAL)
        intervals = batch.raw[reads.MAX_INACTIVE_INTERVAL]
        facts = [(ids[row], deadlines[row], names[row], intervals[row] or b"") for row in rows]
        return [self.names.usual(*several) or list(self._indexed(*several)) for several in facts]

    def _indexed(self, id: SessionId, deadline: int | None, name: str | None, like: bytes) -> Iterator[Beside]:
        yield Beside(self.keys.expires(id), "string", EXPIRES)
        try:
            if deadline is not None:
                yield Beside(self.keys.bucket(deadline), "set", BUCKET, None, (spelled(f"expires:{id}", like),))
            if name is not None:
                yield Beside(self.keys.principal_index(name), "set", INDEX, None, (spelled(id, like),))
        except ValueError:  # an encoding that we can't write
            return

    def _wider(self, batch: Batch, rows: Sequence[int]) -> list[list[Beside]]:
        ids = [batch.ids[row] for row in rows]
        backs = self._back_references(ids)
        names, deadlines = ([batch.column(field)[row] for row in rows] for field in (fields.PRINCIPAL, fields.DEADLINE))
        unread = [id for id, name, row in zip(ids, names, rows, strict=True) if name is None and fields.hides_principal(batch, row)]
        holders = self.companions.holders(unread) if unread else {}
        entries: list[Several] = []
        for id, name, deadline in zip(ids, names, deadlines, strict=True):
            indexes = {*holders.get(id, ()), *self._referenced(backs.get(id, ()))}
            if name is not None:
                indexes |= {self.keys.principal_index(name), self.keys.reactive_index(name)}
            entries.append(list(self._everywhere(id, deadline, sorted(indexes))))
        found = [list(several) for several in self._held(entries)]
        for id, several in zip(ids, found, strict=True):
            if id in backs:
                several.append(Beside(self.keys.back_references(id), "set", BACK, None, backs[id]))
        return found

    def _everywhere(self, id: SessionId, deadline: int | None, indexes: Sequence[bytes]) -> Iterator[Beside]:
        if deadline is not None:
            for bucket in (self.keys.bucket(deadline), self.keys.bucket(deadline - MINUTE)):
                members = (*spellings(f"expires:{id}"), *spellings(id))
                yield from (Beside(bucket, "set", BUCKET, None, (member,)) for member in members)
        yield from (Beside(self.keys.expirations, "zset", SORTED, None, (member,)) for member in spellings(id))
        yield from (Beside(index, "set", INDEX, None, (member,)) for index in indexes for member in spellings(id))

    def _begin(self, candidates: Sequence[Several], lanes: Lanes) -> Callable[[], list[Several]]:
        """Asks which there are of each session's candidates, and answers what takes the replies."""
        questions = _questions(candidates)
        replies = lanes.begin([question[1] for question in questions], [_packed(*question) for question in questions], 1)

        def held() -> list[Several]:
            found = replies()
            if found is None or ReplyError in set(map(type, found)):
                return self._held(candidates)
            return _those(candidates, found)

        return held

    def _held(self, candidates: Sequence[Several]) -> list[Several]:
        """Of each session's candidates those that there are."""
        requests = [Request(question[1], _packed(*question)) for question in _questions(candidates)]
        return _those(candidates, self.companions.topology.ask(requests))

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


def _questions(candidates: Sequence[Several]) -> list[Question]:
    """What tells which of the candidates there are."""
    return [
        question
        for several in candidates
        for question in ([one.question for one in several] if isinstance(several, list) else several.questions())
    ]


def _packed(kind: str, key: bytes, member: bytes = b"") -> bytes:
    """A question as a command."""
    if kind == "string":
        return b"*2\r\n$4\r\nPTTL\r\n$%d\r\n%b\r\n" % (len(key), key)
    name = b"$9\r\nSISMEMBER" if kind == "set" else b"$6\r\nZSCORE"
    return b"*3\r\n%b\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (name, len(key), key, len(member), member)


def _those(candidates: Sequence[Several], replies: Sequence[Any]) -> list[Several]:
    """The candidates that there are by the replies to their questions, all in one sequence."""
    rest = iter(replies)
    return [
        [held for one in several if (held := one.held(next(rest))) is not None] if isinstance(several, list) else several.held(rest)
        for several in candidates
    ]


def _evidence(beside: Sequence[Several]) -> tuple[list[Any], ...]:
    """What the companions of a batch's sessions tell of their layout, as `reads.EVIDENCE`."""
    roles = [{one.role for one in several} if isinstance(several, list) else (EXPIRES, BUCKET) for several in beside]
    expires, backs, buckets = ([role in several for several in roles] for role in (EXPIRES, BACK, BUCKET))
    usual = REACTIVE_INDEXED if any(backs) and not any(buckets) else None
    return expires, backs, buckets, [usual] * len(roles)
