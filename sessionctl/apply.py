"""Applies changes: the guarded change of each hash, then its companions and the event. Some overlap, so that Redis never waits for us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sessionctl.errors import SessionctlError
from sessionctl.layouts.keys import Keys
from sessionctl.plan import Event, Plan
from sessionctl.planned import Means, Planned
from sessionctl.stamped import Stamped
from sessionctl.stencils import Command, Parts
from sessionctl.topologies.base import AT_ONCE, Topology
from sessionctl.words import encoded, meanwhile, removal_of, step_of

Part: TypeAlias = Planned | Stamped
"""Some sessions that are changed together."""


@dataclass(frozen=True, slots=True)
class Flight:
    """What is on its way in one message: the hashes of one part, the companions of the one before, and what ends the one before that."""

    parts: tuple[Part | None, Part | None, Part | None]
    counts: tuple[int, int]
    replies: Callable[[], list[Any]]

    @property
    def unfinished(self) -> bool:
        return any(part is not None for part in self.parts)


NOTHING = Flight((None, None, None), (0, 0), list)


class Applier:
    """Applies the changes of one run. Nobody else may use its topology meanwhile."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.topology = topology
        self.means = Means(topology, keys)
        self.farewells = self.means.farewells
        self._followed = topology.followed
        self._flight = NOTHING
        self._unknown: tuple[Part | None, ...] = ()

    @property
    def under_way(self) -> set[str]:
        """The sessions of which nobody knows how far their change got, when `apply` has raised."""
        return {id for part in self._unknown if part is not None for id in part.ids}

    def apply(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Each of the parts when it is done, in order. While Redis changes one, the next one is read and planned.

        Raises Unreachable where the connection is lost for good: then `under_way` tells which are unknown, and a second run completes them.
        After an error of `parts` itself what had been begun is finished, and yielded, before that is raised.
        """
        try:
            for part in parts:
                yield from self._next(part)
        except SessionctlError:
            yield from self._finished()
            raise
        except BaseException:  # nobody wants to know any more: what has been begun is finished all the same
            for _ in self._finished():
                pass
            raise
        yield from self._finished()

    def _next(self, part: Part | None) -> Iterator[Part]:
        """Sends the next part, when what is on its way has landed; answers the part that this has completed."""
        landing, self._flight = self._flight, NOTHING
        first, second, _ = landing.parts
        self._unknown = (part, first, second)
        self._land(landing)
        requests = [part.begin() if part else [], first.follow() if first else [], second.end() if second else []]
        together = [request for some in requests for request in some]
        replies = self.topology.begin(together, idempotent=True, at_once=max(AT_ONCE, len(together)))
        self._flight = Flight((part, first, second), (len(requests[0]), len(requests[1])), replies)
        self._unknown = ()
        if second is not None:
            yield second

    def _finished(self) -> Iterator[Part]:
        while self._flight.unfinished:
            yield from self._next(None)

    def _land(self, flight: Flight) -> None:
        replies, (first, second, third) = flight.replies(), flight.parts
        to_first, to_second = flight.counts[0], sum(flight.counts)
        if first is not None:
            first.begun(replies[:to_first])
        if second is not None:
            second.followed(replies[to_first:to_second])
        if third is not None:
            third.ended(replies[to_second:])
        if self.topology.followed != self._followed:
            self._followed = self.topology.followed
            for part in (second, first):
                if part is not None:
                    part.repeat()

    # --- what a plan is as commands ---

    def parts_of(self, plan: Plan) -> Parts[Command]:
        """All that is sent for a plan."""
        writes = [(write.key, encoded(write.words, plan.guard)) for write in plan.writes]
        farewell = None if plan.farewell is None else (plan.farewell.key, self.farewells.words(plan.farewell))
        removal = (plan.key, self.means.guarded.words(removal_of(plan))) if meanwhile(plan.change) else None
        tells = plan.farewell is not None and plan.farewell.event != Event.NONE
        return Parts((plan.key, self.means.guarded.words(step_of(plan, self.means.full))), writes, farewell, removal, tells)

    def commands(self, plan: Plan) -> list[tuple[str, Sequence[bytes]]]:
        """Every command that a plan stands for, as a person would give it, after what it is for: the hash, a companion, the event."""
        on_hash = [("hash", (command[0], plan.key, *command[1:])) for command in step_of(plan).commands]
        on_companions = [("companion", encoded(write.words, plan.guard)) for write in plan.writes]
        farewells = self.farewells.commands(plan.farewell) if plan.farewell else ()
        partings = [("event" if words[0] == b"PUBLISH" else "companion", words) for words in farewells]
        last = [("hash", (b"UNLINK", plan.key))] if meanwhile(plan.change) else []
        return [*on_hash, *on_companions, *partings, *last]
