"""The pipe on one screen: scan ─▶ filter ─▶ limit or sort ─▶ report. Read this first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sessionctl import discovery, fields
from sessionctl.app import App
from sessionctl.batch import Batch
from sessionctl.detection import detect
from sessionctl.errors import Refused
from sessionctl.layouts import LAYOUTS
from sessionctl.query import Query
from sessionctl.report import Columns, Report


@dataclass
class Tally:
    """What went through the pipe: how many, by state, and what could not be read."""

    count: int = 0
    states: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def over(self, batches: Iterable[Batch], by_state: bool) -> Iterator[Batch]:
        """`batches`, counted as they pass; what can't be read shows when a format asks for the column, perhaps much later."""
        for batch in batches:
            self.count += len(batch)
            if by_state:
                self.states.update(batch.column(fields.STATE))
            self.problems.update(batch.problems)
            batch.problems = self.problems
            yield batch


def select(app: App, query: Query, tally: Tally, source: Iterable[Batch] | None = None) -> Report:
    """A report of the sessions that `query` asks for; they are read while the report is being shown."""
    found = app.store.scan(query.need, app.scope) if source is None else source
    rows: Iterable[Batch] = query.select(_watched(app, found))
    if query.order is None:
        rows = query.first(rows)
    by_state = query.need.metadata and (fields.STATE in query.fields or app.terminal.person)
    rows = tally.over(rows, by_state)
    batches: Iterable[Columns] = rows if query.order is None else query.sorted(rows, query.order)
    return Report(query.fields, batches)


def _watched(app: App, batches: Iterable[Batch]) -> Iterator[Batch]:
    """`batches`, with progress on standard error when it takes longer than a moment."""
    with app.terminal.progress("reading sessions") as progress:
        for batch in batches:
            progress.advance(len(batch))
            yield batch


def summary(tally: Tally, query: Query) -> str:
    """One line for the person: ``12 sessions: 9 active, 3 expired``, and what could not be read, and why."""
    many = "1 session" if tally.count == 1 else f"{tally.count:,} sessions"
    by_state = ", ".join(f"{count:,} {state}" for state, count in tally.states.most_common())
    line = f"{many}: {by_state}" if by_state else many
    if query.order is None and tally.count and tally.count == query.limit:
        line = f"the first {line}"
    elif query.order is not None and query.limit is not None and tally.count > query.limit:
        line = f"the first {query.limit:,} of {line}"
    unread = [f"{count:,} not read ({reason})" for reason, count in tally.problems.most_common(5)]
    return "; ".join([line, *unread])


def from_index(app: App, query: Query) -> Iterable[Batch] | None:
    """The sessions of the one user asked for, by the principal index, where every session of a sample is in an indexed layout.

    The members of an index are only candidates: each is read, and judged by what its own hash says. Sessions that have ended are taken out
    of it, so who asks for a state gets a scan.
    """
    user = next((condition.principal for condition in query.where if condition.principal is not None), None)
    if user is None or any(condition.text.startswith("state ") for condition in query.where):
        return None
    indexes = [index for index in {layout.index(app.store.keys, user) for layout in LAYOUTS.values()} if index]
    try:
        detection = detect(app.store, app.scope)
        if not detection.indexed_only:
            return None
        for index in indexes:
            next(app.store.members(index))
    except Refused as refused:
        app.say(f"without the principal index: {refused.message}")
        return None
    if app.terminal.person_on_stderr:
        app.say(f"by the principal index, for the layout is {detection}; --no-index scans all, and finds ended ones too")
    return _indexed(app, query, indexes)


def _indexed(app: App, query: Query, indexes: list[bytes]) -> Iterator[Batch]:
    met: set[str] = set()
    for index in indexes:
        for ids in app.store.members(index):
            new = [id for id in dict.fromkeys(ids) if id not in met]
            met.update(new)
            batch = app.store.get(new, query.need, app.scope)
            if len(batch):
                yield batch


def drain(report: Report) -> None:
    """Runs the pipe for its tally alone."""
    for _ in report.batches:
        pass


def tell_where(app: App, query: Query) -> None:
    """Where nothing was found: whether there are sessions elsewhere in this database."""
    if query.where or query.limit == 0 or app.quiet:
        return
    nothing = f"no session in namespace {app.namespace} of {app.topology.display}"
    try:
        found = discovery.elsewhere(app)
    except Refused as refused:
        app.say(f"{nothing}, and other names can't be looked into: {refused.message}")
        return
    if found:
        app.say(f"there are sessions in {found}; choose with --namespace")
    else:
        app.say(f"{nothing}, and none under another name in a look around")
