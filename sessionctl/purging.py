"""Ending sessions in bulk: gently, every session recorded on the disk before it ends, counted instead of listed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from sessionctl.app import App
from sessionctl.apply import Part
from sessionctl.endings import Endings
from sessionctl.layouts import reads
from sessionctl.layouts.base import Stored
from sessionctl.model import SessionId, State
from sessionctl.plan import Event, Plan
from sessionctl.planned import Planned
from sessionctl.query import Condition
from sessionctl.recording import AT_ONCE, Judged, Recorder
from sessionctl.stamped import Stamped


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
        super().__init__(app, event, where, patience=patience, together=True, protect=event != Event.NONE)
        self.recorder = None if journal is None else Recorder(app, journal)
        self.rate = rate
        self._started: float | None = None
        self._paced = 0

    def prepared(self, parts: Iterator[Part]) -> Iterator[Part]:
        for part in parts if self.recorder is None else self._recorded(parts, self.recorder):
            self._pace(len(part.ids))
            if self.stopped:
                return
            yield part
            if self.rate is not None:
                yield Planned(self.applier.means, ())  # their companions don't wait for those that come next

    def detail(self, session: Stored) -> dict[str, object]:
        """Nothing: the sessions of a purge are counted, not listed."""
        return {}

    def close(self) -> None:
        """Closes the journal."""
        if self.recorder is not None:
            self.recorder.close()

    def _recorded(self, parts: Iterator[Part], recorder: Recorder) -> Iterator[Part]:
        """The same, as soon as the disk has their sessions. Raises Unsafe where it hasn't: then none of them ends.

        What has changed is put aside, what is too large given up.
        """
        size = max(1, AT_ONCE // self.snapshots.at_once)
        while group := list(islice(parts, size)):
            waiting = {id: judged for part in group for id, judged in self._judged(part)}
            recorded, too_large = recorder.record(waiting), recorder.too_large()
            for id, reason in too_large.items():
                self.refuse(id, f"it can't be recorded: {reason}; --no-journal ends it all the same")
            for id in waiting.keys() - recorded - too_large.keys():
                self.judge_again(id)
            left = waiting.keys() - recorded
            for part in group:
                if left:
                    part.keep(set(part.ids) - left)
                yield part

    def _judged(self, part: Part) -> Iterator[tuple[SessionId, Judged]]:
        """What is to be recorded: whatever could be brought back."""
        if isinstance(part, Stamped):
            rows = part.rows
            metadata = zip(*(rows.guard[name] for name in reads.METADATA), strict=True)
            yield from zip(rows.ids, map(Judged, rows.layouts, metadata), strict=True)
        else:
            for plan in part.plans:
                if not self._has_ended(plan):
                    yield plan.id, Judged(self.session(plan.id).layout, tuple(plan.guard[name] for name in reads.METADATA))

    def _has_ended(self, plan: Plan) -> bool:
        """Whether there is nothing to be brought back: no hash, or a tombstone."""
        return not any(plan.guard.values()) or self.session(plan.id).state == State.DELETED

    def _pace(self, count: int) -> None:
        """Waits until so many more may end."""
        if self.rate is None:
            return
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        self.wait_until(self._started + self._paced / self.rate)
        self._paced += count
