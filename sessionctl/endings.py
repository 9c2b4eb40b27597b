"""Ending sessions, as a logout or a time-out does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sessionctl.app import App
from sessionctl.apply import Applied
from sessionctl.changes import Changes
from sessionctl.guarded import Status
from sessionctl.layouts import GRACE, LAYOUTS, reads
from sessionctl.layouts.base import Ending, Stored
from sessionctl.model import State
from sessionctl.plan import Event, Leave, Outcome, Plan, Refusal, Result
from sessionctl.query import Condition
from sessionctl.snapshots import Snapshots


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

    def judge(self, one: Applied, session: Stored) -> Result:
        told = one.plan.farewell.event.value if one.told and one.plan.farewell is not None else None
        detail = {**self.detail(session), "event": told}
        if one.status == Status.DONE and session.state != State.DELETED:
            return Result(session.id, Outcome.DONE, None, detail)
        if not one.cleaned and not one.told:
            return Result(session.id, Outcome.GONE, "it had ended already", detail)
        return Result(session.id, Outcome.DONE, "it had ended already; what was left of it is cleaned", detail)


def _revived(session: Stored) -> bool:
    """A save gives a tombstone more than its grace period again, and an expires key, of which `buckets` is the trace."""
    return session.ttl is None or session.ttl > GRACE or bool(session.buckets)
