"""How to reach Redis: what every topology can do, and the one loop that sends requests and follows wherever their keys have gone."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from sessionctl.dial import Deadline
from sessionctl.errors import SessionctlError, Unreachable
from sessionctl.replies import code
from sessionctl.target import Address, Target
from sessionctl.wire import Connection, ReplyError

AT_ONCE = 100  # requests a message
PINGS = 3
PAUSES = (0.0, 0.02, 0.05, 0.1, 0.2)  # seconds before each further try; the last one repeats

Reply = Any
"""What Redis answered; an error reply is a value here, a `ReplyError`."""


class Request(NamedTuple):
    """One command, packed, and the key that decides which node gets it."""

    key: bytes
    payload: bytes

    @property
    def command(self) -> str:
        """The command's name."""
        return self.payload.split(b"\r\n", 3)[2].decode("ascii", "replace")


class Topology(Protocol):
    """Where the sessions are. Nodes are masters, named "host:port": replicas lag, and don't know TTLs exactly."""

    mode: str
    target: Target
    followed: int
    """How often a connection was made anew, or it was asked anew who is master of what: what was confirmed before may be lost since."""

    @property
    def display(self) -> str:
        """What is reached, without credentials, safe to show."""

    def nodes(self) -> list[str]:
        """The masters' addresses, sorted."""

    def open(self, node: str) -> Connection:
        """A connection to one node of the caller's own, to scan or to read ahead. Raises Unreachable and Refused."""

    def connection(self, node: str) -> Connection:
        """The kept connection to one node, opened when first used."""

    @property
    def sole(self) -> str | None:
        """The node that owns every key, so that one command may be about many; None where there are several."""

    def node_for(self, key: bytes) -> str:
        """The node that owns `key`, as far as is known."""

    def refresh(self) -> None:
        """Learns anew who is master of what. Raises Unreachable where nobody can tell."""

    def epoch(self) -> object:
        """What differs as soon as other nodes own, import or give away keys; compared only with another epoch."""

    def importing(self) -> list[str]:
        """The nodes that are taking over keys right now."""

    def execute(self, requests: Sequence[Request], *, idempotent: bool = False, at_once: int = AT_ONCE) -> list[Reply]:
        """The replies in the order of the requests. Raises Unreachable; see `Follower.execute`."""

    def begin(self, requests: Sequence[Request], *, idempotent: bool = False, at_once: int = AT_ONCE) -> Callable[[], list[Reply]]:
        """Sends requests, and answers what reads their replies; see `Follower.begin`."""

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """The replies to reading requests; a key of another type than expected says nothing. Raises what any other error reply means."""

    def round_trip(self) -> float:
        """Seconds that a message takes to the farthest node and back, at its best. Raises Unreachable."""

    def close(self) -> None:
        """Closes every kept connection."""


class Follower:
    """What the topologies share: kept connections, and requests that follow their keys. Each says which replies mean "elsewhere"."""

    FOLLOWED: frozenset[str] = frozenset()  # error replies to requests that were not executed, and may be elsewhere or in a moment

    def __init__(self, target: Target) -> None:
        self.target = target
        self.followed = 0
        self._kept: dict[str, Connection] = {}

    @property
    def sole(self) -> str | None:
        return None

    def nodes(self) -> list[str]:
        raise NotImplementedError

    def node_for(self, key: bytes) -> str:
        raise NotImplementedError

    def refresh(self) -> None:
        raise NotImplementedError

    def open(self, node: str) -> Connection:
        connection = Connection.open(Address.parse(node), self.target)
        if connection.server.role == "replica":
            connection.close()
            raise Unreachable(f"{node} is a replica now", "a failover has happened or is going on; try again in a moment")
        return connection

    def connection(self, node: str) -> Connection:
        kept = self._kept.get(node)
        if kept is None or kept.stale:
            self.followed += kept is not None
            self._keep(self.open(node))
        return self._kept[node]

    def _keep(self, connection: Connection) -> None:
        """Keeps a connection, instead of the one to the same node that was kept before."""
        former = self._kept.pop(connection.node, None)
        if former is not None and former is not connection:
            former.close()
        self._kept[connection.node] = connection

    def close(self) -> None:
        while self._kept:
            self._kept.popitem()[1].close()

    def execute(self, requests: Sequence[Request], *, idempotent: bool = False, at_once: int = AT_ONCE) -> list[Reply]:
        """Sends the requests pipelined, `at_once` in a message and two messages in flight to each node; replies come in their order.

        A key that has moved is followed (MOVED, ASK), and waited for within the target's timeout (TRYAGAIN, CLUSTERDOWN, a failover).
        Where the connection is lost it is unknown whether the last requests were executed: only idempotent ones are sent again.
        Raises Unreachable after all nodes' replies are in; other error replies are values.
        """
        return self.begin(requests, idempotent=idempotent, at_once=at_once)()

    def begin(self, requests: Sequence[Request], *, idempotent: bool = False, at_once: int = AT_ONCE) -> Callable[[], list[Reply]]:
        """Sends the first messages; what it answers reads the replies and does the rest of `execute`.

        Until then nothing else may be sent by this topology.
        """
        work, pending, sole = Work(requests, at_once), range(len(requests)), self.sole
        round = Message(self, work, sole) if sole is not None and 0 < len(pending) <= at_once else Round(self, work, pending)
        return lambda: self._finish(work, pending, round, idempotent)

    def _finish(self, work: Work, pending: Sequence[int], round: Round | Message, idempotent: bool) -> list[Reply]:
        deadline, tries = Deadline(self.target.timeout), 0
        while pending:
            lost = round.finish()
            failed = self.FOLLOWED and ReplyError in set(map(type, work.replies))
            refused = [number for number in pending if number not in lost and self._elsewhere(work.replies[number])] if failed else []
            may_retry = self._may_retry(tries, deadline)
            for number, error in lost.items():
                if not may_retry or (number in work.sent and not idempotent):
                    raise error
            if not may_retry:
                break
            pending = sorted([*lost, *refused])
            if pending:
                time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                self._follow(work, pending, lost)
                round = Round(self, work, pending)
                tries += 1
        return work.replies

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """See `Topology.ask`. Raises Unreachable and Refused."""
        replies = self.execute(requests, idempotent=True) if requests else []
        for request, reply in zip(requests, replies, strict=True):
            if isinstance(reply, ReplyError) and code(reply) != "WRONGTYPE":
                raise self.connection(self.node_for(request.key)).error(reply, request.command)
        return replies

    def round_trip(self) -> float:
        """See `Topology.round_trip`."""
        return max(_round_trip(self.connection(node)) for node in self.nodes())

    def _elsewhere(self, reply: Reply) -> bool:
        return isinstance(reply, ReplyError) and code(reply) in self.FOLLOWED

    def _may_retry(self, tries: int, deadline: Deadline) -> bool:
        """A server alone gets one more try, as its connection may have been idle for too long; others get the time of a failover."""
        return not deadline.passed if self.FOLLOWED else tries == 0

    def _follow(self, work: Work, pending: list[int], lost: dict[int, SessionctlError]) -> None:
        """Finds out where the pending requests belong now. While a failover goes on nobody may know; the next try asks again."""
        self.followed += 1
        try:
            self.refresh()
        except Unreachable:
            if not self.FOLLOWED:
                raise

    def route(self, work: Work, number: int) -> str:
        """The node for a request; what must be sent right before it goes into ``work.prefixes``."""
        return self.node_for(work.requests[number].key)


class Message:
    """An attempt at some requests that go to one node in one message: what a `Round` does, without its bookkeeping."""

    def __init__(self, topology: Follower, work: Work, node: str) -> None:
        self._topology = topology
        self._work = work
        self._lost: dict[int, SessionctlError] = {}
        with self._noting_loss():
            self._connection = topology.connection(node)
            work.sent.update(range(len(work.requests)))
            self._connection.send(work.pack())

    def finish(self) -> dict[int, SessionctlError]:
        """See `Round.finish`."""
        with self._noting_loss():
            if not self._lost:
                self._work.replies = self._connection.read(len(self._work.requests))
        return self._lost

    @contextmanager
    def _noting_loss(self) -> Iterator[None]:
        try:
            yield
        except Unreachable as error:
            self._lost = dict.fromkeys(range(len(self._work.requests)), error)
        except BaseException:
            self._topology.close()  # replies are still on their way
            raise


class Round:
    """One attempt at some requests, over all nodes side by side: sent as far as two messages to each, finished by `finish`."""

    def __init__(self, topology: Follower, work: Work, pending: Sequence[int]) -> None:
        self._topology = topology
        self._work = work
        self._lost: dict[int, SessionctlError] = {}
        lanes: dict[str, list[int]] = defaultdict(list)
        for number in pending:
            work.nodes[number] = node = topology.route(work, number)
            lanes[node].append(number)
        self._running = {node: self._lane(node, numbers) for node, numbers in lanes.items()}
        for _ in range(2):
            self._advance()

    def finish(self) -> dict[int, SessionctlError]:
        """Everything sent and read; answers the requests whose replies were lost, with the reason."""
        while self._running:
            self._advance()
        return self._lost

    def _advance(self) -> None:
        for node, lane in list(self._running.items()):
            if next(lane, None) is None:
                del self._running[node]

    def _lane(self, node: str, numbers: list[int]) -> Iterator[bool]:
        """One node's messages, two in flight; pauses after each send so that the other nodes get theirs."""
        work, waiting, done = self._work, list[list[int]](), 0
        work.sent.difference_update(numbers)
        try:
            connection = self._topology.connection(node)
            for start in range(0, len(numbers), work.at_once):
                message = numbers[start : start + work.at_once]
                if len(waiting) == 2:
                    done += work.take(connection, waiting.pop(0))
                work.sent.update(message)
                connection.send(work.pack(message))
                waiting.append(message)
                yield True
            if len(waiting) == 1:
                yield True
            for message in waiting:
                done += work.take(connection, message)
        except Unreachable as error:
            self._lost.update(dict.fromkeys(numbers[done:], error))
        except BaseException:
            self._topology.close()  # replies are still on their way on these connections
            raise


class Work:
    """The requests of one `execute`, and what is known of each so far."""

    def __init__(self, requests: Sequence[Request], at_once: int) -> None:
        self.requests = requests
        self.at_once = at_once
        self.replies: list[Reply] = [None] * len(requests)
        self.nodes: list[str] = [""] * len(requests)
        self.sent: set[int] = set()
        self.asked: dict[int, str] = {}  # requests for which one other node must be asked once
        self.prefixes: dict[int, bytes] = {}

    def pack(self, message: Sequence[int] | None = None) -> bytes:
        """The message's requests as they are sent; all of them without a message."""
        if message is None:
            return b"".join([request.payload for request in self.requests])
        if not self.prefixes:
            return b"".join([self.requests[number].payload for number in message])
        return b"".join([self.prefixes.get(number, b"") + self.requests[number].payload for number in message])

    def take(self, connection: Connection, message: list[int]) -> int:
        """Reads the replies of one message. The reply to what was sent right before a request is of no interest."""
        expected = [number for number in message for _ in range(2 if number in self.prefixes else 1)] if self.prefixes else message
        for number, reply in zip(expected, connection.read(len(expected)), strict=True):
            self.replies[number] = reply
        return len(message)


def _round_trip(connection: Connection) -> float:
    took = []
    for _ in range(PINGS):
        began = time.perf_counter()
        connection.pipeline([(b"PING",)])
        took.append(time.perf_counter() - began)
    return min(took)


def run_id(connection: Connection) -> tuple[object, ...]:
    """What changes when a server restarts or becomes another's replica; nothing where an ACL forbids INFO."""
    replies = connection.pipeline([(b"INFO", b"server"), (b"INFO", b"replication")])
    names = (b"run_id:", b"master_replid:")
    return tuple(line for reply in replies if isinstance(reply, bytes) for line in reply.splitlines() if line.startswith(names))
