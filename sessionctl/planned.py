"""Some sessions on their way through a change, each by a plan of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sessionctl.errors import SessionctlError
from sessionctl.farewells import Farewells, Heard
from sessionctl.guarded import Guarded, Status, Step
from sessionctl.layouts.keys import Keys
from sessionctl.model import SessionId
from sessionctl.plan import Farewell, Plan, Write
from sessionctl.replies import code
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import ReplyError, pack
from sessionctl.words import encoded, meanwhile, removal_of, step_of


class Means:
    """What the changes of one run are sent by."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.topology = topology
        self.keys = keys
        self.guarded = Guarded(topology)
        self.farewells = Farewells(topology, keys)
        self.full = False  # Redis is: nothing can be written, hashes can only go

    @property
    def as_usual(self) -> bool:
        """Whether nothing was refused so far, and names are as they should be: then sessions that are alike are changed alike."""
        usual = self.guarded.scripted and self.farewells.scripted and not (self.farewells.native or self.full)
        return usual and not (self.topology.mode == "cluster" and set("{}") & set(self.keys.namespace))


@dataclass(slots=True)
class Applied:
    """A plan, and what became of it.

    `cleaned`: how many companions there were to clean; `told`: whether the event was sent; `error`: what kept it from being completed.
    """

    plan: Plan
    status: Status
    cleaned: int = 0
    told: bool = False
    error: SessionctlError | None = None


class Planned:
    """Changes some sessions in three steps, each a list of requests and what is made of their replies."""

    def __init__(self, means: Means, plans: Sequence[Plan]) -> None:
        self.means = means
        self.plans = plans
        self.applied: list[Applied] = []
        self._steps: Sequence[Step] = ()
        self._writes: list[tuple[Applied, Write]] = []
        self._leaving: list[tuple[Applied, Farewell]] = []
        self._removals: Sequence[Step] = ()

    @property
    def ids(self) -> list[SessionId]:
        return [plan.id for plan in self.plans]

    def begin(self) -> list[Request]:
        """The guarded changes of the hashes."""
        self._steps = [step_of(plan, self.means.full) for plan in self.plans]
        return self.means.guarded.requests(self._steps)

    def begun(self, replies: list[Any]) -> None:
        """Sends again what no server executed; raises Unreachable."""
        statuses = self._without_writing(self.means.guarded.settle(self._steps, replies))
        self.applied = [self._applied(plan, status) for plan, status in zip(self.plans, statuses, strict=True)]

    def follow(self) -> list[Request]:
        """The companions of those that were changed, and the events."""
        begun = [one for one in self.applied if one.status == Status.DONE or (one.status == Status.GONE and one.plan.ends)]
        self._writes = [(one, write) for one in begun for write in one.plan.writes]
        self._leaving = [(one, one.plan.farewell) for one in begun if one.plan.farewell is not None]
        partings = self.means.farewells.requests([farewell for _, farewell in self._leaving])
        return [*(Request(write.key, pack(*encoded(write.words, one.plan.guard))) for one, write in self._writes), *partings]

    def followed(self, replies: list[Any]) -> None:
        """Notes with each session how that went. Raises Unreachable."""
        rest = iter(replies)
        for one, write in self._writes:
            self._note(one, write, next(rest))
        heard = self.means.farewells.settle([farewell for _, farewell in self._leaving], list(rest))
        for (one, farewell), answer in zip(self._leaving, heard, strict=True):
            self._note_farewell(one, farewell.key, answer)

    def end(self) -> list[Request]:
        """The removals of hashes that had to stay until here."""
        self._removals = [removal_of(one.plan) for one in self.applied if meanwhile(one.plan.change) and one.error is None]
        return self.means.guarded.requests(self._removals)

    def ended(self, replies: list[Any]) -> None:
        self.means.guarded.settle(self._removals, replies)

    def repeat(self) -> None:
        """Changes hashes once more: another master may have them as they were before. The others are no longer what is guarded."""
        self._do([step_of(one.plan, self.means.full) for one in self.applied if one.status == Status.DONE])

    def keep(self, ids: Collection[SessionId]) -> None:
        """Leaves all others as they are; before the first step."""
        self.plans = [plan for plan in self.plans if plan.id in ids]

    def adopt(self, other: Planned) -> None:
        """Takes over sessions that are as far as these."""
        self.plans, self.applied = [*self.plans, *other.plans], [*self.applied, *other.applied]

    def _without_writing(self, statuses: list[Status | ReplyError]) -> list[Status | ReplyError]:
        """`statuses`; but hashes that were to be written before they go are removed at once where Redis has no memory for that."""
        errors = [number for number, status in enumerate(statuses) if isinstance(status, ReplyError)]
        refused = [number for number in errors if code(statuses[number]) == "OOM" and meanwhile(self.plans[number].change)]
        if refused:
            self.means.full = True
            for number, status in zip(refused, self._do([step_of(self.plans[number], True) for number in refused]), strict=True):
                statuses[number] = status
        return statuses

    def _do(self, steps: Sequence[Step]) -> list[Status | ReplyError]:
        requests = self.means.guarded.requests(steps)
        return self.means.guarded.settle(steps, self.means.topology.execute(requests, idempotent=True) if requests else [])

    def _applied(self, plan: Plan, status: Status | ReplyError) -> Applied:
        if not isinstance(status, ReplyError):
            return Applied(plan, status)
        return Applied(plan, Status.CHANGED, error=self._error(plan.key, status, "EVALSHA"))

    def _note(self, one: Applied, write: Write, reply: Any) -> None:
        if not isinstance(reply, ReplyError):
            one.cleaned += reply if isinstance(reply, int) else 0
        elif not str(reply).startswith("WRONGTYPE"):
            one.error = self._error(write.key, reply, str(write.words[0], "ascii") if isinstance(write.words[0], bytes) else "")

    def _note_farewell(self, one: Applied, key: bytes, heard: Heard | ReplyError) -> None:
        if isinstance(heard, ReplyError):
            one.error = self._error(key, heard, "EVALSHA")
        else:
            one.cleaned += heard.existed
            one.told = heard.told

    def _error(self, key: bytes, reply: ReplyError, command: str) -> SessionctlError:
        return self.means.topology.connection(self.means.topology.node_for(key)).error(reply, command)
