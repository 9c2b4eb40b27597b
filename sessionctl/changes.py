"""Changes of sessions: read, judged, planned and applied some at a time, each on the state that it was judged by.

A session that has changed in between is read and judged again. When all is done, what requests in flight have left behind is looked for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sessionctl.app import App
from sessionctl.apply import Applied, Applier
from sessionctl.errors import SessionctlError
from sessionctl.guarded import Status
from sessionctl.interrupts import Interrupts
from sessionctl.layouts import LAYOUTS, reads, simple
from sessionctl.layouts.base import Ending, Stored
from sessionctl.model import SessionId, State
from sessionctl.plan import Event, Leave, Outcome, Plan, Refusal, Result, Write
from sessionctl.query import Condition
from sessionctl.snapshots import Snapshots

AT_ONCE = 20  # sessions a message
TRIES = 5  # how often a session that keeps changing is judged anew
REMEMBERED = 10_000  # changed sessions that are watched at most
APPLICATIONS = 2.0  # seconds that the applications get to react to an event, where they clean up themselves
BRIEF = 0.1  # seconds in which a request of a layout that saves only where the hash exists can still slip through
POLL = 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Watched:
    """A session that was changed, when (`time.monotonic`), and what is left to do when the applications have reacted."""

    since: float
    session: Stored
    key: bytes
    afterwards: tuple[Write, ...]


class Changes:
    """One run of changes of one sort. `patience` is how long requests in flight are waited for at the end, in milliseconds."""

    event = Event.NONE

    def __init__(self, app: App, snapshots: Snapshots, patience: int = 0, at_once: int = AT_ONCE) -> None:
        self.app = app
        self.keys = app.store.keys
        self.snapshots = snapshots
        self.patience = patience / 1000
        self.at_once = at_once
        self.applier = Applier(app.topology, self.keys, app.topology.target.db)
        self.outcomes: Counter[Outcome] = Counter()
        self.events = 0
        self.leftovers = 0
        self.interrupts = Interrupts()
        self._failure: SessionctlError | None = None
        self._tries: Counter[SessionId] = Counter()
        self._again: list[SessionId] = []
        self._ready: list[Result] = []
        self._seen: dict[SessionId, Stored] = {}
        self._watched: list[Watched] = []

    # --- what one sort of change is ---

    def plan(self, session: Stored, now: int) -> Plan | Refusal:
        """What is to become of a session, seen at `now`, in milliseconds since the epoch."""
        raise NotImplementedError

    def remainder(self, session: Stored, now: int) -> Plan | Refusal:
        """The same for what is left of a session whose hash is gone."""
        raise NotImplementedError

    def mend(self, before: Stored, session: Stored, now: int) -> Plan | None:
        """What puts right what a request in flight has done to a session after its change; None: there is nothing to be done."""
        raise NotImplementedError

    def detail(self, one: Applied, session: Stored) -> dict[str, object]:
        """What a script may want to know of a session that was changed."""
        return {"layout": session.layout, "principal": session.principal}

    # --- what would be done ---

    def plans(self, ids: Iterable[SessionId]) -> Iterator[tuple[Stored, Plan] | Result]:
        """The plan for each session, or why there is none; nothing is changed."""
        for chunk in chunks(ids, self.at_once):
            for plan in self._planned(chunk):
                yield self._seen.pop(plan.id), plan
            yield from self._taken()

    # --- doing it ---

    def run(self, ids: Iterable[SessionId]) -> Iterator[list[Result]]:
        """Changes the sessions; what became of each, some at a time. Ends early after a failure or Ctrl-C, always with whole sessions.

        Raises Unreachable and Refused, after what was done has been yielded.
        """
        if self.event != Event.NONE:
            self.applier.probe()
        with self.interrupts:
            yield from self._run(ids)
            while self._again and not self._stopped:
                again, self._again = self._again, []
                yield from self._run(again)
            self._finish()
        if self._failure is not None:
            raise self._failure
        if self.interrupts.asked:
            raise KeyboardInterrupt

    @property
    def _stopped(self) -> bool:
        return self.interrupts.asked or self._failure is not None

    def _run(self, ids: Iterable[SessionId]) -> Iterator[list[Result]]:
        for applied in self.applier.apply(self._batches(ids)):
            self._ready += [result for one in applied if (result := self._result(one)) is not None]
            self._settle_oldest()
            if results := self._taken():
                yield results
        if results := self._taken():
            yield results

    def _batches(self, ids: Iterable[SessionId]) -> Iterator[list[Plan]]:
        for chunk in chunks(ids, self.at_once):
            if self._stopped:
                return
            yield self._planned(chunk)

    def _taken(self) -> list[Result]:
        taken, self._ready = self._ready, []
        self.outcomes.update(result.outcome for result in taken)
        return taken

    def _planned(self, ids: Sequence[SessionId]) -> list[Plan]:
        """The plans for some sessions; whatever has none is a result already."""
        found, now = self.snapshots.read(ids), self.app.later()
        plans = [self.plan(stored, now) for stored in found.sessions] + [self.remainder(stored, now) for stored in found.remains]
        self._seen.update((stored.id, stored) for stored in (*found.sessions, *found.remains))
        for refusal in (plan for plan in plans if isinstance(plan, Refusal)):
            stored = self._seen.pop(refusal.id)
            detail = {"layout": stored.layout, "principal": stored.principal}
            self._ready.append(Result(refusal.id, refusal.outcome, refusal.reason, detail))
        self._ready += [Result(id, Outcome.SPARED, "the selection doesn't hold for it any more") for id in found.others]
        self._ready += [Result(id, Outcome.GONE, "there is no such session") for id in found.missing]
        return [plan for plan in plans if isinstance(plan, Plan)]

    def _result(self, one: Applied) -> Result | None:
        """What became of a session; None where it has changed, and is judged again."""
        id, session = one.plan.id, self._seen.pop(one.plan.id)
        if one.error is not None:
            self._failure = self._failure or one.error
            state = "nothing was done" if one.status == Status.CHANGED else "it is changed, but its companions aren't; run this again"
            return Result(id, Outcome.REFUSED, f"{one.error.message}: {state}", self.detail(one, session))
        if one.status == Status.CHANGED:
            self._tries[id] += 1
            if self._tries[id] < TRIES:
                self._again.append(id)
                return None
            return Result(id, Outcome.SPARED, "it keeps changing", self.detail(one, session))
        self._watched.append(Watched(time.monotonic(), replace(session, guard={}), one.plan.key, one.plan.afterwards))
        self.events += one.told
        outcome, reason = _judged(one, session)
        return Result(id, outcome, reason, self.detail(one, session))

    # --- afterwards ---

    def _settle_oldest(self) -> None:
        """In a long run, those changed longest ago, so that the memory stays flat."""
        if len(self._watched) > REMEMBERED:
            oldest, self._watched = self._watched[: REMEMBERED // 2], self._watched[REMEMBERED // 2 :]
            self._settle(oldest)

    def _finish(self) -> None:
        """Waits for requests in flight, and mends what they did; doesn't wait after a failure or Ctrl-C."""
        watched, self._watched = self._watched, []
        if watched and self._failure is None:
            beside = any(one.session.layout != simple.NAME for one in watched)
            self._wait(watched[-1].since + (self.patience if beside else min(self.patience, BRIEF)))
            self._settle(watched)

    def _wait(self, end: float) -> None:
        while time.monotonic() < end and not self.interrupts.asked:
            time.sleep(min(POLL, max(0.0, end - time.monotonic())))

    def _settle(self, watched: Sequence[Watched]) -> None:
        pending = [one for one in watched if one.afterwards]
        while pending and time.monotonic() < pending[-1].since + APPLICATIONS and not self.interrupts.asked:
            there = self.applier.existing([one.key for one in pending])
            pending = [one for one, exists in zip(pending, there, strict=True) if exists]
            self._wait(time.monotonic() + (POLL if pending else 0))
        self.applier.afterwards([write for one in watched for write in one.afterwards])
        for chunk in (watched[start : start + self.at_once] for start in range(0, len(watched), self.at_once)):
            self._look_again({one.session.id: one.session for one in chunk})

    def _look_again(self, before: dict[SessionId, Stored]) -> None:
        found = Snapshots(self.app, extending=self.snapshots.extending).read(
            list(before), any(session.layout != simple.NAME for session in before.values())
        )
        now = self.app.later()
        mended = [self.mend(before[session.id], session, now) for session in (*found.sessions, *found.remains)]
        for applied in self.applier.apply([[plan for plan in mended if plan is not None]]):
            self.leftovers += sum(one.status != Status.CHANGED for one in applied)


class Endings(Changes):
    """Ends sessions, as a logout or a time-out does it."""

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
            max_inactive=before.max_inactive if before.max_inactive else session.max_inactive,
            principal=session.principal or before.principal,
        )
        if not session.guard:
            plan = self.remainder(session, now)
            return plan if isinstance(plan, Plan) else None
        touched = session.state == State.PARTIAL or (session.state == State.DELETED and (session.ttl is None or self._revived(session)))
        return LAYOUTS[session.layout].end(self.keys, session, Ending(Event.NONE, now, self.protect)) if touched else None

    def _revived(self, session: Stored) -> bool:
        """A save gives a tombstone more than its grace period again, and an expires key, of which `buckets` is the trace."""
        return session.ttl is None or session.ttl > LAYOUTS[session.layout].GRACE or bool(session.buckets)

    def detail(self, one: Applied, session: Stored) -> dict[str, object]:
        event = one.plan.farewell.event.value if one.told and one.plan.farewell is not None else None
        return {**super().detail(one, session), "event": event}


def _judged(one: Applied, session: Stored) -> tuple[Outcome, str | None]:
    """Whether there was something to do, and what was unusual about it."""
    if one.status == Status.DONE and session.state != State.DELETED:
        return Outcome.DONE, None
    if not one.cleaned and not one.told:
        return Outcome.GONE, "it had ended already"
    return Outcome.DONE, "it had ended already; what was left of it is cleaned"


def chunks(ids: Iterable[SessionId], size: int) -> Iterator[list[SessionId]]:
    """`ids`, some at a time."""
    rest = iter(ids)
    while chunk := list(islice(rest, size)):
        yield chunk
