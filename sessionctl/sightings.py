"""Sessions as one side of a comparison sees them: out of a file of records, or right now in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from sessionctl import fields
from sessionctl.app import App
from sessionctl.archives import Damaged, records
from sessionctl.batch import Batch
from sessionctl.errors import UsageProblem
from sessionctl.layouts import reads
from sessionctl.ledger import Digest, digest
from sessionctl.model import SessionId
from sessionctl.report import Need
from sessionctl.whole import Whole

LIVE = "live"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A session as it was at `when`, milliseconds since the epoch."""

    id: SessionId
    when: int
    state: str
    digest: Digest


class Side:
    """One side: `name` is a file's, or ``live``. `damaged` are the lines that are no records; `latest` when the last session was seen."""

    def __init__(self, app: App, name: str) -> None:
        self.app = app
        self.name = name
        self.damaged: list[Damaged] = []
        self.too_large: list[tuple[SessionId, str]] = []
        self.latest: int | None = None

    def __iter__(self) -> Iterator[Sighting]:
        """Raises UsageProblem where the file can't be read or compared, Unreachable and Refused."""
        for sighting in self._live() if self.name == LIVE else self._recorded():
            self.latest = sighting.when if self.latest is None else max(self.latest, sighting.when)
            yield sighting

    def _recorded(self) -> Iterator[Sighting]:
        with closing(records(self.name, self.app.terminal.stdin)) as lines:
            for _, one in chain.from_iterable(lines):
                if isinstance(one, Damaged):
                    self.damaged.append(one)
                elif one.hash is None:
                    raise UsageProblem(f"{self.name} has no raw bytes to compare", "export without --no-raw and --redact")
                else:
                    yield Sighting(one.id, one.read_at, one.state(one.read_at), digest(one.hash, one.deadline, one.end))

    def _live(self) -> Iterator[Sighting]:
        self.latest = self.app.now
        whole = Whole(self.app, beside=False, thorough=True)
        need = Need(size=whole.measurable)
        for batch in whole.read(whole.sized(self.app.store.scan(need, self.app.scope)), Need()):
            yield from _sightings(batch)
        self.too_large = whole.too_large


def _sightings(batch: Batch) -> Iterator[Sighting]:
    when = batch.scope.now
    columns = (batch.column(one) for one in (fields.STATE, fields.DEADLINE, fields.TTL))
    for id, state, deadline, ttl, hash in zip(batch.ids, *columns, batch.raw[reads.HASH], strict=True):
        yield Sighting(id, when, state, digest(hash, deadline, None if ttl is None else when + ttl))
