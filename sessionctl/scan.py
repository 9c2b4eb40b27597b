"""SCAN with the reads of what it finds, two messages in flight, on one node or on many side by side.

While Redis works on one message, the replies of the one before are parsed: a listing then takes as long as Redis needs for it. Messages
are small on purpose: other clients wait behind a whole message, so their p99 follows its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from queue import Queue
from threading import Event, Thread
from typing import Any, TypeAlias

from sessionctl.layouts.reads import Reads
from sessionctl.wire import Connection, ReplyError, pack

Message: TypeAlias = tuple[str, list[bytes], list[Any]]
"""The node, the keys found there, and the replies to their reads."""

READ_AT_ONCE = 100  # sessions a message; see the table of p99 against message size in the benchmarks' README
SCAN_AT_MOST = 1000  # keys a SCAN looks at where few of them match


@dataclass(frozen=True, slots=True)
class Scan:
    """What to look for: a pattern, its hashes only where the server can tell, and what to read of each key.

    A key that SCAN repeats is read again and yielded again: only who gets the messages knows which of them arrived.
    """

    pattern: bytes
    reads: Reads
    is_companion: Callable[[bytes], bool]
    steps: int | None = None  # after so many SCANs a look around ends; None: to the end

    def node(self, connection: Connection) -> Iterator[Message]:
        """All matching keys of one node. Raises what `Connection.error` makes of an error reply to SCAN, and Unreachable."""
        typed, width, step = True, READ_AT_ONCE, len(self.reads.commands)
        connection.send(self._scan(b"0", width, typed))
        waiting: list[bytes] | None = None
        for taken in count(1):
            [found] = connection.read(1)
            if isinstance(found, ReplyError):
                if typed and b"syntax" in str(found).lower().encode():  # Redis before 6: no TYPE
                    typed = False
                    connection.send(self._scan(b"0", width, typed))
                    continue
                raise connection.error(found, "SCAN")
            cursor, keys = found
            width = _next_width(width, len(keys))
            more = b"" if cursor == b"0" or taken == self.steps else self._scan(cursor, width, typed)
            keys = keys if typed else [key for key in keys if not self.is_companion(key)]
            connection.send(more + self.reads.pack(keys))
            if waiting:
                yield connection.node, waiting, connection.read(step * len(waiting))
            waiting = keys
            if not more:
                break
        if waiting:
            yield connection.node, waiting, connection.read(step * len(waiting))

    def _scan(self, cursor: bytes, width: int, typed: bool) -> bytes:
        command = (b"SCAN", cursor, b"MATCH", self.pattern, b"COUNT", b"%d" % width)
        return pack(*command, b"TYPE", b"hash") if typed else pack(*command)


def _next_width(width: int, found: int) -> int:
    """COUNT for the next SCAN: more where few keys match, but never so many that a message grows large."""
    if found > READ_AT_ONCE * 3 // 2:
        return max(READ_AT_ONCE, width // 2)
    return min(SCAN_AT_MOST, width * 2) if found < READ_AT_ONCE // 4 else width


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
