"""Sessions as they are right now, with all that a change of them has to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from itertools import islice
from operator import or_

from sessionctl import fields
from sessionctl.app import App
from sessionctl.batch import Batch
from sessionctl.chunks import chunks
from sessionctl.companions import Companions
from sessionctl.detection import detect
from sessionctl.layouts import LAYOUTS, indexed, reactive_indexed, reads, simple
from sessionctl.layouts.base import Stored
from sessionctl.layouts.keys import MINUTE
from sessionctl.model import SessionId, State
from sessionctl.query import Condition
from sessionctl.report import Need
from sessionctl.rows import Rows
from sessionctl.scan import Pace, gentle
from sessionctl.topologies.base import Request
from sessionctl.wire import pack

BATCH = 20  # sessions a message of changes: the p99 of other clients follows its size
MESSAGES = 16  # on their way at most
WORKED_OFF = 0.0005  # seconds in which Redis is through with a message
STATES = {state.value: state for state in State}
_LIVING = (State.ACTIVE, State.EXPIRED)
CLEARLY = 100_000  # milliseconds by which the TTL of a session may miss what its layout gives it


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What some ids stand for: sessions, those of them that the conditions don't hold for, and remains of sessions without a hash.

    `alike`: sessions that nothing is odd about, where many are wanted at once.
    """

    sessions: list[Stored]
    others: list[SessionId] = field(default_factory=list)
    remains: list[Stored] = field(default_factory=list)
    missing: list[SessionId] = field(default_factory=list)
    alike: Rows | None = None

    @property
    def selected(self) -> int:
        """How many sessions these are, in whatever state."""
        return len(self.sessions) + len(self.remains) + (0 if self.alike is None else len(self.alike))


class Snapshots:
    """Reads sessions for changes. `where` is judged by the time at which the run began, and what it judged by is guarded.

    `extending`: the sorted sets are asked, too. `thorough`: for a session that is nowhere, every principal index is searched for its id.
    `together`: those that nothing is odd about come as `Rows`.
    """

    def __init__(
        self, app: App, where: Sequence[Condition] = (), *, extending: bool = False, thorough: bool = False, together: bool = False
    ) -> None:
        self.app = app
        self.where = where
        self.extending = extending
        self.thorough = thorough
        self.together = together
        self.companions = Companions(app.topology, app.store.keys)
        self.batch = BATCH
        self.sized = False  # whether it is asked how large sessions are
        self._usual: str | None = None
        self._alone = True  # whether the usual layout can be told from every other one by its TTL
        self._judged = reduce(or_, [condition.need for condition in where], Need())
        attributes = sorted(reads.ATTRIBUTE + name for name in self._judged.attributes)
        self.guarded = tuple(dict.fromkeys((*reads.METADATA, *(reads.PRINCIPAL if self._judged.principal else ()), *attributes)))

    @property
    def need(self) -> Need:
        """What of each session must be read."""
        if self._usual is None:
            return self._judged | fields.LAYOUT.need
        return self._judged | Need(metadata=True, ttl=True, principal=self._usual != simple.NAME, size=self.sized)

    @cached_property
    def messages(self) -> int:
        """How many messages it takes for Redis to have work all the time: while they travel, others are on their way."""
        return min(MESSAGES, 1 + int(self.app.topology.round_trip() / WORKED_OFF))

    @property
    def at_once(self) -> int:
        """Sessions in all of these messages."""
        return self.batch * self.messages

    @property
    def pace(self) -> Pace:
        """How they are to be scanned."""
        return gentle(self.batch, self.messages)

    def sample(self) -> None:
        """Finds out whether all sessions are in one layout; then only those that look otherwise are asked for what lies beside them."""
        layouts = detect(self.app.store, self.app.scope).layouts
        self._usual = next(iter(layouts)) if len(layouts) == 1 else None
        deadlines = self.app.store.keys.expirations
        self._alone = self._usual != indexed.NAME or self.app.topology.ask([Request(deadlines, pack(b"EXISTS", deadlines))]) == [0]

    def of_ids(self, ids: Iterable[SessionId]) -> Iterator[Snapshot]:
        """The sessions called `ids`, some at a time, each read when it is asked for."""
        rest, size = iter(ids), self.batch
        while chunk := list(islice(rest, size)):
            yield self.read(chunk)
            if len(chunk) == size:  # there may be more: only then it counts how far away Redis is
                size = self.at_once

    def of_batches(self, batches: Iterable[Batch]) -> Iterator[Snapshot]:
        """The sessions of batches that were read with `need` and selected already."""
        for batch in filter(len, batches):
            batch.scope = replace(batch.scope, now=self.app.later())
            if self._usual is None:
                yield from map(Snapshot, chunks(self._completed(batch), self.at_once))
                continue
            plain = self._plain(batch, self._usual)
            if any(plain):
                yield from self._usual_ones(batch.select(plain), self._usual)
            odd = [id for id, usual in zip(batch.ids, plain, strict=True) if not usual]
            yield from map(self.read, chunks(odd, self.at_once))

    def _usual_ones(self, batch: Batch, layout: str) -> Iterator[Snapshot]:
        """Sessions of which the TTL tells that they are in this layout, and in no other."""
        batch.columns[fields.LAYOUT.name] = [layout] * len(batch)
        if self.together and layout != reactive_indexed.NAME:  # there each session's back references must be asked
            unreadable = set() if layout == simple.NAME else set(_unreadable(batch))
            yield Snapshot([], alike=self._rows(batch.select([id not in unreadable for id in batch.ids]) if unreadable else batch))
            batch = batch.select([id in unreadable for id in batch.ids])
        yield from map(Snapshot, chunks(self._beside(batch), self.at_once))

    def _plain(self, batch: Batch, layout: str) -> list[bool]:
        """Which sessions have the TTL that the layout gives a session that nobody has touched otherwise, and some of it left.

        The reactive repository with an index gives the same as the servlet's; its sessions have back references.
        """
        grace = LAYOUTS[layout].GRACE
        columns = (batch.column(field) for field in (fields.STATE, fields.TTL, fields.REMAINING))
        plain = [
            state in _LIVING and ttl is not None and left is not None and -CLEARLY < ttl - left - grace < CLEARLY and left > -grace
            for state, ttl, left in zip(*columns, strict=True)
        ]
        if self._alone:
            return plain
        back = map(self.app.store.keys.back_references, batch.ids)
        others = self.app.topology.ask([Request(key, pack(b"EXISTS", key)) for key in back])
        return [one and not other for one, other in zip(plain, others, strict=True)]

    def read(self, ids: Sequence[SessionId], beside: bool = True) -> Snapshot:
        """The sessions called `ids`; without a look at what is left of those that are gone, unless `beside`."""
        batch = self.app.store.get(ids, self._judged | fields.LAYOUT.need, self.app.scope)
        found = set(batch.ids)
        chosen = batch
        for condition in self.where:
            chosen = chosen.select(condition.mask(chosen)) if len(chosen) else chosen
        kept = set(chosen.ids)
        missing = [id for id in ids if id not in found]
        remains = self._remains(missing) if beside else []
        left = {stored.id for stored in remains}
        return Snapshot(
            self._completed(chosen),
            [id for id in batch.ids if id not in kept],
            remains,
            [id for id in missing if id not in left],
        )

    def _completed(self, batch: Batch) -> list[Stored]:
        """The batch's sessions, their layout judged now."""
        return self._beside(Batch(batch.names, batch.raw, replace(batch.scope, now=self.app.later()), batch.node)) if len(batch) else []

    def _beside(self, batch: Batch) -> list[Stored]:
        """The batch's sessions with what their companions say, where the layout has any."""
        sessions = self._rows(batch).stored()
        beside = [one.id for one in sessions if one.layout != simple.NAME]
        if not beside:
            return sessions
        unreadable = set(_unreadable(batch))
        reactive = [one.id for one in sessions if one.layout == reactive_indexed.NAME]
        ended = [one.id for one in sessions if one.layout != simple.NAME and one.state in (State.DELETED, State.PARTIAL)]
        unknown = [one.id for one in sessions if one.layout == indexed.NAME and one.id in unreadable]
        indexes = self.companions.back_references(reactive) | (self.companions.holders(unknown) if unknown else {})
        sorted_members = self.companions.sorted_members(beside) if self.extending else {}
        lives = self.companions.expires(ended)
        if not (indexes or sorted_members or lives):
            return sessions
        return [
            one._replace(
                indexes=indexes.get(one.id, ()),
                sorted_member=sorted_members.get(one.id),
                buckets=self._buckets(lives.get(one.id)),
            )
            for one in sessions
        ]

    def _rows(self, batch: Batch) -> Rows:
        return Rows(
            batch.ids,
            batch.column(fields.LAYOUT),
            list(map(STATES.__getitem__, batch.column(fields.STATE))),
            batch.column(fields.LAST_ACCESSED_TIME),
            batch.column(fields.MAX_INACTIVE_INTERVAL),
            batch.column(fields.TTL),
            batch.column(fields.PRINCIPAL) if reads.PRINCIPAL[0] in batch.raw else [None] * len(batch),
            {name: batch.raw[name] for name in self.guarded},
            batch.column(fields.SIZE) if reads.SIZE in batch.raw else [None] * len(batch),
        )

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


def _unreadable(batch: Batch) -> Iterator[SessionId]:
    """Sessions in which somebody may be logged in whose name can't be read, so that the indexes themselves must tell."""
    for row, (id, name) in enumerate(zip(batch.ids, batch.column(fields.PRINCIPAL), strict=True)):
        if name is None and fields.hides_principal(batch, row):
            yield id
