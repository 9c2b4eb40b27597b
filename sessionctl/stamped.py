"""Many sessions that are alike on their way through a change, by stamped requests. What doesn't go as usual goes on by plans of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import compress
from typing import Any

from sessionctl.guarded import Status
from sessionctl.model import SessionId
from sessionctl.plan import Plan
from sessionctl.planned import Applied, Means, Planned
from sessionctl.rows import Rows
from sessionctl.stencils import Stencil, Values
from sessionctl.topologies.base import Request
from sessionctl.wire import ReplyError
from sessionctl.words import removal_of


class Stamped:
    """The same three steps as `Planned`. `rows` are those that went as usual, `odd` what became of the others.

    `plans` makes the plans by which such sessions are changed one by one. `told` counts the events.
    """

    def __init__(
        self,
        means: Means,
        rows: Rows,
        stencils: Sequence[Stencil],
        values: Sequence[Values],
        plans: Callable[[Rows], list[Plan]],
    ) -> None:
        self.means = means
        self.rows = rows
        self.told = 0
        self._stencils = stencils
        self._values = values
        self._plans = plans
        self._odd = Planned(means, ())
        self._own = 0  # how many of the requests on their way are for `rows`

    @property
    def ids(self) -> list[SessionId]:
        return [*self.rows.ids, *self._odd.ids]

    @property
    def odd(self) -> list[Applied]:
        """Those that didn't go as usual."""
        return self._odd.applied

    def begin(self) -> list[Request]:
        return [stencil.hash.stamp(values) for stencil, values in zip(self._stencils, self._values, strict=True)]

    def begun(self, replies: list[Any]) -> None:
        usual = [reply == Status.DONE for reply in replies]
        if not all(usual):
            self._odd = self._put_aside([not one for one in usual])
            self._odd.begin()
            self._odd.begun([reply for reply in replies if reply != Status.DONE])

    def follow(self) -> list[Request]:
        parts = list(zip(self._stencils, self._values, strict=True))
        requests = [form.stamp(values) for stencil, values in parts for form in stencil.writes]
        requests += [stencil.farewell.stamp(values) for stencil, values in parts if stencil.farewell is not None]
        self._own = len(requests)
        return requests + self._odd.follow()

    def followed(self, replies: list[Any]) -> None:
        own = replies[: self._own]
        self._odd.followed(replies[self._own :])
        if ReplyError in set(map(type, own)):
            planned = self._put_aside([True] * len(self.rows))
            planned.applied = [Applied(plan, Status.DONE) for plan in planned.plans]
            planned.follow()
            planned.followed(own)
            self._odd.adopt(planned)
        else:
            leaving = [stencil.tells for stencil in self._stencils if stencil.farewell is not None]
            self.told = sum(tells and reply > 0 for tells, reply in zip(leaving, own[len(own) - len(leaving) :], strict=True))

    def end(self) -> list[Request]:
        parts = zip(self._stencils, self._values, strict=True)
        requests = [stencil.removal.stamp(values) for stencil, values in parts if stencil.removal is not None]
        self._own = len(requests)
        return requests + self._odd.end()

    def ended(self, replies: list[Any]) -> None:
        own = replies[: self._own]
        if ReplyError in set(map(type, own)):
            self.means.guarded.settle([removal_of(plan) for plan in self._plans(self.rows)], own)
        self._odd.ended(replies[self._own :])

    def keep(self, ids: Collection[SessionId]) -> None:
        """Leaves all others as they are; before the first step."""
        self._select([id in ids for id in self.rows.ids])

    def repeat(self) -> None:
        self.means.topology.execute(self.begin(), idempotent=True)
        self._odd.repeat()

    def _put_aside(self, mask: Sequence[bool]) -> Planned:
        """Those rows by themselves, on their way by plans from here."""
        planned = Planned(self.means, self._plans(self.rows.select(mask)))
        self._select([not odd for odd in mask])
        return planned

    def _select(self, mask: Sequence[bool]) -> None:
        self.rows = self.rows.select(mask)
        self._stencils, self._values = list(compress(self._stencils, mask)), list(compress(self._values, mask))
