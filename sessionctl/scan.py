"""SCAN with the reads of what it finds, some messages in flight, on one node or on many side by side.

Redis answers a message when it has worked through all of it. So a listing takes as long as Redis needs for it only if there is always
another message waiting there: SCAN runs ahead of the reads, because its next cursor is known only from its reply. Messages are small on
purpose: other clients wait behind a whole message, so their p99 follows its size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Queue
from threading import Event, Thread
from typing import Any, TypeAlias

from sessionctl.layouts.reads import Reads
from sessionctl.wire import Connection, ReplyError, pack

Message: TypeAlias = tuple[str, list[bytes], list[Any]]
"""The node, the keys found there, and the replies to their reads: of several messages where they come quickly."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is asked of Redis at once; the p99 of other clients follows it (see the benchmarks).

    `reads`: sessions a message; `in_flight`: messages, so that Redis doesn't run out of them while a batch is worked on here; `together`:
    sessions a batch, as what is done once a batch is a sixth of the work for batches of 50; `least` and `most`: keys a SCAN looks at, most
    where the reads wait for keys; `widest`: the same where few of them match.
    """

    reads: int = 50
    in_flight: int = 4
    together: int = 100
    least: int = 200
    most: int = 1000
    widest: int = 1000


QUICK = Pace()


def gentle(at_once: int, messages: int) -> Pace:
    """For what goes on for long, changing so many sessions a message, and so many messages on their way."""
    return Pace(
        reads=min(QUICK.reads, at_once // 2 or 1),
        in_flight=min(QUICK.in_flight, 1 + -(-at_once // 20)) * messages,
        least=min(QUICK.least, at_once * messages),
        most=min(QUICK.most, 2 * at_once * messages),
        widest=min(QUICK.widest, 10 * at_once * messages),
    )


@dataclass(frozen=True, slots=True)
class Scan:
    """What to look for: a pattern, its hashes only where the server can tell, and what to read of each key.

    A key that SCAN repeats is read again and yielded again: only who gets the messages knows which of them arrived.
    """

    pattern: bytes
    reads: Reads
    is_companion: Callable[[bytes], bool]
    steps: int | None = None  # after so many SCANs a look around ends; None: to the end
    pace: Pace = QUICK

    def node(self, connection: Connection) -> Iterator[Message]:
        """All matching keys of one node. Raises what `Connection.error` makes of an error reply to SCAN, and Unreachable."""
        cursor = Cursor(self, connection)
        step, pace = len(self.reads.commands), self.pace
        flying: deque[list[bytes]] = deque()
        keys: list[bytes] = []
        replies: list[Any] = []
        while True:
            while len(flying) < pace.in_flight and (cursor.found or cursor.ready):
                names = cursor.take()
                connection.send(cursor.next_scan() + self.reads.pack(names))
                flying.append(names)
            if not flying:
                return
            names = flying.popleft()
            cursor.receive()
            if names:
                keys += names
                replies += connection.read(step * len(names))
            if len(keys) >= pace.together or (keys and not (cursor.found or any(flying))):  # while only SCAN is busy, show these
                yield connection.node, keys, replies
                keys, replies = [], []


class Cursor:
    """Where SCAN is on one node: it goes ahead as soon as what it found is nearly used up."""

    def __init__(self, scan: Scan, connection: Connection) -> None:
        self.scan = scan
        self.connection = connection
        self.found: deque[bytes] = deque()  # keys that wait to be read
        self.cursor = b"0"
        self.width = scan.pace.least
        self.typed = True
        self.left = -1 if scan.steps is None else scan.steps
        self.asked: deque[bool] = deque()  # for each message on its way, whether it has a SCAN

    @property
    def ready(self) -> bool:
        """Whether there is more to find, and nobody is looking yet."""
        return self.left != 0 and not any(self.asked)

    def take(self) -> list[bytes]:
        """The next keys to read."""
        found = self.found
        return [found.popleft() for _ in range(min(self.scan.pace.reads, len(found)))]

    def next_scan(self) -> bytes:
        """The next SCAN, if it is time for it, to be sent with the next message."""
        pace = self.scan.pace
        asks = self.ready and len(self.found) <= pace.in_flight * pace.reads
        self.asked.append(asks)
        return self._command() if asks else b""

    def receive(self) -> None:
        """Takes in the reply to the SCAN of the oldest message, if it had one."""
        if not self.asked.popleft():
            return
        [reply] = self.connection.read(1)
        if isinstance(reply, ReplyError):
            if not self.typed or "syntax" not in str(reply):  # before Redis 6 there is no TYPE
                raise self.connection.error(reply, "SCAN")
            self.typed = False
            return
        self.cursor, names = reply
        self.left = 0 if self.cursor == b"0" else self.left - 1
        self.width = _next_width(self.width, len(names), self.scan.pace, starved=not self.found)
        self.found.extend(names if self.typed else [name for name in names if not self.scan.is_companion(name)])

    def _command(self) -> bytes:
        command = (b"SCAN", self.cursor, b"MATCH", self.scan.pattern, b"COUNT", b"%d" % self.width)
        return pack(*command, b"TYPE", b"hash") if self.typed else pack(*command)


def _next_width(width: int, found: int, pace: Pace, starved: bool) -> int:
    """COUNT for the next SCAN: more where few keys match or the reads wait for keys, and never more than others can bear."""
    if 4 * found < width:
        return min(pace.widest, width * 2)
    if starved:
        return min(pace.most, width * 2)
    return max(pace.least, width // 2) if found > 2 * pace.least else width


def side_by_side(sources: Sequence[Callable[[], Iterator[Message]]]) -> Iterator[Message]:
    """The messages of all sources as they come, a thread each; the first error ends them all and is raised."""
    if len(sources) == 1:
        yield from sources[0]()
        return
    queue: Queue[Message | BaseException | None] = Queue(2 * len(sources))
    stop = Event()
    threads = [Thread(target=_drain, args=(source, queue, stop), daemon=True) for source in sources]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            item = queue.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                running -= 1
            else:
                yield item
    finally:
        stop.set()
        while any(thread.is_alive() for thread in threads):  # whoever waits for room in the queue must get it to see `stop`
            while not queue.empty():
                queue.get()
            for thread in threads:
                thread.join(0.01)


def _drain(source: Callable[[], Iterator[Message]], queue: Queue[Message | BaseException | None], stop: Event) -> None:
    try:
        for message in source():
            queue.put(message)
            if stop.is_set():
                return
        queue.put(None)
    except BaseException as error:
        queue.put(error)
