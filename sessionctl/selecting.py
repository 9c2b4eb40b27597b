"""Which sessions a command is to change: those named, those selected, or those of the named that the selection holds for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sessionctl import fields
from sessionctl.app import App
from sessionctl.batch import Batch
from sessionctl.errors import NotFound
from sessionctl.model import SessionId
from sessionctl.query import Condition, Query
from sessionctl.report import Need
from sessionctl.resolve import resolve, resolve_all
from sessionctl.snapshots import BATCH, Snapshot, Snapshots

REMEMBERED = 10_000  # selected sessions whose ids are kept; of more, a second scan finds them again
USERS = 10_000  # names that are counted at most
SAMPLE = 5


@dataclass
class Preview:
    """What a selection has found: how many of how many, in which state, whose, last used when; some of them."""

    total: int = 0
    count: int = 0
    states: Counter[str] = field(default_factory=Counter)
    users: Counter[str | None] = field(default_factory=Counter)
    oldest: int | None = None  # lastAccessedTime in milliseconds since the epoch
    newest: int | None = None
    sample: list[tuple[SessionId, str | None]] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Counts the sessions of a batch."""
        principals = batch.column(fields.PRINCIPAL)
        self.count += len(batch)
        self.states.update(batch.column(fields.STATE))
        self.users.update(name for name in principals if name in self.users or len(self.users) < USERS)
        times = [time for time in batch.column(fields.LAST_ACCESSED_TIME) if time is not None]
        if times:
            self.oldest = min(times) if self.oldest is None else min(self.oldest, *times)
            self.newest = max(times) if self.newest is None else max(self.newest, *times)
        if len(self.sample) < SAMPLE:
            self.sample += list(zip(batch.ids, principals, strict=True))[: SAMPLE - len(self.sample)]


@dataclass(frozen=True)
class Choice:
    """What a person has chosen: names of sessions, conditions, and names of sessions to be spared in any case."""

    named: tuple[str, ...]
    where: tuple[Condition, ...]
    spared: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether this is one session, named by its id: the only choice that needs no second thought."""
        return len(self.named) == 1 and self.named != ("-",) and not self.where


class Selection:
    """A choice on its way to the sessions that it means, read some at a time. Names that fit none are ids of sessions that are gone."""

    def __init__(self, app: App, choice: Choice, snapshots: Snapshots) -> None:
        self.app = app
        self.choice = choice
        self.snapshots = snapshots
        self.spared = {resolve(app, name) for name in choice.spared}
        self.preview = Preview()
        self._ids: list[SessionId] | None = list(self._named()) if choice.named else None

    def look(self) -> Preview:
        """Reads what would be changed, and keeps the ids unless they are too many. Raises Unreachable."""
        query, ids = Query((), self.choice.where), list[SessionId]()
        for batch in self._read(query.need | LOOKED_AT):
            self.preview.total += len(batch)
            for chosen in query.select([batch]):
                kept = self._kept(chosen)
                if len(kept):
                    self.preview.add(kept)
                    ids += kept.ids if len(ids) <= REMEMBERED else ()
        if self._ids is None and len(ids) <= REMEMBERED:
            self._ids = ids
        return self.preview

    def read(self) -> Iterator[Snapshot]:
        """The sessions, each read shortly before it is to be changed."""
        if self._ids is not None:
            return self.snapshots.of_ids(self._ids)
        self.snapshots.sample()
        found = Query((), self.choice.where).select(self.app.store.scan(self.snapshots.need, self.app.scope, pace=self.snapshots.pace))
        return self.snapshots.of_batches(map(self._kept, found))

    def batches(self, need: Need) -> Iterator[Batch]:
        """The same, as batches read with `need`."""
        return filter(len, map(self._kept, Query((), self.choice.where).select(self._read(need | self.snapshots.need))))

    @property
    def expected(self) -> int | None:
        """How many sessions will be read, as far as is known."""
        return len(self._ids) if self._ids is not None else self.preview.count or None

    def _named(self) -> Iterator[SessionId]:
        for found in resolve_all(self.app, self.choice.named, literally=True):
            if isinstance(found, NotFound):
                raise found
            if found not in self.spared:
                yield found

    def _read(self, need: Need) -> Iterable[Batch]:
        with self.app.terminal.progress("looking for sessions") as progress:
            for batch in self.app.store.scan(need, self.app.scope) if self._ids is None else self._get(need, self._ids):
                progress.advance(len(batch))
                yield batch

    def _get(self, need: Need, ids: Sequence[SessionId]) -> Iterator[Batch]:
        for start in range(0, len(ids), BATCH):
            yield self.app.store.get(ids[start : start + BATCH], need, self.app.scope)

    def _kept(self, batch: Batch) -> Batch:
        return batch.select([id not in self.spared for id in batch.ids]) if self.spared else batch


LOOKED_AT = fields.STATE.need | fields.PRINCIPAL.need | fields.LAST_ACCESSED_TIME.need
