"""Ending sessions in bulk: gently, every session recorded on the disk before it ends, counted instead of listed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from sessionctl import fields
from sessionctl.app import App
from sessionctl.endings import Endings
from sessionctl.journal import Journal
from sessionctl.layouts import reads
from sessionctl.layouts.base import Stored
from sessionctl.model import State
from sessionctl.plan import Event, Plan
from sessionctl.query import Condition
from sessionctl.records import write
from sessionctl.whole import Whole

RECORDED_AT_ONCE = 500  # sessions the journal takes before the disk has to have them


class Purge(Endings):
    """Ends sessions; `journal` is where they are recorded (None: nowhere), `rate` how many a second end at most.

    Without events the quick way is taken: all keys go, no tombstone stays.
    """

    def __init__(
        self,
        app: App,
        event: Event,
        where: Sequence[Condition] = (),
        *,
        patience: int = 0,
        journal: Path | None = None,
        rate: float | None = None,
    ) -> None:
        super().__init__(app, event, where, patience=patience, protect=event != Event.NONE)
        self.journal_path = journal
        self.rate = rate
        self.recorded = 0
        self._journal: Journal | None = None
        self._whole: Whole | None = None
        self._started: float | None = None
        self._paced = 0

    def prepared(self, batches: Iterator[list[Plan]]) -> Iterator[list[Plan]]:
        for plans in batches if self.journal_path is None else self._recorded(batches, self.journal_path):
            self._pace(len(plans))
            if self.stopped:
                return
            yield plans
            if self.rate is not None:
                yield []  # their companions don't wait for those that come next

    def detail(self, session: Stored) -> dict[str, object]:
        """Nothing: the sessions of a purge are counted, not listed."""
        return {}

    def close(self) -> None:
        """Closes the journal."""
        if self._journal is not None:
            self._journal.close()

    def _recorded(self, batches: Iterator[list[Plan]], path: Path) -> Iterator[list[Plan]]:
        """The same plans, as soon as the disk has their sessions. Raises Unsafe where it hasn't: then none of them ends."""
        size = max(1, RECORDED_AT_ONCE // self.snapshots.at_once)
        while group := list(islice(batches, size)):
            recorded = self._record([plan for plans in group for plan in plans], path)
            yield from ([plan for plan in plans if plan.id in recorded] for plans in group)

    def _record(self, plans: Sequence[Plan], path: Path) -> set[str]:
        """Records the sessions of the plans; answers those that may end now. What has changed is put aside, what is too large given up."""
        waiting = {plan.id: plan for plan in plans}
        recorded = {plan.id for plan in plans if self._has_ended(plan)}
        lines, count = [], 0
        for batch in self._reader.read([[(id, None) for id in waiting if id not in recorded]], write.NEED):
            raw = zip(batch.ids, *(batch.raw[name] for name in reads.METADATA), strict=True)
            chosen = batch.select([list(values) == [waiting[id].guard[name] for name in reads.METADATA] for id, *values in raw])
            chosen.columns = {fields.LAYOUT.name: [self.session(id).layout for id in chosen.ids]}
            lines.append(write.lines(chosen, fields.LAYOUT))
            recorded.update(chosen.ids)
            count += len(chosen)
        for id, reason in self._reader.too_large:
            self.refuse(waiting.pop(id), f"it can't be recorded: {reason}; --no-journal ends it all the same")
        self._reader.too_large.clear()
        for id in waiting.keys() - recorded:
            self.judge_again(waiting[id])
        if any(lines):
            self._open(path).write(b"".join(lines))
            self.recorded += count
        return recorded

    def _has_ended(self, plan: Plan) -> bool:
        """Whether there is nothing to be brought back: no hash, or a tombstone."""
        return not any(plan.guard.values()) or self.session(plan.id).state == State.DELETED

    @property
    def _reader(self) -> Whole:
        if self._whole is None:
            self._whole = Whole(self.app, beside=False, thorough=True)
        return self._whole

    def _open(self, path: Path) -> Journal:
        if self._journal is None:
            self._journal = Journal(path)
        return self._journal

    def _pace(self, count: int) -> None:
        """Waits until so many more may end."""
        if self.rate is None:
            return
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        self._wait(self._started + self._paced / self.rate)
        self._paced += count
