"""Changes of sessions: read, judged, planned and applied some at a time, each on the state that it was judged by.

A session that has changed in between is read and judged again. When all is done, what requests in flight have left behind is looked for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sessionctl.app import App
from sessionctl.apply import Applied, Applier
from sessionctl.errors import SessionctlError
from sessionctl.guarded import Status
from sessionctl.interrupts import Interrupts
from sessionctl.layouts import simple
from sessionctl.layouts.base import Stored
from sessionctl.model import SessionId
from sessionctl.plan import Outcome, Plan, Refusal, Result
from sessionctl.snapshots import Snapshot, Snapshots

TRIES = 5  # how often a session that keeps changing is judged anew
REMEMBERED = 10_000  # changed sessions that are watched at most
LOOKED_AT = 100  # sessions at once, when all is done
POLL = 0.05  # seconds between two looks at whether somebody has pressed Ctrl-C


class Watched(NamedTuple):
    """A session that was changed, and when (`time.monotonic`)."""

    since: float
    session: Stored


class Changes:
    """One run of changes of one sort. `patience` is how long requests in flight are waited for at the end, in milliseconds."""

    def __init__(self, app: App, snapshots: Snapshots, patience: int = 0) -> None:
        self.app = app
        self.keys = app.store.keys
        self.snapshots = snapshots
        self.patience = patience / 1000
        self.applier = Applier(app.twin, self.keys)
        self.outcomes: Counter[Outcome] = Counter()
        self.events = 0
        self.mended = 0
        self.undone = 0
        self.interrupts = Interrupts()
        self.failure: SessionctlError | None = None
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

    def is_undone(self, before: Stored, session: Stored) -> bool:
        """Whether a session that was changed is as it was before again: a failover or a restart has lost the change."""
        return False

    def in_flight(self, watched: Sequence[Watched]) -> float:
        """For how many seconds a request in flight may still undo what was done to these sessions."""
        return self.patience

    def touched(self, watched: Sequence[Watched]) -> Sequence[Watched]:
        """Those of the changed sessions that somebody may have touched since: a quick look, before they are read again."""
        return watched

    def judge(self, one: Applied, session: Stored) -> Result:
        """What a change that was applied was good for."""
        return Result(one.plan.id, Outcome.DONE, None, self.detail(session))

    def detail(self, session: Stored) -> dict[str, object]:
        """What a script may want to know of a session beside its outcome."""
        return {"principal": session.principal, "layout": session.layout}

    # --- what would be done ---

    def plans(self, snapshots: Iterable[Snapshot]) -> Iterator[list[tuple[Stored, Plan] | Result]]:
        """The plan for each session, or why there is none; nothing is changed."""
        for snapshot in snapshots:
            plans = self._planned(snapshot)
            self.outcomes[Outcome.DONE] += len(plans)
            yield [*((self._seen.pop(plan.id), plan) for plan in plans), *self._taken()]

    # --- doing it ---

    def run(self, snapshots: Iterable[Snapshot]) -> Iterator[list[Result]]:
        """Changes the sessions; what became of each, some at a time. Ends early after a failure or Ctrl-C, always with whole sessions.

        Never raises what Redis or the network did: that is in `failure`, so that what was done can be told before it.
        """
        yield from self._run(snapshots)
        while self._again and not self.stopped:
            again, self._again = self._again, []
            yield from self._run(self.snapshots.of_ids(again))

    @property
    def stopped(self) -> bool:
        """Whether the run ended before its end."""
        return self.interrupts.asked or self.failure is not None

    def finish(self) -> None:
        """Waits for requests in flight, and mends what they did; after a failure or Ctrl-C it doesn't wait. Never raises, as `run`."""
        watched, self._watched = self._watched, []
        if not watched or self.failure is not None:
            return
        self._wait(watched[-1].since + self.in_flight(watched))
        try:
            self._find_master()
            self._settle(watched)
        except SessionctlError as error:
            self.failure = error

    def _run(self, snapshots: Iterable[Snapshot]) -> Iterator[list[Result]]:
        try:
            for applied in self.applier.apply(self.prepared(self._batches(snapshots))):
                self._ready += [result for one in applied if (result := self._result(one)) is not None]
                self._settle_oldest()
                if results := self._taken():
                    yield results
        except SessionctlError as error:
            self.failure = self.failure or error
            begun = self.applier.under_way & self._seen.keys()
            unknown = f"unknown, for Redis went away in the middle of it ({error.message}); run this again"
            self._ready += [Result(id, Outcome.REFUSED, unknown, self.detail(self._seen[id])) for id in sorted(begun)]
        if self.stopped:
            self._seen.clear()  # what was planned, and not begun
        if results := self._taken():
            yield results

    def _batches(self, snapshots: Iterable[Snapshot]) -> Iterator[list[Plan]]:
        for snapshot in snapshots:
            yield self._planned(snapshot)
            if self.stopped:
                return

    def prepared(self, batches: Iterator[list[Plan]]) -> Iterator[list[Plan]]:
        """Plans on their way to be applied; whoever wants to do something before overrides this."""
        return batches

    def session(self, id: SessionId) -> Stored:
        """A session that has been planned, and not yet applied."""
        return self._seen[id]

    def refuse(self, plan: Plan, reason: str) -> None:
        """Gives a planned session up."""
        self._ready.append(Result(plan.id, Outcome.REFUSED, reason, self.detail(self._seen.pop(plan.id))))

    def judge_again(self, plan: Plan) -> None:
        """Puts a session aside that is no longer what was judged; it is read again when all others are done."""
        self._seen.pop(plan.id)
        self._again.append(plan.id)

    def _taken(self) -> list[Result]:
        taken, self._ready = self._ready, []
        self.outcomes.update(result.outcome for result in taken)
        return taken

    def _planned(self, found: Snapshot) -> list[Plan]:
        """The plans for some sessions; whatever has none is a result already."""
        now = self.app.later()
        plans = [self.plan(stored, now) for stored in found.sessions] + [self.remainder(stored, now) for stored in found.remains]
        self._seen.update((stored.id, stored) for stored in (*found.sessions, *found.remains))
        for refusal in (plan for plan in plans if isinstance(plan, Refusal)):
            self._ready.append(Result(refusal.id, refusal.outcome, refusal.reason, self.detail(self._seen.pop(refusal.id))))
        self._ready += [Result(id, Outcome.SPARED, "the selection doesn't hold for it (any more)") for id in found.others]
        self._ready += [Result(id, Outcome.GONE, "there is no such session") for id in found.missing]
        return [plan for plan in plans if isinstance(plan, Plan)]

    def _result(self, one: Applied) -> Result | None:
        """What became of a session; None where it has changed, and is judged again."""
        id, session = one.plan.id, self._seen.pop(one.plan.id)
        if one.error is not None:
            self.failure = self.failure or one.error
            state = "nothing was done" if one.status == Status.CHANGED else "it is changed, but its companions aren't; run this again"
            return Result(id, Outcome.REFUSED, f"{one.error.message}: {state}", self.detail(session))
        if one.status == Status.CHANGED:
            self._tries[id] += 1
            if self._tries[id] < TRIES:
                self._again.append(id)
                return None
            return Result(id, Outcome.SPARED, "it keeps changing", self.detail(session))
        self._watched.append(Watched(time.monotonic(), session))
        self.events += one.told
        return self.judge(one, session)

    # --- afterwards ---

    def _settle_oldest(self) -> None:
        """In a long run, those changed longest ago, so that the memory stays flat."""
        if len(self._watched) > REMEMBERED:
            oldest, self._watched = self._watched[: REMEMBERED // 2], self._watched[REMEMBERED // 2 :]
            self._settle(oldest)

    def _wait(self, end: float) -> None:
        while time.monotonic() < end and not self.interrupts.asked:
            time.sleep(min(POLL, max(0.0, end - time.monotonic())))

    def _find_master(self) -> None:
        """Where there may be another master than the one that confirmed the changes, the last look is at that."""
        if self.app.topology.mode != "single":
            self.app.topology.refresh()

    def _settle(self, watched: Sequence[Watched]) -> None:
        self.applier.farewells.finish()
        for start in range(0, len(watched), LOOKED_AT):
            touched = self.touched(watched[start : start + LOOKED_AT])
            if touched:
                self._look_again({one.session.id: one.session for one in touched})

    def _look_again(self, before: dict[SessionId, Stored]) -> None:
        beside = any(session.layout != simple.NAME for session in before.values())
        found = Snapshots(self.app, extending=self.snapshots.extending).read(list(before), beside)
        now = self.app.later()
        self._count_undone(sum(self.is_undone(before[session.id], session) for session in found.sessions))
        plans = [self.mend(before[session.id], session, now) for session in (*found.sessions, *found.remains)]
        for applied in self.applier.apply([[plan for plan in plans if plan is not None]]):
            self.mended += sum(one.status != Status.CHANGED for one in applied)

    def _count_undone(self, count: int) -> None:
        self.undone += count
        self.outcomes[Outcome.DONE] -= count
        self.outcomes[Outcome.REFUSED] += count
        self.outcomes = +self.outcomes
