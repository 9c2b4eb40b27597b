"""Brings recorded sessions back: each hash in one atomic step where there is none, then what lies beside it, which may be repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sessionctl.app import App
from sessionctl.archives import Line
from sessionctl.errors import SessionctlError
from sessionctl.farewells import Farewells
from sessionctl.interrupts import Interrupts
from sessionctl.layouts import LAYOUTS
from sessionctl.layouts.base import Ending, Stored
from sessionctl.outcomes import commands_table
from sessionctl.plan import Event, Outcome, Result
from sessionctl.records.replay import Command
from sessionctl.restoring import Found, Restorer
from sessionctl.returns import Return, Returns, Wishes
from sessionctl.snapshots import Snapshots
from sessionctl.topologies.base import Request
from sessionctl.wire import ReplyError, pack
from sessionctl.words import encoded

AT_ONCE = 250  # requests a message: 50 sessions, which are read at once, and four companions of each of the 50 before
REMEMBERED = 10_000  # buckets that have got their end
SAME = "it is there already, just as it was recorded"
REASONS = {
    Found.SAME: SAME,
    Found.ANOTHER: "there is a session with this id; --replace overwrites it",
    Found.FOREIGN: "its key holds something that is no session",
}
_STATES: dict[Any, str] = {
    Found.NOTHING: "it is restored, but its companions aren't; run this again",
    None: "nobody knows whether it was restored; run this again",
}
NOTHING_DONE = "nothing was done"
NO_SUCH_KEY = "ERR no such key"  # a predecessor had no expires key


@dataclass(slots=True)
class Flight:
    """What is on its way: the hashes of some sessions, and in the same messages what follows those of sessions `before`."""

    new: Sequence[Return | Result] = ()
    before: Sequence[Return | Result] = ()
    following: Sequence[tuple[Return, Command]] = ()
    replies: Callable[[], list[Any]] | None = None

    @property
    def coming(self) -> list[Return]:
        return [one for one in self.new if isinstance(one, Return)]

    @property
    def leaving(self) -> list[Return]:
        return [one for one in self.before if isinstance(one, Return)]


class Import:
    """One run. `outcomes` counts; `failure` is what ended it early."""

    def __init__(self, app: App, wishes: Wishes) -> None:
        self.app = app
        self.wishes = wishes
        self.returns = Returns(app, wishes)
        self.restorer = Restorer(app.topology)
        self.outcomes: Counter[Outcome] = Counter()
        self.namespaces: Counter[str] = Counter()
        self.interrupts = Interrupts()
        self.failure: SessionctlError | None = None
        self._ends: set[tuple[bytes, ...]] = set()

    def run(self, lines: Iterable[Sequence[Line]]) -> Iterator[list[Result]]:
        """Brings the sessions back; what became of each line, some at a time. Ends early after a failure or Ctrl-C, with whole sessions.

        While Redis is at work on some sessions, the next ones are read. Never raises what Redis or the network did: that is in `failure`.
        """
        flight = Flight()
        for some in lines:
            try:
                judged = self._judged(some)
            except SessionctlError as error:  # of what was to be asked about the application's sorted set
                self.failure = error
            yield self._counted(self._land(flight))
            if self.interrupts.asked or self.failure is not None:
                break
            flight = self._launch(judged, flight.new)
        else:
            yield self._counted(self._land(flight))
        yield self._counted(self._land(self._launch((), flight.new)))

    def plans(self, lines: Iterable[Sequence[Line]], verbose: bool) -> Iterator[list[Result]]:
        """What would become of each line; nothing is written. Raises Unreachable and Refused."""
        for some in lines:
            judged = self._judged(some)
            coming = Flight(judged).coming
            for one, (found, former) in zip(coming, self.restorer.look([one.restoration for one in coming]), strict=True):
                one.found, one.former = found, former
                if isinstance(found, ReplyError):
                    raise self._error(one.restoration.key, found, "HGETALL")
            self._find_removals(coming)
            yield self._counted([_would_be(one, verbose) if isinstance(one, Return) else one for one in judged])

    def _judged(self, lines: Sequence[Line]) -> list[Return | Result]:
        now = self.app.later()
        return [self.returns.judge(line, now) for line in lines]

    def _counted(self, results: list[Result]) -> list[Result]:
        self.outcomes.update([result.outcome for result in results])
        self.namespaces.update([str(result.detail["namespace"]) for result in results if result.outcome is Outcome.DONE])
        return results

    # --- doing it ---

    def _launch(self, new: Sequence[Return | Result], before: Sequence[Return | Result]) -> Flight:
        flight = Flight(new, before)
        with self._failing(flight):
            self._find_removals(flight.coming)
            flight.following = [
                (one, words)
                for one in flight.leaving
                if one.failure is None
                for words in one.following
                if words[0] != b"PEXPIREAT" or self._is_new(words)
            ]
            scripts = self.restorer.requests([one.restoration for one in flight.coming])
            requests = [*scripts, *(Request(words[1], pack(*words)) for _, words in flight.following)]
            flight.replies = self.app.topology.begin(requests, idempotent=True, at_once=AT_ONCE)
        return flight

    def _land(self, flight: Flight) -> list[Result]:
        """Notes with each session how its hash, or what followed it, has fared; the results of those whose last step this was."""
        if flight.replies is not None:
            with self._failing(flight):
                replies = flight.replies()
                scripts = len(replies) - len(flight.following)
                self._note_following(flight.following, replies[scripts:])
                self._note_hashes(flight.coming, replies[:scripts])
        return [_result(one) if isinstance(one, Return) else one for one in flight.before]

    @contextmanager
    def _failing(self, flight: Flight) -> Iterator[None]:
        """What befalls a whole flight befalls each session in it."""
        try:
            yield
        except SessionctlError as error:
            self.failure = self.failure or error
            for one in (*flight.coming, *flight.leaving):
                one.failure = one.failure or error

    def _note_following(self, following: Sequence[tuple[Return, Command]], replies: Sequence[Any]) -> None:
        for (one, words), reply in zip(following, replies, strict=True):
            if isinstance(reply, ReplyError) and not str(reply).startswith(NO_SUCH_KEY):
                one.failure = self._error(words[1], reply, words[0].decode("ascii"))
                if not str(reply).startswith("WRONGTYPE"):  # somebody else's key is in the way of this session only
                    self.failure = self.failure or one.failure

    def _note_hashes(self, coming: Sequence[Return], replies: list[Any]) -> None:
        restorations = [one.restoration for one in coming]
        for one, found in zip(coming, self.restorer.settle(restorations, replies), strict=True):
            one.found = found
            if isinstance(found, ReplyError):
                one.failure = self._error(one.restoration.key, found, "EVALSHA")
                self.failure = self.failure or one.failure

    def _is_new(self, words: Command) -> bool:
        """A minute's bucket gets its end once; many sessions share it."""
        if words in self._ends:
            return False
        if len(self._ends) > REMEMBERED:
            self._ends.clear()
        self._ends.add(words)
        return True

    def _error(self, key: bytes, reply: ReplyError, command: str) -> SessionctlError:
        return self.app.topology.connection(self.app.topology.node_for(key)).error(reply, command)

    # --- what is replaced ---

    def _find_removals(self, coming: Sequence[Return]) -> None:
        """With --replace: what lies beside the sessions that are there."""
        if not self.wishes.replace:
            return
        for keys in {one.keys for one in coming}:
            there = replace(self.app, namespace=keys.namespace)
            there.topology = self.app.topology
            farewells = Farewells(self.app.topology, keys)
            of_keys = {one.id: one for one in coming if one.keys == keys}
            for snapshot in Snapshots(there).of_ids(list(of_keys)):
                for session in snapshot.sessions:
                    one = of_keys[session.id]
                    one.differs = session.layout != one.detail["layout"]
                    one.removals = _removals(one, session, farewells, there.later())


def _removals(one: Return, session: Stored, farewells: Farewells, now: int) -> list[Command]:
    """What takes a session out of everything that holds it, and unheard its expires key if there is to be none.

    Last comes what gives a hash that stays, because it is the same, the TTL of another layout.
    """
    plan = LAYOUTS[session.layout].end(one.keys, session, Ending(Event.NONE, now))
    removals = [tuple(encoded(write.words, plan.guard)) for write in plan.writes]
    if plan.farewell is not None and not any(words[1] == plan.farewell.key for words in one.commands):
        removals += farewells.commands(plan.farewell)
    return [*removals, one.restoration.expiry] if one.differs else removals


def _result(one: Return) -> Result:
    if one.failure is not None:
        return Result(one.id, Outcome.REFUSED, f"{one.failure.message}: {_STATES.get(one.found, NOTHING_DONE)}", one.detail)
    if one.written:
        return Result(one.id, Outcome.DONE, one.note, one.detail)
    assert isinstance(one.found, Found)
    return Result(one.id, Outcome.SPARED, REASONS[one.found], one.detail)


def _would_be(one: Return, verbose: bool) -> Result:
    """What a dry run says."""
    result = _result(one)
    if result.outcome != Outcome.DONE:
        return result
    companions = len({words[1] for words in one.commands})
    beside = {0: "", 1: " and 1 key beside it"}.get(companions, f" and {companions} keys beside it")
    keeps = one.found is Found.SAME
    detail: dict[str, object] = {**result.detail, "plan": f"{'keep' if keeps else 'write'} the hash{beside}"}
    if verbose:
        hash = [] if keeps else [("hash", words) for words in one.restoration.commands(one.former)]
        detail["commands"] = commands_table([*hash, *(("companion", words) for words in one.following)])
    return result._replace(detail=detail)
