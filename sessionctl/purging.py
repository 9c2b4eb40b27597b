"""Ending sessions in bulk: gently, every session recorded on the disk before it ends, counted instead of listed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence, Set
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
from sessionctl.snapshots import BATCH
from sessionctl.stamped import Stamped


class Purge(Endings):
    """Ends sessions: recorded in the file `journal` (None: nowhere), at most `rate` of them a second, so many a message as `batch` says.

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
        batch: int = BATCH,
    ) -> None:
        super().__init__(app, event, where, patience=patience, together=True, protect=event != Event.NONE)
        self.snapshots.batch = batch
        self.recorder = None if journal is None else Recorder(app, journal, batch)
        self.snapshots.sized = self.recorder is not None and self.recorder.reader.measurable
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

        While sessions are read, put down and written, those of the groups before end, a message after each piece of that work.
        """
        ready, written = deque[Part](), list[Part]()
        for group in self._groups(parts, recorder):
            if ready:
                yield ready.popleft()
            if group is not None:
                yield from ready
                ready, written = deque(written), group
        recorder.wait()
        yield from (*ready, *written)

    def _groups(self, parts: Iterator[Part], recorder: Recorder) -> Iterator[list[Part] | None]:
        """Groups that the disk is about to have; None after each piece of the work."""
        size = max(1, AT_ONCE // self.snapshots.at_once)
        while True:
            group = list[Part]()
            for part in islice(parts, size):
                group.append(part)
                yield None
            if not group:
                return
            waiting = {id: judged for part in group for id, judged in self._judged(part)}
            yield from recorder.record(waiting)
            self._keep_recorded(group, waiting.keys(), recorder)
            yield group

    def _keep_recorded(self, group: Sequence[Part], waiting: Set[SessionId], recorder: Recorder) -> None:
        """Puts aside what has changed, and gives up what is too large."""
        too_large, left = recorder.too_large(), waiting - recorder.recorded
        for id, reason in too_large.items():
            self.refuse(id, f"it can't be recorded: {reason}; --no-journal ends it all the same")
        for id in left - too_large.keys():
            self.judge_again(id)
        for part in group if left else ():
            part.keep(set(part.ids) - left)

    def _judged(self, part: Part) -> Iterator[tuple[SessionId, Judged]]:
        """What is to be recorded: whatever could be brought back."""
        if isinstance(part, Stamped):
            rows = part.rows
            metadata = zip(*(rows.guard[name] for name in reads.METADATA), strict=True)
            yield from zip(rows.ids, map(Judged, rows.layouts, metadata, rows.sizes), strict=True)
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
