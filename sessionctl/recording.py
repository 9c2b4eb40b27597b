"""Recording sessions whole before they end: in groups, each on the disk before the first of its sessions is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sessionctl import fields
from sessionctl.app import App
from sessionctl.journal import Journal
from sessionctl.lanes import Lanes
from sessionctl.layouts import reads
from sessionctl.model import SessionId
from sessionctl.records import write
from sessionctl.whole import Whole

AT_ONCE = 500  # sessions, before the disk has to have them
BYTES_AT_ONCE = 4 * 1024 * 1024  # of them, the same
PIECE = 50  # sessions: their lines take as long as Redis has work with what is on its way


class Judged(NamedTuple):
    """What a session was judged by: its layout, the raw values of its metadata; and its size in bytes, if that is known."""

    layout: str
    metadata: tuple[bytes | None, ...]
    size: int | None = None


class Recorder:
    """Records the sessions of one run in the journal at `path`, reading so many `at_once`. `count` is how many the disk has."""

    def __init__(self, app: App, path: Path, at_once: int) -> None:
        self.path = path
        self.count = 0
        self.recorded: set[SessionId] = set()
        self.lanes = Lanes(app.topology)
        self.reader = Whole(app, beside=False, thorough=True, lanes=self.lanes, at_once=at_once)
        self._journal: Journal | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[int] | None = None

    def record(self, sessions: Mapping[SessionId, Judged]) -> Iterator[None]:
        """Records those that are what was judged, a piece at a time; `recorded` are these in the end. Raises Unsafe.

        When it is through, the disk has all that was recorded before.
        """
        lines, self.recorded = bytearray(), set[SessionId]()
        for batch in self.reader.read([[(id, judged.size) for id, judged in sessions.items()]], write.NEED):
            metadata = zip(*(batch.raw[name] for name in reads.METADATA), strict=True)
            chosen = batch.select([sessions[id].metadata == values for id, values in zip(batch.ids, metadata, strict=True)])
            for part in chosen.parts(PIECE):
                part.columns = {fields.LAYOUT.name: [sessions[id].layout for id in part.ids]}
                lines += write.lines(part, fields.LAYOUT)
                yield
            self.recorded.update(chosen.ids)
            if len(lines) >= BYTES_AT_ONCE:
                self._write(lines)
                lines = bytearray()
        self.wait()
        if lines:
            self._write(lines)

    def wait(self) -> None:
        """Until all that was recorded is on the disk. Raises Unsafe where it can't be written."""
        writing, self._writing = self._writing, None
        if writing is not None:
            self.count += writing.result()

    def too_large(self) -> dict[SessionId, str]:
        """Those of the last sessions that are too large to be recorded, with the reason."""
        found = dict(self.reader.too_large)
        self.reader.too_large.clear()
        return found

    def close(self) -> None:
        """Closes the journal, and the connections."""
        self.lanes.close()
        if self._thread is not None:
            self._thread.shutdown()
        if self._journal is not None:
            self._journal.close()

    def _write(self, lines: bytes | bytearray) -> None:
        """Writes in a thread of its own, one piece at a time: a disk takes its time, in which sessions can be read or ended."""
        if self._journal is None or self._thread is None:
            self._journal, self._thread = Journal(self.path), ThreadPoolExecutor(1)
        self.wait()
        self._writing = self._thread.submit(self._journal.write, lines)
