"""Two states of the sessions, compared by id: which are lost, new or changed, and which have simply ended in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessionctl import columns, fields
from sessionctl.app import App
from sessionctl.chunks import chunks
from sessionctl.errors import ExitCode, UsageProblem
from sessionctl.layouts.keys import raw
from sessionctl.ledger import NEVER, Digest, Ledger
from sessionctl.model import SessionId, State
from sessionctl.report import Field, Kind, Listed, Report
from sessionctl.seen import Seen
from sessionctl.sightings import LIVE, Side, Sighting

LOST, NEW, CHANGED, ENDED, TIMED_OUT = CHANGES = ("lost", "new", "changed", "ended", "timed-out")
LISTED = (LOST, NEW, CHANGED)
NATURAL = ("lastAccessedTime", "ttl")
"""What every request changes."""

CHANGE = Field("change", "CHANGE", Kind.STATE, "lost, new, changed, ended (a tombstone is left) or timed-out")
FIELDS = Field("fields", "FIELDS", Kind.NAMES, "what has changed")
SHOWN = (fields.ID, CHANGE, FIELDS, fields.DEADLINE)
AT_ONCE = 200  # rows
LIVING = (State.ACTIVE, State.PARTIAL)
Row = tuple[SessionId, str, list[str], int | None]
"""An id, what became of the session, the fields that have changed, and its deadline in milliseconds since the epoch."""


@dataclass(frozen=True)
class Wishes:
    """Fields that don't count, and the changes that are listed."""

    ignored: frozenset[str] = frozenset(NATURAL)
    listed: frozenset[str] = frozenset(LISTED)


class Comparison:
    """From `before` to `after`; the first is remembered, the second only passes."""

    def __init__(self, before: Side, after: Side, wishes: Wishes) -> None:
        self.before = before
        self.after = after
        self.wishes = wishes
        self.counts: Counter[str] = Counter()

    def rows(self) -> Iterator[Row]:
        """The changes that are to be listed; all are counted."""
        for row in self._changes():
            self.counts[row[1]] += 1
            if row[1] in self.wishes.listed:
                yield row

    def _changes(self) -> Iterator[Row]:
        ledger, met = Ledger(), Seen()
        for one in self.before:
            if one.state in LIVING:
                ledger.add(one.id, one.digest)
        for one in self.after:
            known = ledger.take(one.id)
            [first] = met.fresh([raw(one.id)])
            if known is not None:
                yield from self._compared(one, known)
            elif first and one.state in LIVING:
                yield one.id, NEW, [], _known(one.digest.deadline)
        for id, known in ledger:
            yield id, TIMED_OUT if self._has_passed(known) else LOST, [], _known(known.deadline)

    def _compared(self, one: Sighting, known: Digest) -> Iterator[Row]:
        if one.state == State.DELETED:
            yield one.id, ENDED, [], _known(known.deadline)
        elif one.state == State.EXPIRED:
            yield one.id, TIMED_OUT, [], _known(known.deadline)
        else:
            changed = [name for name in known.differences(one.digest) if name not in self.wishes.ignored]
            if changed:
                yield one.id, CHANGED, changed, _known(one.digest.deadline)
            else:
                self.counts["same"] += 1

    def _has_passed(self, known: Digest) -> bool:
        """Whether a session was over when the last one of the other side was seen."""
        latest = self.after.latest if self.after.latest is not None else self.before.latest
        return latest is not None and min(known.deadline, known.end) <= latest


def _known(instant: int) -> int | None:
    return None if instant == NEVER else instant


def compare(app: App, before: str, after: str, wishes: Wishes) -> ExitCode:
    """Shows what has changed; 1 where sessions were lost, and 3 where nobody can tell, because lines are damaged or sessions too large."""
    if before == after == LIVE:
        raise UsageProblem("both sides are live", "sessionctl export --output before.ndjson.gz, and then diff before.ndjson.gz live")
    sides = Side(app, before), Side(app, after)
    comparison = Comparison(*sides, wishes)
    wanted = columns.among(app, SHOWN)
    app.show(Report(wanted, _listed(_watched(app, comparison.rows()))))
    for side in sides:
        for line in side.damaged[:AT_ONCE]:
            app.terminal.warn(f"line {line.line} of {side.name}: {line.reason}")
        for id, reason in side.too_large[:AT_ONCE]:
            app.terminal.warn(f"session {id[:8]}… was not compared: {reason}")
    app.say(summary(comparison))
    if comparison.counts[LOST]:
        return ExitCode.NO
    return ExitCode.PARTLY if any(side.damaged or side.too_large for side in sides) else ExitCode.DONE


def summary(comparison: Comparison) -> str:
    """One line for the person: ``12 sessions: 1 lost, 2 changed, 9 the same``."""
    counts = comparison.counts
    total = counts.total()
    many = "1 session" if total == 1 else f"{total:,} sessions"
    parts = [f"{counts[name]:,} {name}" for name in CHANGES if counts[name]]
    parts += [f"{counts['same']:,} the same"] if counts["same"] else []
    return f"{many}: {', '.join(parts)}" if parts else "no session on either side"


def _watched(app: App, rows: Iterable[Row]) -> Iterator[Row]:
    with app.terminal.progress("differences") as progress:
        for row in rows:
            progress.advance()
            yield row


def _listed(rows: Iterator[Row]) -> Iterator[Listed]:
    return (Listed(SHOWN, chunk) for chunk in chunks(rows, AT_ONCE))
