"""A selection written down for review: which sessions a purge would end, and what they looked like. Four eyes see more than two.

One JSON object a line: first what was selected where and when, then each session with the raw values that it was judged by, last how many
there are, so that a file that was cut off is noticed.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sessionctl import fields
from sessionctl.app import App
from sessionctl.archives import LONGEST, Output
from sessionctl.batch import Batch
from sessionctl.chunks import chunks
from sessionctl.errors import UsageProblem
from sessionctl.layouts import reads
from sessionctl.layouts.keys import raw, text
from sessionctl.model import SessionId
from sessionctl.seen import Seen
from sessionctl.snapshots import Snapshot, Snapshots
from sessionctl.units import rfc3339

VERSION = "sessionctl-plan/1"
NEED = fields.PRINCIPAL.need | fields.STATE.need | fields.DEADLINE.need
_SHOWN = (fields.ID, fields.PRINCIPAL, fields.STATE)
_TIMES = (fields.LAST_ACCESSED_TIME, fields.DEADLINE)

AGAIN = "sessionctl purge … --plan FILE writes one"

Guard = Mapping[str, bytes | None]


def save(path: str, app: App, selection: Iterable[str], batches: Iterable[Batch]) -> int:
    """Writes the sessions of `batches`, which were read with `NEED`, whole or not at all; answers how many. Raises UsageProblem."""
    count = 0
    head = {"format": VERSION, "namespace": app.namespace, "redis": app.topology.display, "plannedAt": rfc3339(app.now)}
    with Output(path) as output:
        output.write(_line({**head, "selection": list(selection)}))
        for batch in batches:
            count += len(batch)
            output.write(b"".join(map(_line, _rows(batch))))
        output.write(_line({"count": count}))
    return count


def _rows(batch: Batch) -> Iterator[dict[str, Any]]:
    shown = zip(*(batch.column(field) for field in _SHOWN), strict=True)
    times = zip(*(batch.column(field) for field in _TIMES), strict=True)
    guards = zip(*(batch.raw[name] for name in reads.METADATA), strict=True)
    for known, instants, values in zip(shown, times, guards, strict=True):
        row = dict(zip((field.name for field in _SHOWN), known, strict=True))
        row |= {field.name: time and rfc3339(time) for field, time in zip(_TIMES, instants, strict=True)}
        judged = {name: value and b64encode(value).decode() for name, value in zip(reads.METADATA, values, strict=True)}
        yield {**row, "guard": judged}


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=True).encode() + b"\n"


@dataclass(frozen=True)
class PlanFile:
    """A plan that was read and is whole. `selection` is how a person would write it."""

    path: str
    namespace: str
    redis: str
    planned_at: str
    selection: tuple[str, ...]
    count: int

    @classmethod
    def read(cls, path: str) -> PlanFile:
        """Raises UsageProblem where the file can't be read, is none, or isn't whole."""
        rows = _parsed(path)
        head = next(rows, {})
        if head.get("format") != VERSION:
            raise UsageProblem(f"{path} is no plan of a purge", AGAIN)
        found, last = 0, None
        try:
            for row in rows:
                last = row.get("count")
                if last is None:
                    _session(row)
                    found += 1
            namespace, redis, planned_at = (str(head[name]) for name in ("namespace", "redis", "plannedAt"))
            plan = cls(path, namespace, redis, planned_at, tuple(map(str, head["selection"])), found)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageProblem(f"the plan {path} is damaged after {found:,} sessions", AGAIN) from error
        if last != found:
            raise UsageProblem(f"the plan {path} is not whole: it ends after {found:,} sessions", AGAIN)
        return plan

    def sessions(self) -> Iterator[tuple[SessionId, Guard]]:
        """Each session once, even if the file names it twice, and the raw values that it was judged by."""
        seen = Seen()
        sessions = (_session(row) for row in _parsed(self.path) if "guard" in row)
        return ((id, guard) for id, guard in sessions if seen.fresh([raw(id)]) == [True])

    def snapshots(self, source: Snapshots) -> Iterator[Snapshot]:
        """The sessions as they are now; one that isn't what was planned any more is none that the selection holds for."""
        for chunk in map(dict, chunks(self.sessions(), source.at_once)):
            found = source.read(list(chunk))
            same = [one for one in found.sessions if all(one.guard.get(name) == value for name, value in chunk[one.id].items())]
            others = {one.id for one in found.sessions} - {one.id for one in same}
            yield Snapshot(same, [*found.others, *sorted(others)], [], [*found.missing, *(one.id for one in found.remains)])


def _session(row: Mapping[str, Any]) -> tuple[SessionId, Guard]:
    """Raises KeyError, TypeError or ValueError where it is none."""
    guard = {name: None if row["guard"][name] is None else b64decode(row["guard"][name], validate=True) for name in reads.METADATA}
    if not isinstance(row["id"], str) or text(raw(row["id"])) != row["id"]:
        raise TypeError(row["id"])
    return row["id"], guard


def _parsed(path: str) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        with open(path, "rb") as file:
            while line := file.readline(LONGEST):
                number += 1
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise UsageProblem(f"line {number} of {path} is no part of a plan", AGAIN)
                yield row
    except OSError as error:
        raise UsageProblem(f"the plan {path} can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageProblem(f"{path} is no plan of a purge: line {number}: {error}", AGAIN) from error
