"""A last look at changed sessions: what requests in flight have done to them meanwhile is found, and mended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sessionctl.apply import Applier
from sessionctl.guarded import Status
from sessionctl.layouts import simple
from sessionctl.layouts.base import Stored
from sessionctl.layouts.reads import METADATA
from sessionctl.model import SessionId
from sessionctl.plan import Outcome
from sessionctl.planned import Planned
from sessionctl.rows import Rows
from sessionctl.snapshots import Snapshots

if TYPE_CHECKING:
    from sessionctl.changes import Changes

T = TypeVar("T")

REMEMBERED = 10_000  # changed sessions that are watched at most
AT_ONCE = 100  # sessions


class Watched(NamedTuple):
    """Sessions that were changed together, and when (`time.monotonic`)."""

    since: float
    ids: Sequence[SessionId]
    layouts: frozenset[str]
    stored: Callable[[], Sequence[Stored]]


class LastLook:
    """What is watched of one run. `mended` counts what was put right, `undone` changes that a failover or a restart has lost."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self.applier = Applier(changes.app.topology, changes.keys)  # on the run's own, replies to its changes are on their way
        self.mended = 0
        self.undone = 0
        self._watched: deque[Watched] = deque()
        self._count = 0

    def remember(self, sessions: Sequence[Stored]) -> None:
        """Watches sessions from now on. Of what they were judged by only the metadata is kept: attributes may be large."""
        if sessions:
            slim = [one._replace(guard=_metadata(one.guard)) if len(one.guard) > len(METADATA) else one for one in sessions]
            self._watch([one.id for one in slim], frozenset(one.layout for one in slim), lambda: slim)

    def remember_rows(self, rows: Rows) -> None:
        """The same."""
        if len(rows):
            self._watch(rows.ids, frozenset(rows.layouts), replace(rows, guard=_metadata(rows.guard)).stored)

    def _watch(self, ids: Sequence[SessionId], layouts: frozenset[str], stored: Callable[[], Sequence[Stored]]) -> None:
        self._watched.append(Watched(time.monotonic(), ids, layouts, stored))
        self._count += len(ids)

    def at_oldest(self) -> None:
        """In a long run, looks at those that were changed longest ago, so that the memory stays flat. Raises Unreachable."""
        if self._count > REMEMBERED:
            self._look(self._taken(down_to=REMEMBERED // 2))

    def at_all(self) -> None:
        """Waits until requests in flight must have arrived, and looks at all. Raises Unreachable."""
        if self._count:
            layouts = frozenset[str]().union(*(one.layouts for one in self._watched))
            self.changes.wait_until(self._watched[-1].since + self.changes.in_flight(layouts))
            self._find_master()
            self._look(self._taken(down_to=0))

    def _taken(self, down_to: int) -> Iterator[list[Watched]]:
        """The oldest, some at a time, until no more are left than that."""
        size = AT_ONCE * (self.changes.snapshots.messages if self._count > AT_ONCE else 1)
        while self._count > down_to:
            some: list[Watched] = []
            while self._watched and sum(len(one.ids) for one in some) < size:
                some.append(self._watched.popleft())
                self._count -= len(some[-1].ids)
            yield some

    def _find_master(self) -> None:
        """Where there may be another master than the one that confirmed the changes, the last look is at that."""
        if self.changes.app.topology.mode != "single":
            self.changes.app.topology.refresh()

    def _look(self, watched: Iterator[list[Watched]]) -> None:
        self.changes.applier.farewells.finish(self.changes.app.topology)
        for some in watched:
            ids = [id for one in some for id in one.ids]
            if self.changes.is_calm(ids, frozenset[str]().union(*(one.layouts for one in some))):
                continue
            touched = self.changes.touched([session for one in some for session in one.stored()])
            if touched:
                self._mend({session.id: session for session in touched})

    def _mend(self, before: dict[SessionId, Stored]) -> None:
        changes = self.changes
        beside = any(session.layout != simple.NAME for session in before.values())
        found = Snapshots(changes.app, extending=changes.snapshots.extending).read(list(before), beside)
        now = changes.app.later()
        self._count_undone(sum(changes.is_undone(before[session.id], session) for session in found.sessions))
        plans = [changes.mend(before[session.id], session, now) for session in (*found.sessions, *found.remains)]
        mending = Planned(self.applier.means, [plan for plan in plans if plan is not None])
        for _ in self.applier.apply([mending]):
            self.mended += sum(one.status != Status.CHANGED for one in mending.applied)

    def _count_undone(self, count: int) -> None:
        self.undone += count
        outcomes = self.changes.outcomes
        outcomes[Outcome.DONE] -= count
        outcomes[Outcome.REFUSED] += count
        self.changes.outcomes = +outcomes


def _metadata(guard: Mapping[str, T]) -> dict[str, T]:
    return {name: guard[name] for name in METADATA}
