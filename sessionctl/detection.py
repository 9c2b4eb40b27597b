"""Which layouts are in a namespace, judged by a small sample: one explicit step, reported as what it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sessionctl import fields
from sessionctl.batch import Scope
from sessionctl.layouts import simple
from sessionctl.model import State
from sessionctl.query import Query
from sessionctl.store import Store

SAMPLE = 200  # sessions


@dataclass(frozen=True, slots=True)
class Detection:
    """How many sessions of the sample are in which layout."""

    layouts: Counter[str]

    @property
    def indexed_only(self) -> bool:
        """Whether the sample has sessions, and none of them lacks an index."""
        return bool(self.layouts) and simple.NAME not in self.layouts

    def __str__(self) -> str:
        return ", ".join(f"{name} ({count} of a sample of {self.layouts.total()})" for name, count in self.layouts.most_common())


def detect(store: Store, scope: Scope) -> Detection:
    """Looks at the first sessions that SCAN finds. A session that has ended says little of its layout, so only live ones count."""
    found: Counter[str] = Counter()
    query = Query((fields.LAYOUT, fields.STATE), limit=SAMPLE)
    for batch in query.first(store.scan(query.need, scope)):
        layouts, states = batch.column(fields.LAYOUT), batch.column(fields.STATE)
        found.update(layout for layout, state in zip(layouts, states, strict=True) if state == State.ACTIVE)
    return Detection(found)
