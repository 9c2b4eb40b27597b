"""Recording sessions whole before they end: in groups, each on the disk before the first of its sessions is touched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from sessionctl import fields
from sessionctl.app import App
from sessionctl.journal import Journal
from sessionctl.layouts import reads
from sessionctl.model import SessionId
from sessionctl.records import write
from sessionctl.whole import Whole

AT_ONCE = 500  # sessions, before the disk has to have them


class Judged(NamedTuple):
    """What a session was judged by: its layout, and the raw values of its metadata."""

    layout: str
    metadata: tuple[bytes | None, ...]


class Recorder:
    """Records the sessions of one run in the journal at `path`. `count` is how many there are."""

    def __init__(self, app: App, path: Path) -> None:
        self.app = app
        self.path = path
        self.count = 0
        self._journal: Journal | None = None

    def record(self, sessions: Mapping[SessionId, Judged]) -> set[SessionId]:
        """Records those that are what was judged; answers these. Raises Unsafe where the disk doesn't take them."""
        lines, recorded = [], set[SessionId]()
        for batch in self._reader.read([[(id, None) for id in sessions]], write.NEED):
            metadata = zip(*(batch.raw[name] for name in reads.METADATA), strict=True)
            chosen = batch.select([sessions[id].metadata == values for id, values in zip(batch.ids, metadata, strict=True)])
            chosen.columns = {fields.LAYOUT.name: [sessions[id].layout for id in chosen.ids]}
            lines.append(write.lines(chosen, fields.LAYOUT))
            recorded.update(chosen.ids)
        if recorded:
            self._open().write(b"".join(lines))
            self.count += len(recorded)
        return recorded

    def too_large(self) -> dict[SessionId, str]:
        """Those of the last sessions that are too large to be recorded, with the reason."""
        found = dict(self._reader.too_large)
        self._reader.too_large.clear()
        return found

    def close(self) -> None:
        """Closes the journal."""
        if self._journal is not None:
            self._journal.close()

    @cached_property
    def _reader(self) -> Whole:
        return Whole(self.app, beside=False, thorough=True)

    def _open(self) -> Journal:
        if self._journal is None:
            self._journal = Journal(self.path)
        return self._journal
