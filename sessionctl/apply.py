"""Applies plans: the guarded change of each hash, then its companions, then the event. Batches overlap, so Redis never waits for us."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sessionctl.codecs import encode
from sessionctl.errors import SessionctlError
from sessionctl.guarded import Guarded, Status, Step
from sessionctl.layouts.keys import Keys, raw
from sessionctl.layouts.members import spellings
from sessionctl.layouts.reads import METADATA
from sessionctl.plan import Change, Event, Farewell, Keep, Plan, Remove, Spellings, Word, Write
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import ReplyError, pack

SOON = b"100"  # milliseconds to the end of an expires key; with less, a slow moment of Redis makes a DEL of it (facts 2.0)
LONG = b"60000"  # milliseconds that an expires key made only to be ended may live, should we die in between
PROBE = b"sessionctl"  # no key of Spring's: its listeners ignore it


@dataclass(slots=True)
class Applied:
    """A plan, and what became of it.

    `cleaned`: how many companions there were to clean; `had_expires`: whether its expires key was one of them; `told`: whether the event
    was sent; `error`: what kept it from being completed.
    """

    plan: Plan
    status: Status
    cleaned: int = 0
    had_expires: bool = False
    told: bool = False
    error: SessionctlError | None = None


class Applier:
    """Applies the plans of one run. `native`: events only as Redis itself sends them, which a cluster doesn't carry to all applications."""

    def __init__(self, topology: Topology, keys: Keys, db: int = 0) -> None:
        self.topology = topology
        self.keys = keys
        self.channel = b"__keyevent@%d__:" % db
        self.guarded = Guarded(topology)
        self.native = False
        self._probed = False
        self._expiring: list[bytes] = []

    def apply(self, batches: Iterable[Sequence[Plan]]) -> Iterator[list[Applied]]:
        """Each batch's outcomes, in order. While one batch's companions are cleaned, the next one's hashes are changed.

        Raises Unreachable where the connection is lost for good; what was not yielded then is unknown, and a second run completes it.
        """
        waiting: list[Applied] = []
        for plans in batches:
            waiting, done = self._round(plans, waiting), waiting
            self._tell(done)
            try:
                yield done
            except GeneratorExit:  # nobody wants to know any more; what has been begun is finished all the same
                self._complete(waiting)
                raise
        if waiting:
            self._complete(waiting)
            yield waiting

    def _complete(self, waiting: Sequence[Applied]) -> None:
        self._round((), waiting)
        self._tell(waiting)

    def existing(self, keys: Sequence[bytes]) -> list[bool]:
        """Which of the keys there still are."""
        return [reply != 0 for reply in self._execute([Request(key, pack(b"EXISTS", key)) for key in keys])]

    def afterwards(self, writes: Sequence[Write]) -> None:
        """What was left to do when the applications have reacted. Raises what `Connection.error` makes of an error reply."""
        expiring, self._expiring = self._expiring, []
        self.existing(expiring)  # a look at a key that has expired makes Redis say so
        self._raise(writes, self._execute([self._request(write, b"") for write in writes]))

    def _round(self, plans: Sequence[Plan], before: Sequence[Applied]) -> list[Applied]:
        """The hashes of `plans`, and in the same messages the companions of those before."""
        steps = [_step(plan) for plan in plans]
        scripts = [self.guarded.request(step) for step in steps] if self.guarded.scripted else []
        writes = [(one, write) for one in before if one.status != Status.CHANGED for write in self._writes(one.plan)]
        replies = self._execute([*scripts, *(self._request(write, like(one.plan)) for one, write in writes)])
        statuses = self.guarded.settle(steps, replies[: len(scripts)]) if scripts or not steps else self.guarded.run(steps)
        for (one, write), reply in zip(writes, replies[len(scripts) :], strict=True):
            self._note(one, write, reply)
        return [self._applied(plan, status) for plan, status in zip(plans, statuses, strict=True)]

    def _writes(self, plan: Plan) -> Iterator[Write]:
        yield from plan.writes
        if plan.farewell is not None and not self._natively(plan.farewell):
            yield Write(plan.farewell.key, (b"RENAME", plan.farewell.key, self._renamed(plan.farewell.key)))

    def _renamed(self, key: bytes) -> bytes:
        """Where an expires key goes to vanish unheard. In the same slot: a hash tag of the namespace comes first, else the key is it."""
        return raw(f"{self.keys.namespace}:sessionctl:ended:") + b"{" + key + b"}"

    def _applied(self, plan: Plan, status: Status | ReplyError) -> Applied:
        if not isinstance(status, ReplyError):
            return Applied(plan, status)
        return Applied(plan, Status.CHANGED, error=self._error(plan.key, status, "EVALSHA"))

    def _note(self, one: Applied, write: Write, reply: Any) -> None:
        command = write.words[0]
        if not isinstance(reply, ReplyError):
            one.cleaned += command == b"RENAME" or _count(reply)
            one.had_expires |= command == b"RENAME"
        elif command == b"RENAME" and "CROSSSLOT" in str(reply):
            self.native = True
        elif not (str(reply).startswith("WRONGTYPE") or (command == b"RENAME" and "no such key" in str(reply))):
            one.error = self._error(write.key, reply, str(command, "ascii") if isinstance(command, bytes) else "")

    def _tell(self, applied: Sequence[Applied]) -> None:
        """The events of those that have ended, and the last of their expires keys."""
        endings = [(one, one.plan.farewell) for one in applied if one.plan.farewell is not None and one.status != Status.CHANGED]
        unlinks = [self._renamed(farewell.key) for one, farewell in endings if one.had_expires]
        self._execute([Request(key, pack(b"UNLINK", key)) for key in unlinks])
        due = []
        for one, farewell in endings:
            if farewell.event != Event.NONE and one.status == Status.DONE and one.error is None:
                if self._natively(farewell):
                    one.told = self._end_natively(farewell)
                elif one.had_expires or farewell.even_without:
                    due.append((one, farewell))
        self._publish(due)

    def _publish(self, due: Sequence[tuple[Applied, Farewell]]) -> None:
        """Sent once: after a lost reply nobody knows whether the applications have heard it, and twice is worse than that."""
        names = {Event.DELETED: b"del", Event.EXPIRED: b"expired"}
        replies = self.topology.execute(
            [Request(farewell.key, pack(b"PUBLISH", self.channel + names[farewell.event], farewell.key)) for _, farewell in due]
        )
        for (one, farewell), reply in zip(due, replies, strict=True):
            one.told = not isinstance(reply, ReplyError)
            if isinstance(reply, ReplyError):
                one.error = self._error(farewell.key, reply, "PUBLISH")

    # --- events as Redis itself sends them ---

    def probe(self) -> bool:
        """Whether this user may publish on the channels of keyspace events; from then on the events are sent in the way that works."""
        if not self._probed:
            self._probed = True
            [reply] = self._execute([Request(self.keys.prefix, pack(b"PUBLISH", self.channel + b"del", PROBE))])
            self.native = isinstance(reply, ReplyError)
        return not self.native

    def _natively(self, farewell: Farewell) -> bool:
        return self.native and farewell.event != Event.NONE

    def _end_natively(self, farewell: Farewell) -> bool:
        """DEL makes Redis send `del`, the end of a TTL `expired`. Whether there was an expires key to end."""
        key = farewell.key
        [exists] = self._execute([Request(key, pack(b"EXISTS", key))])
        if not exists and not farewell.even_without:
            return False
        if farewell.event == Event.EXPIRED:
            commands: list[tuple[bytes, ...]] = [(b"SET", key, b"", b"PX", SOON)]
            self._expiring.append(key)
        else:
            commands = [(b"SET", key, b"", b"PX", LONG), (b"DEL", key)]
        replies = self._execute([Request(key, pack(*command)) for command in commands])
        self._raise([Write(key, command) for command in commands], replies)
        return True

    # --- sending ---

    def _execute(self, requests: Sequence[Request]) -> list[Any]:
        return self.topology.execute(requests, idempotent=True) if requests else []

    def _request(self, write: Write, like: bytes) -> Request:
        return Request(write.key, pack(*_encoded(write.words, like)))

    def _raise(self, writes: Sequence[Write], replies: Sequence[Any]) -> None:
        for write, reply in zip(writes, replies, strict=True):
            if isinstance(reply, ReplyError) and not str(reply).startswith("WRONGTYPE"):
                raise self._error(write.key, reply, str(write.words[0]))

    def _error(self, key: bytes, reply: ReplyError, command: str) -> SessionctlError:
        return self.topology.connection(self.topology.node_for(key)).error(reply, command)


def _count(reply: Any) -> int:
    """How many members or keys a removal has found."""
    return reply if isinstance(reply, int) else 0


def _step(plan: Plan) -> Step:
    return Step(plan.key, plan.guard, [tuple(_encoded(words, like(plan))) for words in commands(plan.change)])


def commands(change: Change) -> list[tuple[Word, ...]]:
    """The commands of a change of the hash, each without its key."""
    if isinstance(change, Remove):
        return [(b"UNLINK",)]
    if isinstance(change, Keep):
        writes: list[tuple[Word, ...]] = [(b"HSET", raw(name), value) for name, value in change.fields.items()]
        return [*writes, change.expiry] if change.expiry else writes
    return []


def _encoded(words: Sequence[Word], like: bytes) -> list[bytes]:
    """The words as Redis gets them, values in the encoding that the session itself has."""
    found: list[bytes] = []
    for word in words:
        if isinstance(word, bytes):
            found.append(word)
        elif isinstance(word, int):
            found.append(b"%d" % word)
        elif isinstance(word, Spellings):
            found.extend(spellings(word.value))
        else:
            found.append(encode(word, like))
    return found


def like(plan: Plan) -> bytes:
    """A value that the application wrote: its maxInactiveInterval, or what there is instead."""
    return next((value for name in reversed(METADATA) if (value := plan.guard.get(name))), b"")
