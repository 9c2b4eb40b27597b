"""Ending sessions, as a logout or a time-out does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sessionctl.app import App
from sessionctl.apply import Applied
from sessionctl.changes import Changes, Watched
from sessionctl.guarded import Status
from sessionctl.layouts import GRACE, LAYOUTS, reads, simple
from sessionctl.layouts.base import Ending, Stored
from sessionctl.model import SessionId, State
from sessionctl.plan import Event, Leave, Outcome, Plan, Refusal, Result
from sessionctl.query import Condition
from sessionctl.snapshots import Snapshots
from sessionctl.topologies.base import Request
from sessionctl.wire import pack

ABSENT = -2  # PTTL of a key that isn't there


class Endings(Changes):
    """Ends sessions; the applications hear of `event`."""

    def __init__(
        self, app: App, event: Event, where: Sequence[Condition] = (), *, patience: int = 0, thorough: bool = False, protect: bool = True
    ) -> None:
        super().__init__(app, Snapshots(app, where, thorough=thorough), patience)
        self.event = event
        self.protect = protect

    def plan(self, session: Stored, now: int) -> Plan | Refusal:
        return LAYOUTS[session.layout].end(self.keys, session, _ending(self.event, now, self.protect))

    def remainder(self, session: Stored, now: int) -> Plan | Refusal:
        """Nobody could load such a session, so nobody is told. There must still be no hash when it is done."""
        plan = LAYOUTS[session.layout].end(self.keys, session, Ending(Event.NONE, now))
        return plan._replace(wants="clean what is left of it", guard=dict.fromkeys(reads.METADATA), change=Leave())

    def mend(self, before: Stored, session: Stored, now: int) -> Plan | None:
        """What is there again of an ended session goes; a whole new session is none of ours."""
        session = session._replace(
            layout=before.layout,
            max_inactive=before.max_inactive or session.max_inactive,
            principal=session.principal or before.principal,
        )
        if not session.guard:
            plan = self.remainder(session, now)
            return plan if isinstance(plan, Plan) else None
        touched = session.state == State.PARTIAL or (session.state == State.DELETED and _revived(session))
        return LAYOUTS[session.layout].end(self.keys, session, Ending(Event.NONE, now, self.protect)) if touched else None

    def touched(self, watched: Sequence[Watched]) -> Sequence[Watched]:
        """A save writes the hash, and gives a tombstone more than its grace period and an expires key again."""
        alone = [one for one in watched if one.session.layout == simple.NAME]
        beside = [one for one in watched if one.session.layout != simple.NAME]
        hashes, tombstones = (self._ask(b"PTTL", map(self.keys.session, _ids(several))) for several in (alone, beside))
        expires = self._ask(b"EXISTS", map(self.keys.expires, _ids(beside)))
        return [
            *(one for one, ttl in zip(alone, hashes, strict=True) if ttl != ABSENT),
            *(one for one, ttl, left in zip(beside, tombstones, expires, strict=True) if left or not (ttl == ABSENT or 0 <= ttl <= GRACE)),
        ]

    def _ask(self, command: bytes, keys: Iterable[bytes]) -> list[Any]:
        return self.app.topology.ask([Request(key, pack(command, key)) for key in keys])

    def judge(self, one: Applied, session: Stored) -> Result:
        told = one.plan.farewell.event.value if one.told and one.plan.farewell is not None else None
        detail = {**self.detail(session), "event": told}
        if one.status == Status.DONE and session.state != State.DELETED:
            return Result(session.id, Outcome.DONE, None, detail)
        if not one.cleaned and not one.told:
            return Result(session.id, Outcome.GONE, "it had ended already", detail)
        return Result(session.id, Outcome.DONE, "it had ended already; what was left of it is cleaned", detail)


def _ids(watched: Iterable[Watched]) -> Iterator[SessionId]:
    return (one.session.id for one in watched)


@lru_cache(maxsize=1)
def _ending(event: Event, now: int, protect: bool) -> Ending:
    """One for all sessions that are planned together."""
    return Ending(event, now, protect)


def _revived(session: Stored) -> bool:
    """A save gives a tombstone more than its grace period again, and an expires key, of which `buckets` is the trace."""
    return session.ttl is None or session.ttl > GRACE or bool(session.buckets)
