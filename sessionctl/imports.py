"""Brings recorded sessions back: each hash in one atomic step where there is none, then what lies beside it, which may be repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sessionctl.ahead import Ahead
from sessionctl.app import App
from sessionctl.archives import Line
from sessionctl.errors import SessionctlError
from sessionctl.interrupts import Interrupts
from sessionctl.layouts import LAYOUTS
from sessionctl.layouts.base import Ending, Stored
from sessionctl.layouts.keys import Keys
from sessionctl.outcomes import commands_table
from sessionctl.plan import Event, Outcome, Result
from sessionctl.records.read import Record
from sessionctl.restoring import Found, Restorer
from sessionctl.returns import Return, Returns, Wishes
from sessionctl.snapshots import Snapshots
from sessionctl.topologies.base import Request
from sessionctl.wire import ReplyError, pack
from sessionctl.words import encoded

AT_ONCE = 50  # sessions a message
CHUNK = 4 * AT_ONCE
BYTES_AT_ONCE = 4 * 1024 * 1024
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


@dataclass(slots=True)
class Coming:
    """A session on its way: what was found at its key, what failed, and what of its predecessor has to go."""

    plan: Return
    found: Found | ReplyError | None = None
    failure: SessionctlError | None = None
    removals: Sequence[tuple[bytes, Sequence[bytes]]] = field(default=())
    former: Sequence[bytes] = ()

    @property
    def commands(self) -> Sequence[tuple[bytes, Sequence[bytes]]]:
        """What follows now that the hash was dealt with. One that was there already may lack companions: an import was interrupted."""
        if self.found is Found.NOTHING:
            return (*self.removals, *self.plan.commands)
        return self.plan.commands if self.found is Found.SAME else ()


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

    def run(self, lines: Iterable[Line]) -> Iterator[list[Result]]:
        """Brings the sessions back; what became of each line, some at a time. Ends early after a failure or Ctrl-C, with whole sessions.

        While one message's companions are written, the next one's hashes are. Never raises what Redis or the network did: that is in
        `failure`.
        """
        waiting: list[Coming | Result] = []
        for chunk in Ahead(chunks(lines)):
            now = self.app.later()
            judged = [self._coming(self.returns.judge(line, now)) for line in chunk]
            yield self._counted(self._round(judged, waiting))
            waiting = judged
            if self.interrupts.asked or self.failure is not None:
                break
        yield self._counted(self._round((), waiting))

    def plans(self, lines: Iterable[Line], verbose: bool) -> Iterator[list[Result]]:
        """What would become of each line; nothing is written. Raises Unreachable and Refused."""
        for chunk in chunks(lines):
            now = self.app.later()
            judged = [self._coming(self.returns.judge(line, now)) for line in chunk]
            coming = [one for one in judged if isinstance(one, Coming)]
            for one, (found, former) in zip(coming, self.restorer.look([one.plan.restoration for one in coming]), strict=True):
                one.found, one.former = found, former
                if isinstance(found, ReplyError):
                    raise self._error(one.plan.restoration.key, found, "HGETALL")
            self._find_removals(coming)
            yield self._counted([one if isinstance(one, Result) else _would_be(one, verbose) for one in judged])

    def _coming(self, one: Return | Result) -> Coming | Result:
        return one if isinstance(one, Result) else Coming(one)

    def _counted(self, results: list[Result]) -> list[Result]:
        for result in results:
            self.outcomes[result.outcome] += 1
            if result.outcome == Outcome.DONE:
                self.namespaces[str(result.detail["namespace"])] += 1
        return results

    # --- doing it ---

    def _round(self, new: Sequence[Coming | Result], before: Sequence[Coming | Result]) -> list[Result]:
        """The hashes of `new`, and in the same messages the companions of those before, whose results are the answer."""
        coming = [one for one in new if isinstance(one, Coming)]
        leaving = [one for one in before if isinstance(one, Coming)]
        try:
            self._find_removals(coming)
            self._send(coming, leaving)
        except SessionctlError as error:
            self.failure = self.failure or error
            for one in (*coming, *leaving):
                one.failure = one.failure or error
        return [one if isinstance(one, Result) else _result(one) for one in before]

    def _send(self, coming: Sequence[Coming], leaving: Sequence[Coming]) -> None:
        restorations = [one.plan.restoration for one in coming]
        scripts = self.restorer.requests(restorations)
        following = [(one, key, words) for one in leaving if one.failure is None for key, words in one.commands if self._is_new(words)]
        requests = [*scripts, *(Request(key, pack(*words)) for _, key, words in following)]
        replies: list[Any] = self.app.topology.execute(requests, idempotent=True, at_once=AT_ONCE) if requests else []
        for (one, key, words), reply in zip(following, replies[len(scripts) :], strict=True):
            if isinstance(reply, ReplyError):
                one.failure = self._error(key, reply, words[0].decode("ascii"))
                if not str(reply).startswith("WRONGTYPE"):  # somebody else's key is in the way of this session only
                    self.failure = self.failure or one.failure
        for one, found in zip(coming, self.restorer.settle(restorations, replies[: len(scripts)]), strict=True):
            one.found = found
            if isinstance(found, ReplyError):
                one.failure = self._error(one.plan.restoration.key, found, "EVALSHA")
                self.failure = self.failure or one.failure

    def _is_new(self, words: Sequence[bytes]) -> bool:
        """A minute's bucket gets its end once; many sessions share it."""
        if words[0] != b"PEXPIREAT":
            return True
        command = tuple(words)
        if command in self._ends:
            return False
        if len(self._ends) > REMEMBERED:
            self._ends.clear()
        self._ends.add(command)
        return True

    def _error(self, key: bytes, reply: ReplyError, command: str) -> SessionctlError:
        return self.app.topology.connection(self.app.topology.node_for(key)).error(reply, command)

    # --- what is replaced ---

    def _find_removals(self, coming: Sequence[Coming]) -> None:
        """With --replace: the entries in indexes, buckets and sorted sets of the sessions that are there."""
        if not self.wishes.replace:
            return
        for keys in {one.plan.keys for one in coming}:
            there = replace(self.app, namespace=keys.namespace)
            there.topology = self.app.topology
            of_keys = {one.plan.id: one for one in coming if one.plan.keys == keys}
            for snapshot in Snapshots(there).of_ids(list(of_keys)):
                for session in snapshot.sessions:
                    of_keys[session.id].removals = _removals(keys, session, there.later())


def _removals(keys: Keys, session: Stored, now: int) -> list[tuple[bytes, Sequence[bytes]]]:
    """What takes a session out of everything that holds it, but for its own keys."""
    plan = LAYOUTS[session.layout].end(keys, session, Ending(Event.NONE, now))
    return [(write.key, encoded(write.words, plan.guard)) for write in plan.writes]


def chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines some at a time, the fewer the larger they are."""
    chunk: list[Line] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += sum(map(len, (line[1].hash or {}).values())) if isinstance(line[1], Record) else 0
        if len(chunk) == CHUNK or size >= BYTES_AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _result(one: Coming) -> Result:
    plan = one.plan
    if one.failure is not None:
        return Result(plan.id, Outcome.REFUSED, f"{one.failure.message}: {_STATES.get(one.found, NOTHING_DONE)}", plan.detail)
    if one.found is Found.NOTHING:
        return Result(plan.id, Outcome.DONE, plan.note, plan.detail)
    assert isinstance(one.found, Found)
    return Result(plan.id, Outcome.SPARED, REASONS[one.found], plan.detail)


def _would_be(one: Coming, verbose: bool) -> Result:
    """What a dry run says."""
    result = _result(one)
    if result.outcome != Outcome.DONE:
        return result
    companions = len({key for key, _ in one.plan.commands})
    beside = {0: "", 1: " and 1 key beside it"}.get(companions, f" and {companions} keys beside it")
    detail: dict[str, object] = {**result.detail, "plan": f"write the hash{beside}"}
    if verbose:
        hash = [("hash", words) for words in one.plan.restoration.commands(one.former)]
        detail["commands"] = commands_table([*hash, *(("companion", words) for _, words in one.commands)])
    return result._replace(detail=detail)
