"""Many sessions that are alike on their way through a change, by stamped requests. What doesn't go as usual goes on by plans of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sessionctl.guarded import Status, Step
from sessionctl.model import SessionId
from sessionctl.plan import Plan
from sessionctl.planned import Applied, Means, Planned
from sessionctl.rows import Rows
from sessionctl.stencils import Sheet
from sessionctl.topologies.base import Request
from sessionctl.wire import ReplyError
from sessionctl.words import removal_of, step_of


class Stamped:
    """The same three steps as `Planned`. `rows` are those that went as usual, `odd` what became of the others.

    `plans` makes the plans by which such sessions are changed one by one. `told` counts the events.
    """

    def __init__(self, means: Means, sheet: Sheet, plans: Callable[[Rows], list[Plan]]) -> None:
        self.means = means
        self.sheet = sheet
        self.told = 0
        self._plans = plans
        self._odd = Planned(means, ())
        self._own = 0  # how many of the requests on their way are for `rows`

    @property
    def rows(self) -> Rows:
        return self.sheet.rows

    @property
    def ids(self) -> list[SessionId]:
        return [*self.rows.ids, *self._odd.ids]

    @property
    def odd(self) -> list[Applied]:
        """Those that didn't go as usual."""
        return self._odd.applied

    def begin(self) -> list[Request]:
        return [stencil.hash.stamp(values) for stencil, values in self.sheet.stamps]

    def begun(self, replies: list[Any]) -> None:
        usual = [reply == Status.DONE for reply in replies]
        if not all(usual):
            self._odd = self._put_aside([not one for one in usual])
            self._odd.begin()
            self._odd.begun([reply for reply in replies if reply != Status.DONE])

    def follow(self) -> list[Request]:
        stamps = list(self.sheet.stamps)
        requests = [form.stamp(values) for stencil, values in stamps for form in stencil.writes]
        requests += [stencil.farewell.stamp(values) for stencil, values in stamps if stencil.farewell is not None]
        self._own = len(requests)
        return requests + self._odd.follow()

    def followed(self, replies: list[Any]) -> None:
        own = replies[: self._own]
        self._odd.followed(replies[self._own :])
        if ReplyError in set(map(type, own)):
            planned = self._put_aside([True] * len(self.rows))
            planned.applied = [Applied(plan, Status.DONE) for plan in planned.plans]
            self._odd.adopt(planned)
            planned.follow()
            planned.followed(own)
        else:
            leaving = [stencil.tells for stencil, _ in self.sheet.stamps if stencil.farewell is not None]
            self.told = sum(tells and reply > 0 for tells, reply in zip(leaving, own[len(own) - len(leaving) :], strict=True))

    def end(self) -> list[Request]:
        requests = [stencil.removal.stamp(values) for stencil, values in self.sheet.stamps if stencil.removal is not None]
        self._own = len(requests)
        return requests + self._odd.end()

    def ended(self, replies: list[Any]) -> None:
        self._settle(removal_of, replies[: self._own])
        self._odd.ended(replies[self._own :])

    def keep(self, ids: Collection[SessionId]) -> None:
        """Leaves all others as they are; before the first step."""
        self.sheet = self.sheet.select([id in ids for id in self.rows.ids])

    def repeat(self) -> None:
        self._settle(step_of, self.means.topology.execute(self.begin(), idempotent=True))
        self._odd.repeat()

    def _settle(self, step: Callable[[Plan], Step], replies: list[Any]) -> None:
        """Sends again what no server executed, such as one that doesn't know the scripts. Raises Unreachable."""
        if ReplyError in set(map(type, replies)):
            self.means.guarded.settle(list(map(step, self._plans(self.rows))), replies)

    def _put_aside(self, mask: Sequence[bool]) -> Planned:
        """Those rows by themselves, on their way by plans from here."""
        planned = Planned(self.means, self._plans(self.rows.select(mask)))
        self.sheet = self.sheet.select([not odd for odd in mask])
        return planned
