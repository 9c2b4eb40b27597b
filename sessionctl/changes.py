"""Changes of sessions: read, judged, planned and applied some at a time, each on the state that it was judged by.

A session that has changed in between is read and judged again. When all is done, what requests in flight have left behind is looked for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain

from sessionctl.app import App
from sessionctl.apply import Applier, Part
from sessionctl.errors import SessionctlError
from sessionctl.guarded import Status
from sessionctl.interrupts import Interrupts
from sessionctl.lastlook import LastLook
from sessionctl.layouts.base import Stored
from sessionctl.model import SessionId
from sessionctl.plan import Outcome, Plan, Refusal, Result
from sessionctl.planned import Applied, Planned
from sessionctl.snapshots import Snapshot, Snapshots
from sessionctl.stamped import Stamped
from sessionctl.stencils import Command, Parts, Sheet, Stencils

TRIES = 5  # how often a session that keeps changing is judged anew
POLL = 0.05  # seconds between two looks at whether somebody has pressed Ctrl-C


class Changes:
    """One run of changes of one sort. `patience` is how long requests in flight are waited for at the end, in milliseconds."""

    def __init__(self, app: App, snapshots: Snapshots, patience: int = 0) -> None:
        self.app = app
        self.keys = app.store.keys
        self.snapshots = snapshots
        self.patience = patience / 1000
        self.applier = Applier(app.twin, self.keys)
        self.stencils = Stencils(self._commands)
        self.last_look = LastLook(self)
        self.outcomes: Counter[Outcome] = Counter()
        self.events = 0
        self.interrupts = Interrupts()
        self.failure: SessionctlError | None = None
        self._tries: Counter[SessionId] = Counter()
        self._again: list[SessionId] = []
        self._ready: list[Result] = []
        self._seen: dict[SessionId, Stored] = {}

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

    def in_flight(self, layouts: Collection[str]) -> float:
        """For how many seconds a request in flight may still undo what was done to sessions in these layouts."""
        return self.patience

    def is_calm(self, ids: Sequence[SessionId], layouts: Collection[str]) -> bool:
        """Whether one glance tells that nobody has touched these sessions since they were changed."""
        return False

    def touched(self, sessions: Sequence[Stored]) -> Sequence[Stored]:
        """Those of the changed sessions that somebody may have touched since: a quick look, before they are read again."""
        return sessions

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
        self._look_back(self.last_look.at_all)

    def _look_back(self, look: Callable[[], None]) -> None:
        """What goes wrong there is a failure of the run; what is on its way then still arrives, and is told."""
        if self.failure is None:
            try:
                look()
            except SessionctlError as error:
                self.failure = error

    def _run(self, snapshots: Iterable[Snapshot]) -> Iterator[list[Result]]:
        try:
            for part in self.applier.apply(self.prepared(self._parts(snapshots))):
                self._note(part)
                self._look_back(self.last_look.at_oldest)
                yield self._taken()
        except SessionctlError as error:
            self.failure = self.failure or error
            unknown = f"unknown, for Redis went away in the middle of it ({error.message}); run this again"
            self._ready += [Result(id, Outcome.REFUSED, unknown, self._detail_of(id)) for id in sorted(self.applier.under_way)]
        if self.stopped:
            self._seen.clear()  # what was planned, and not begun
        yield self._taken()

    def _detail_of(self, id: SessionId) -> dict[str, object]:
        return self.detail(self._seen[id]) if id in self._seen else {}

    def _parts(self, snapshots: Iterable[Snapshot]) -> Iterator[Part]:
        for part in chain.from_iterable(map(self._parts_of, snapshots)):
            yield part
            if self.stopped:
                return

    def _parts_of(self, snapshot: Snapshot) -> Iterator[Part]:
        if snapshot.alike is None:
            yield Planned(self.applier.means, self._planned(snapshot))
        else:
            yield from self._together(self.stencils.of(snapshot.alike))

    def _together(self, sheet: Sheet) -> Iterator[Part]:
        """The same change for all that are alike, and plans for those that want one of their own; some at a time."""
        means, size, now = self.applier.means, self.snapshots.at_once, self.app.later()
        if not (means.as_usual and all(sheet.stencils)):
            alike = [means.as_usual and stencil is not None for stencil in sheet.stencils]
            for rows in sheet.rows.select([not one for one in alike]).parts(size):
                yield Planned(means, self._planned(Snapshot(rows.stored())))
            sheet = sheet.select(alike)
        for part in sheet.parts(size):
            yield Stamped(means, part, lambda rows: self._planned(Snapshot(rows.stored()), now))

    def _commands(self, session: Stored) -> Parts[Command] | None:
        plan = self.plan(session, self.app.later())
        return None if isinstance(plan, Refusal) else self.applier.parts_of(plan)

    def prepared(self, parts: Iterator[Part]) -> Iterator[Part]:
        """What is on its way to be applied; whoever wants to do something before overrides this."""
        return parts

    def session(self, id: SessionId) -> Stored:
        """A session that has been planned by itself, and not yet applied."""
        return self._seen[id]

    def refuse(self, id: SessionId, reason: str) -> None:
        """Gives a session up that was planned, and not yet begun."""
        self._ready.append(Result(id, Outcome.REFUSED, reason, self._detail_of(id)))
        self._seen.pop(id, None)

    def judge_again(self, id: SessionId) -> None:
        """Puts such a session aside that is no longer what was judged; it is read again when all others are done."""
        self._seen.pop(id, None)
        self._again.append(id)

    def _taken(self) -> list[Result]:
        taken, self._ready = self._ready, []
        self.outcomes.update(result.outcome for result in taken)
        return taken

    def _planned(self, found: Snapshot, now: int | None = None) -> list[Plan]:
        """The plans for some sessions, seen `now`; whatever has none is a result already."""
        now = self.app.later() if now is None else now
        plans = [self.plan(stored, now) for stored in found.sessions] + [self.remainder(stored, now) for stored in found.remains]
        self._seen.update((stored.id, stored) for stored in (*found.sessions, *found.remains))
        for refusal in (plan for plan in plans if isinstance(plan, Refusal)):
            self._ready.append(Result(refusal.id, refusal.outcome, refusal.reason, self.detail(self._seen.pop(refusal.id))))
        self._ready += [Result(id, Outcome.SPARED, "the selection doesn't hold for it (any more)") for id in found.others]
        self._ready += [Result(id, Outcome.GONE, "there is no such session") for id in found.missing]
        return [plan for plan in plans if isinstance(plan, Plan)]

    def _note(self, part: Part) -> None:
        """What became of some sessions; those that went as usual together are counted, and no results."""
        if isinstance(part, Stamped) and len(part.rows):
            self.outcomes[Outcome.DONE] += len(part.rows)
            self.events += part.told
            self.last_look.remember_rows(part.rows)
        applied = part.odd if isinstance(part, Stamped) else part.applied
        judged = [(self._seen.pop(one.plan.id), one) for one in applied]
        self._ready += [result for session, one in judged if (result := self._result(one, session)) is not None]
        self.last_look.remember([session for session, one in judged if one.error is None and one.status != Status.CHANGED])

    def _result(self, one: Applied, session: Stored) -> Result | None:
        """What became of a session; None where it has changed, and is judged again."""
        id = session.id
        self.events += one.told
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
        return self.judge(one, session)

    def wait_until(self, end: float) -> None:
        """Waits for that moment (`time.monotonic`), or for Ctrl-C."""
        while time.monotonic() < end and not self.interrupts.asked:
            time.sleep(min(POLL, max(0.0, end - time.monotonic())))
