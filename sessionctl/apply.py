"""Applies plans: the guarded change of each hash, then its companions and the event. Batches overlap, so Redis never waits for us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sessionctl.codecs import encode
from sessionctl.errors import SessionctlError
from sessionctl.farewells import Farewells, Heard
from sessionctl.guarded import Guarded, Status, Step
from sessionctl.layouts.keys import Keys, raw
from sessionctl.layouts.members import spellings
from sessionctl.layouts.reads import METADATA
from sessionctl.plan import Change, Farewell, Keep, Plan, Remove, Spellings, Word, Write
from sessionctl.replies import code
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import ReplyError, pack

REMOVAL = ((b"UNLINK",),)


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


@dataclass(frozen=True, slots=True)
class Flight:
    """What is on its way: the hashes of some plans, and in the same messages the companions and farewells of those before."""

    plans: Sequence[Plan]
    before: list[Applied]
    steps: Sequence[Step]  # of the plans, and after them removals of hashes whose companions are clean
    writes: Sequence[tuple[Applied, Write]]
    leaving: Sequence[tuple[Applied, Farewell]]
    scripts: int
    replies: Callable[[], list[Any]]


class Applier:
    """Applies the plans of one run. Nobody else may use its topology meanwhile."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.topology = topology
        self.guarded = Guarded(topology)
        self.farewells = Farewells(topology, keys)
        self.full = False  # Redis is: nothing can be written, hashes can only go
        self._followed = topology.followed
        self._removals: list[Step] = []
        self._under_way: tuple[Sequence[Plan], Flight | None] = ((), None)

    @property
    def under_way(self) -> set[str]:
        """The sessions of which nobody knows how far their change got, when `apply` has raised."""
        plans, flight = self._under_way
        return {plan.id for plan in (*plans, *(flight.plans if flight else ()), *(one.plan for one in (flight.before if flight else ())))}

    def apply(self, batches: Iterable[Sequence[Plan]]) -> Iterator[list[Applied]]:
        """Each batch's outcomes, in order. While Redis changes one batch, the next one is read and planned.

        Raises Unreachable where the connection is lost for good: then `under_way` tells which are unknown, and a second run completes them.
        After an error of `batches` itself what had been begun is finished, and yielded, before that is raised.
        """
        flight: Flight | None = None
        try:
            for plans in batches:
                landing, flight = flight, None
                flight, done = self._next(plans, landing)
                if done:
                    yield done
        except SessionctlError:
            yield from self._finished(flight)
            raise
        except BaseException:  # nobody wants to know any more: what has been begun is finished all the same
            for _ in self._finished(flight):
                pass
            raise
        yield from self._finished(flight)

    def _next(self, plans: Sequence[Plan], flight: Flight | None) -> tuple[Flight, list[Applied]]:
        """The next flight, when the one before has landed; and those whose change that one has completed."""
        self._under_way = (plans, flight)
        changed = self._land(flight) if flight else []
        launched = self._launch(plans, changed)
        self._under_way = ((), launched)
        return launched, flight.before if flight else []

    def _finished(self, flight: Flight | None) -> Iterator[list[Applied]]:
        while flight is not None and (flight.steps or flight.before):
            flight, done = self._next((), flight)
            if done:
                yield done

    def commands(self, plan: Plan) -> list[tuple[str, Sequence[bytes]]]:
        """Every command that a plan stands for, as Redis would get it, after what it is for: the hash, a companion, the event."""
        on_hash = [("hash", (command[0], plan.key, *command[1:])) for command in step_of(plan).commands]
        on_companions = [("companion", encoded(write.words, plan.guard)) for write in plan.writes]
        farewells = self.farewells.commands(plan.farewell) if plan.farewell else ()
        partings = [("event" if words[0] == b"PUBLISH" else "companion", words) for words in farewells]
        last = [("hash", (b"UNLINK", plan.key))] if _meanwhile(plan.change) else []
        return [*on_hash, *on_companions, *partings, *last]

    def _launch(self, plans: Sequence[Plan], before: list[Applied]) -> Flight:
        steps = [step_of(plan, self.full) for plan in plans] + self._removals
        self._removals = []
        begun = [one for one in before if one.status == Status.DONE or (one.status == Status.GONE and one.plan.ends)]
        writes = [(one, write) for one in begun for write in one.plan.writes]
        leaving = [(one, one.plan.farewell) for one in begun if one.plan.farewell is not None]
        scripts, partings = self.guarded.requests(steps), self.farewells.requests([farewell for _, farewell in leaving])
        requests = [*scripts, *(self._request(*write) for write in writes), *partings]
        replies = self.topology.begin(requests, idempotent=True)
        return Flight(plans, before, steps, writes, leaving, len(scripts), replies)

    def _land(self, flight: Flight) -> list[Applied]:
        """The outcomes of the flight's plans; its companions are noted with those that they belong to."""
        replies = iter(flight.replies())
        settled = self.guarded.settle(flight.steps, [next(replies) for _ in range(flight.scripts)])
        statuses = self._without_writing(flight.plans, settled[: len(flight.plans)])
        for one, write in flight.writes:
            self._note(one, write, next(replies))
        heard = self.farewells.settle([farewell for _, farewell in flight.leaving], list(replies))
        for (one, farewell), answer in zip(flight.leaving, heard, strict=True):
            self._note_farewell(one, farewell.key, answer)
        applied = [self._applied(plan, status) for plan, status in zip(flight.plans, statuses, strict=True)]
        if self.topology.followed != self._followed:
            self._followed = self.topology.followed
            self._repeat([*flight.before, *applied])
        self._removals = [removal_of(one.plan) for one in flight.before if _meanwhile(one.plan.change) and one.error is None]
        return applied

    def _without_writing(self, plans: Sequence[Plan], statuses: list[Status | ReplyError]) -> list[Status | ReplyError]:
        """`statuses`; but hashes that were to be written before they go are removed at once where Redis has no memory for that."""
        errors = [number for number, status in enumerate(statuses) if isinstance(status, ReplyError)]
        refused = [number for number in errors if code(statuses[number]) == "OOM" and _meanwhile(plans[number].change)]
        if refused:
            self.full = True
            for number, status in zip(refused, self._do([step_of(plans[number], True) for number in refused]), strict=True):
                statuses[number] = status
        return statuses

    def _repeat(self, several: Sequence[Applied]) -> None:
        """Changes hashes once more: another master may have them as they were before. The others are no longer what is guarded."""
        self._do([step_of(one.plan, self.full) for one in several if one.status == Status.DONE])

    def _do(self, steps: Sequence[Step]) -> list[Status | ReplyError]:
        requests = self.guarded.requests(steps)
        return self.guarded.settle(steps, self.topology.execute(requests, idempotent=True) if requests else [])

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

    def _request(self, one: Applied, write: Write) -> Request:
        return Request(write.key, pack(*encoded(write.words, one.plan.guard)))

    def _error(self, key: bytes, reply: ReplyError, command: str) -> SessionctlError:
        return self.topology.connection(self.topology.node_for(key)).error(reply, command)


def step_of(plan: Plan, full: bool = False) -> Step:
    """The guarded step of a plan's hash. Where Redis is `full`, a hash that is to go does so at once."""
    if isinstance(plan.change, Remove) and (full or plan.change.meanwhile is None):
        return Step(plan.key, plan.guard, REMOVAL)
    return Step(plan.key, plan.guard, [tuple(encoded(words, plan.guard)) for words in _commands(plan.change)])


def removal_of(plan: Plan) -> Step:
    """The guarded removal of a hash that was kept until its companions were clean."""
    kept = _meanwhile(plan.change)
    written = {name: encode(value, _like(plan.guard)) for name, value in kept.fields.items()} if kept else {}
    return Step(plan.key, {**plan.guard, **written}, REMOVAL)


def _meanwhile(change: Change) -> Keep | None:
    return change.meanwhile if isinstance(change, Remove) else None


def _commands(change: Change) -> list[tuple[Word, ...]]:
    """The commands of a change of the hash, each without its key."""
    change = _meanwhile(change) or change
    if isinstance(change, Keep):
        return [*((b"HSET", raw(name), value) for name, value in change.fields.items()), change.expiry]
    return []


def encoded(words: Sequence[Word], hash: Mapping[str, bytes | None]) -> list[bytes]:
    """The words as Redis gets them, values in the encoding of the session with these fields. Raises ValueError where it has none."""
    found: list[bytes] = []
    for word in words:
        if isinstance(word, bytes):
            found.append(word)
        elif isinstance(word, int):
            found.append(b"%d" % word)
        elif isinstance(word, Spellings):
            found.extend(spellings(word.value))
        else:
            found.append(encode(word, _like(hash)))
    return found


def _like(hash: Mapping[str, bytes | None]) -> bytes:
    """A value that the application wrote: its maxInactiveInterval, or what there is instead."""
    return next((value for name in reversed(METADATA) if (value := hash.get(name))), b"")
