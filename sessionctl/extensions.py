"""Giving sessions more time, by a new maxInactiveInterval: the only thing that later requests of the application don't undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sessionctl import fields
from sessionctl.app import App
from sessionctl.changes import Changes
from sessionctl.guarded import Status
from sessionctl.layouts import LAYOUTS, reads
from sessionctl.layouts.base import Extension, Stored
from sessionctl.model import State
from sessionctl.plan import Change, Keep, Outcome, Plan, Refusal, Result
from sessionctl.planned import Applied
from sessionctl.query import Condition
from sessionctl.snapshots import Snapshots
from sessionctl.units import human_duration

LONGEST = 2**31 - 1  # seconds: maxInactiveInterval is a Java int
NEARLY = 5_000  # milliseconds by which a TTL may miss its deadline without anybody having touched it


class Measure(StrEnum):
    """What the time that was asked for is counted from."""

    BY = "by"  # the deadline so far
    FOR = "for"  # now
    TIMEOUT = "timeout"  # each last access, past and future


@dataclass(frozen=True, slots=True)
class More:
    """How much time a session gets, in milliseconds; None: it shall never expire."""

    measure: Measure
    milliseconds: int | None

    def max_inactive(self, session: Stored, now: int) -> int:
        """The new maxInactiveInterval in seconds, rounded up; negative: never."""
        if self.milliseconds is None:
            return -1
        assert session.accessed is not None
        assert session.max_inactive is not None
        if self.measure == Measure.FOR:
            return _seconds(now + self.milliseconds - session.accessed)
        return _seconds(self.milliseconds) + (session.max_inactive if self.measure == Measure.BY else 0)


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)


class Extensions(Changes):
    """Extends sessions. `revive`: also those that are past their deadline already."""

    def __init__(self, app: App, more: More, where: Sequence[Condition] = (), *, patience: int = 0, revive: bool = False) -> None:
        super().__init__(app, Snapshots(app, where, extending=True), patience)
        self.more = more
        self.revive = revive

    def plan(self, session: Stored, now: int) -> Plan | Refusal:
        if refusal := self._refusal(session, now):
            return refusal
        max_inactive = self.more.max_inactive(session, now)
        if refusal := self._too_short_or_long(session, max_inactive, now):
            return refusal
        revive = session.deadline is not None and session.deadline <= now
        return LAYOUTS[session.layout].extend(self.keys, session, Extension(max_inactive, now, revive))

    def _refusal(self, session: Stored, now: int) -> Refusal | None:
        if session.state == State.PARTIAL:
            return Refusal(session.id, "a required field is missing or unreadable, so it can't be written in the application's encoding")
        if session.state == State.DELETED:
            return Refusal(session.id, "it has been ended, and only its tombstone is left")
        if session.deadline is not None and session.deadline <= now and not self.revive:
            ago = human_duration(now - session.deadline)
            return Refusal(
                session.id, f"it expired {ago} ago, and the application takes it for ended; --revive brings it back all the same"
            )
        if session.deadline is None and self.more.milliseconds is not None and self.more.measure != Measure.TIMEOUT:
            return Refusal(session.id, "it never expires; --timeout gives it an end", Outcome.GONE)
        return None

    def _too_short_or_long(self, session: Stored, max_inactive: int, now: int) -> Refusal | None:
        """Why the new interval can't be: it is out of range, would end the session, or would shorten what was to be extended."""
        if self.more.milliseconds is None:
            return None
        assert session.accessed is not None
        deadline = session.accessed + max_inactive * 1000
        if max_inactive > LONGEST:
            return Refusal(session.id, f"maxInactiveInterval is a Java int: at most {LONGEST} seconds (68 years)")
        if deadline <= now:
            idle = human_duration(now - session.accessed)
            return Refusal(session.id, f"it has been idle for {idle}, so this would end it; expire ends sessions")
        if self.more.measure == Measure.FOR and session.deadline is not None and session.deadline >= deadline:
            return Refusal(session.id, f"it has {human_duration(session.deadline - now)} left already", Outcome.GONE)
        return None

    def remainder(self, session: Stored, now: int) -> Plan | Refusal:
        return Refusal(session.id, "its hash is gone; delete cleans what is left of it")

    def mend(self, before: Stored, session: Stored, now: int) -> Plan | None:
        """A request in flight counts the TTLs once more from the old interval that it had read; the hash has the new one."""
        if session.max_inactive is None or session.deadline is None or session.state != State.ACTIVE:
            return None
        expected = session.deadline + LAYOUTS[session.layout].GRACE - now
        if session.ttl is not None and session.ttl > expected - NEARLY:
            return None
        assert session.accessed is not None
        counted = session.accessed + (before.max_inactive or 0) * 1000
        session = session._replace(buckets=(self.keys.bucket(counted),))
        plan = LAYOUTS[session.layout].extend(self.keys, session, Extension(session.max_inactive or 0, now))
        return plan if isinstance(plan, Plan) else None

    def judge(self, one: Applied, session: Stored) -> Result:
        if one.status == Status.GONE:
            return Result(session.id, Outcome.GONE, "it has just ended", self.detail(session))
        return Result(session.id, Outcome.DONE, None, {**self.detail(session), **_new_times(one.plan.change, session)})


def _new_times(change: Change, session: Stored) -> dict[str, object]:
    """The new interval in seconds, and the new deadline in milliseconds since the epoch, None: never."""
    if not isinstance(change, Keep):
        return {}
    interval = int(change.fields[reads.MAX_INACTIVE_INTERVAL].value)
    deadline = None if interval < 0 or session.accessed is None else session.accessed + interval * 1000
    return {fields.MAX_INACTIVE_INTERVAL.name: interval, fields.DEADLINE.name: deadline}
