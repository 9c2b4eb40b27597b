"""Sessions as they are right now, with all that a change of them has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from sessionctl import fields
from sessionctl.app import App
from sessionctl.batch import Batch
from sessionctl.companions import Companions
from sessionctl.layouts import indexed, reactive_indexed, reads, simple
from sessionctl.layouts.base import Stored
from sessionctl.layouts.keys import MINUTE
from sessionctl.model import SessionId, State, Undecodable
from sessionctl.query import Condition
from sessionctl.report import Need


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What some ids stand for: sessions, those of them that the conditions no longer hold for, and remains of sessions without a hash."""

    sessions: list[Stored]
    others: list[SessionId]
    remains: list[Stored]
    missing: list[SessionId]


class Snapshots:
    """Reads sessions for changes. `where` is judged anew each time, and what it judged by is guarded.

    `thorough`: for a session that is nowhere, every principal index is searched for its id.
    """

    def __init__(self, app: App, where: Sequence[Condition] = (), *, extending: bool = False, thorough: bool = False) -> None:
        self.app = app
        self.where = where
        self.extending = extending
        self.thorough = thorough
        self.companions = Companions(app.topology, app.store.keys)
        wanted = [condition.need for condition in where]
        self.need = reduce(or_, wanted, fields.LAYOUT.need)
        judged = reduce(or_, wanted, Need())
        self.guarded = reads.METADATA + (reads.PRINCIPAL if judged.principal else ())
        self.guarded += tuple(name for name in sorted(reads.ATTRIBUTE + name for name in judged.attributes) if name not in self.guarded)

    def read(self, ids: Sequence[SessionId], beside: bool = True) -> Snapshot:
        """The sessions called `ids`; without a look at what is left of those that are gone, unless `beside`."""
        batch = self.app.store.get(ids, self.need, replace(self.app.scope, now=self.app.later()))
        found = set(batch.ids)
        chosen = batch
        for condition in self.where:
            chosen = chosen.select(condition.mask(chosen)) if len(chosen) else chosen
        kept = set(chosen.ids)
        missing = [id for id in ids if id not in found]
        remains = self._remains(missing) if beside else []
        left = {stored.id for stored in remains}
        return Snapshot(
            self._completed(self._stored(chosen)),
            [id for id in batch.ids if id not in kept],
            remains,
            [id for id in missing if id not in left],
        )

    def _stored(self, batch: Batch) -> list[Stored]:
        if not len(batch):
            return []
        guards = zip(*(batch.raw[name] for name in self.guarded), strict=True)
        columns = zip(
            batch.ids,
            batch.column(fields.LAYOUT),
            batch.column(fields.STATE),
            batch.column(fields.LAST_ACCESSED_TIME),
            batch.column(fields.MAX_INACTIVE_INTERVAL),
            batch.column(fields.TTL),
            batch.column(fields.PRINCIPAL),
            guards,
            strict=True,
        )
        return [
            Stored(
                id,
                layout,
                State(state),
                accessed,
                interval,
                ttl,
                principal,
                dict(zip(self.guarded, guard, strict=True)),
            )
            for id, layout, state, accessed, interval, ttl, principal, guard in columns
        ]

    def _completed(self, sessions: list[Stored]) -> list[Stored]:
        """With what their companions say, where the layout has any."""
        beside = [one.id for one in sessions if one.layout != simple.NAME]
        if not beside:
            return sessions
        reactive = [one.id for one in sessions if one.layout == reactive_indexed.NAME]
        ended = [one.id for one in sessions if one.layout != simple.NAME and one.state in (State.DELETED, State.PARTIAL)]
        unknown = [one.id for one in sessions if one.layout == indexed.NAME and self._unreadable(one)]
        indexes = self.companions.back_references(reactive) | (self.companions.holders(unknown) if unknown else {})
        sorted_members = self.companions.sorted_members(beside) if self.extending else {}
        lives = self.companions.expires(ended)
        return [
            replace(
                one,
                indexes=indexes.get(one.id, ()),
                sorted_member=sorted_members.get(one.id),
                buckets=self._buckets(lives.get(one.id)),
            )
            for one in sessions
        ]

    def _unreadable(self, session: Stored) -> bool:
        """Whether somebody may be logged in there whose name can't be read, so that the indexes themselves must tell."""
        if session.principal is not None:
            return False
        key = self.app.store.keys.session(session.id)
        values = self.app.store.call(key, b"HMGET", key, *(name.encode() for name in reads.PRINCIPAL))
        return any(value and isinstance(self.app.scope.principal_name(value), Undecodable) for value in values)

    def _buckets(self, lives: int | None) -> tuple[bytes, ...]:
        """The minute buckets that may hold a session that no longer knows its deadline: its expires key ends there."""
        if lives is None or lives < 0:
            return ()
        end, keys = self.app.later() + lives, self.app.store.keys
        return tuple(dict.fromkeys((keys.bucket(end), keys.bucket(end - MINUTE))))

    def _remains(self, missing: Sequence[SessionId]) -> list[Stored]:
        """What is left of sessions whose hash is gone: expires keys, back references, entries of indexes."""
        if not missing:
            return []
        lives, back = self.companions.expires(missing), self.companions.back_references(missing)
        held = self.companions.holders(missing) if self.thorough else {}
        members = self.companions.sorted_members(missing)
        return [
            Stored(
                id,
                reactive_indexed.NAME if id in back else indexed.NAME,
                State.PARTIAL,
                indexes=(*back.get(id, ()), *held.get(id, ())),
                buckets=self._buckets(lives.get(id)),
                sorted_member=members.get(id),
            )
            for id in missing
            if id in lives or id in back or id in held or id in members
        ]
