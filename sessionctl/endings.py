"""Ending sessions, as a logout or a time-out does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from sessionctl.app import App
from sessionctl.changes import Changes
from sessionctl.guarded import Status
from sessionctl.layouts import GRACE, LAYOUTS, reactive_indexed, reads, simple
from sessionctl.layouts.base import Ending, Stored
from sessionctl.layouts.members import spellings
from sessionctl.model import SessionId, State
from sessionctl.plan import Event, Leave, Outcome, Plan, Refusal, Result
from sessionctl.planned import Applied
from sessionctl.query import Condition
from sessionctl.snapshots import Snapshots
from sessionctl.topologies.base import Request
from sessionctl.wire import pack

BRIEF = 0.1  # seconds in which a request of a layout that saves only where the hash exists can still slip through
ABSENT = -2  # PTTL of a key that isn't there


class Endings(Changes):
    """Ends sessions; the applications hear of `event`."""

    def __init__(
        self,
        app: App,
        event: Event,
        where: Sequence[Condition] = (),
        *,
        patience: int = 0,
        thorough: bool = False,
        together: bool = False,
        protect: bool = True,
    ) -> None:
        super().__init__(app, Snapshots(app, where, thorough=thorough, together=together), patience)
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

    def is_undone(self, before: Stored, session: Stored) -> bool:
        return before.state != State.DELETED and all(before.guard[name] == session.guard[name] for name in reads.METADATA)

    def in_flight(self, layouts: Collection[str]) -> float:
        """The repositories without an index save only where the hash exists; a brief moment lies between their look and their save."""
        return self.patience if set(layouts) - {simple.NAME} else min(self.patience, BRIEF)

    def is_calm(self, ids: Sequence[SessionId], layouts: Collection[str]) -> bool:
        """One layout has one sort of sign: hashes that are there again, or have more than their grace period, and expires keys."""
        topology = self.app.topology
        if topology.sole is None or len(layouts) > 1 or reactive_indexed.NAME in layouts:
            return False
        [layout] = layouts
        hashes = list(map(self.keys.session, ids))
        lifetimes = [] if layout == simple.NAME else [Request(key, pack(b"PTTL", key)) for key in hashes]
        gone = hashes if layout == simple.NAME else list(map(self.keys.expires, ids))
        *ttls, there = topology.ask([*lifetimes, Request(gone[0], pack(b"EXISTS", *gone))])
        return not there and not any(self._is_touched(layout, ttl) for ttl in ttls)

    def touched(self, sessions: Sequence[Stored]) -> Sequence[Stored]:
        """A save writes the hash, and gives a tombstone more than its grace period and an expires key again.

        The reactive listener may remove both in the middle of a save; what comes after that are back references and a deadline.
        """
        signs = [self._signs(one) for one in sessions]
        replies = iter(self.app.topology.ask([request for several in signs for request in several]))
        answers = [[next(replies) for _ in several] for several in signs]
        return [one for one, (ttl, *left) in zip(sessions, answers, strict=True) if self._is_touched(one.layout, ttl) or any(left)]

    def _is_touched(self, layout: str, ttl: int) -> bool:
        """Whether the hash of an ended session isn't as its end has left it: gone, or a tombstone where the end leaves one."""
        return ttl != ABSENT and (layout == simple.NAME or not self.protect or not 0 <= ttl <= GRACE)

    def _signs(self, session: Stored) -> list[Request]:
        """The TTL of the hash, and what else must not be there."""
        key, expires = self.keys.session(session.id), self.keys.expires(session.id)
        asked = [Request(key, pack(b"PTTL", key))]
        if session.layout != simple.NAME:
            asked.append(Request(expires, pack(b"EXISTS", expires)))
        if session.layout == reactive_indexed.NAME:
            back, deadlines = self.keys.back_references(session.id), self.keys.expirations
            asked.append(Request(back, pack(b"EXISTS", back)))
            asked += [Request(deadlines, pack(b"ZSCORE", deadlines, member)) for member in spellings(session.id)]
        return asked

    def judge(self, one: Applied, session: Stored) -> Result:
        told = one.plan.farewell.event.value if one.told and one.plan.farewell is not None else None
        detail = {**self.detail(session), "event": told}
        if one.status == Status.DONE and session.state != State.DELETED:
            return Result(session.id, Outcome.DONE, None, detail)
        if not one.cleaned and not one.told:
            return Result(session.id, Outcome.GONE, "it had ended already", detail)
        return Result(session.id, Outcome.DONE, "it had ended already; what was left of it is cleaned", detail)


@lru_cache(maxsize=1)
def _ending(event: Event, now: int, protect: bool) -> Ending:
    """One for all sessions that are planned together."""
    return Ending(event, now, protect)


def _revived(session: Stored) -> bool:
    """A save gives a tombstone more than its grace period again, and an expires key, of which `buckets` is the trace."""
    return session.ttl is None or session.ttl > GRACE or bool(session.buckets)
