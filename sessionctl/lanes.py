"""Questions on their way while what was asked before is worked on: on connections of their own, so that others can be asked meanwhile."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from sessionctl.errors import SessionctlError
from sessionctl.topologies.base import Topology
from sessionctl.wire import Connection

T = TypeVar("T")
R = TypeVar("R")

Replies: TypeAlias = list[Any] | None
"""What Redis answered, error replies too; None where that is lost, and everything has to be asked anew."""


def ahead(items: Iterable[T], begin: Callable[[T], Callable[[], R]]) -> Iterator[R]:
    """What comes of each item, in their order: `begin` asks for it, and answers what takes it. The next one is always begun already."""
    begun: deque[Callable[[], R]] = deque()
    for item in items:
        begun.append(begin(item))
        if len(begun) > 1:
            yield begun.popleft()()
    while begun:
        yield begun.popleft()()


class Lanes:
    """A connection to each node, opened when first used. It follows nothing: what moved or was lost is for `Topology.execute`."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; whoever asks again gets new ones."""
        for connection in self._connections.values():
            connection.close()

    def begin(self, keys: Sequence[bytes], payloads: Sequence[bytes], step: int) -> Callable[[], Replies]:
        """Sends for each key a payload of `step` commands about it, and answers what takes the replies: to be called in the same order."""
        try:
            sent = [(self._send(node, [payloads[row] for row in rows]), rows) for node, rows in self._by_node(keys)]
        except SessionctlError:
            self.close()  # the replies to a part of it may be on their way
            return lambda: None
        return lambda: self._take(sent, step, len(keys))

    def _by_node(self, keys: Sequence[bytes]) -> Iterable[tuple[str, Sequence[int]]]:
        """The rows of the keys that each node has."""
        if (sole := self.topology.sole) is not None:
            return [(sole, range(len(keys)))]
        rows: dict[str, list[int]] = defaultdict(list)
        for row, key in enumerate(keys):
            rows[self.topology.node_for(key)].append(row)
        return rows.items()

    def _send(self, node: str, payloads: Sequence[bytes]) -> Connection:
        connection = self._connections.get(node)
        if connection is None or connection.closed:
            connection = self._connections[node] = self.topology.open(node)
        connection.send(b"".join(payloads))
        return connection

    def _take(self, sent: Sequence[tuple[Connection, Sequence[int]]], step: int, count: int) -> Replies:
        try:
            parts = [(connection.read(step * len(rows)), rows) for connection, rows in sent]
        except SessionctlError:
            self.close()
            return None
        if len(parts) == 1:
            return parts[0][0]
        replies: list[Any] = [None] * (step * count)
        for found, rows in parts:
            for at, row in enumerate(rows):
                replies[row * step : (row + 1) * step] = found[at * step : (at + 1) * step]
        return replies
