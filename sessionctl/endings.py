"""Ending sessions, as a logout or a time-out does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sessionctl.app import App
from sessionctl.apply import Applied
from sessionctl.changes import Changes, Watched
from sessionctl.guarded import Status
from sessionctl.layouts import GRACE, LAYOUTS, reads, simple
from sessionctl.layouts.base import Ending, Stored
from sessionctl.model import State
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
        return LAYOUTS[session.layout].end(self.keys, session, Ending(self.event, now, self.protect))

    def remainder(self, session: Stored, now: int) -> Plan | Refusal:
        """Nobody could load such a session, so nobody is told. There must still be no hash when it is done."""
        plan = LAYOUTS[session.layout].end(self.keys, session, Ending(Event.NONE, now))
        return replace(plan, wants="clean what is left of it", guard=dict.fromkeys(reads.METADATA), change=Leave())

    def mend(self, before: Stored, session: Stored, now: int) -> Plan | None:
        """What is there again of an ended session goes; a whole new session is none of ours."""
        session = replace(
            session,
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
        requests = []
        for one in watched:
            key, expires = self.keys.session(one.session.id), self.keys.expires(one.session.id)
            requests += [Request(key, pack(b"PTTL", key)), Request(expires, pack(b"EXISTS", expires))]
        replies = self.app.topology.ask(requests)
        return [
            one for one, ttl, left in zip(watched, replies[0::2], replies[1::2], strict=True) if _touched(one.session.layout, ttl, left)
        ]

    def judge(self, one: Applied, session: Stored) -> Result:
        told = one.plan.farewell.event.value if one.told and one.plan.farewell is not None else None
        detail = {**self.detail(session), "event": told}
        if one.status == Status.DONE and session.state != State.DELETED:
            return Result(session.id, Outcome.DONE, None, detail)
        if not one.cleaned and not one.told:
            return Result(session.id, Outcome.GONE, "it had ended already", detail)
        return Result(session.id, Outcome.DONE, "it had ended already; what was left of it is cleaned", detail)


def _touched(layout: str, ttl: int, expires: int) -> bool:
    """Whether what is left of an ended session isn't what its end has left: nothing, or a tombstone without an expires key."""
    if layout == simple.NAME:
        return ttl != ABSENT
    return bool(expires) or not (ttl == ABSENT or 0 <= ttl <= GRACE)


def _revived(session: Stored) -> bool:
    """A save gives a tombstone more than its grace period again, and an expires key, of which `buckets` is the trace."""
    return session.ttl is None or session.ttl > GRACE or bool(session.buckets)
