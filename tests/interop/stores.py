"""The Redis behind an application: one server, or a Cluster of three nodes, and what is left in it of a session."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis

from tests.live import servers
from tests.live.servers import Cluster
from tests.running import Program

MEMBERS = {b"set": ("SMEMBERS",), b"zset": ("ZRANGE", 0, -1)}
"""How a key is read whose members are ids of sessions."""

ZERO = re.compile(rb"0|.*\0\0\0\0", re.DOTALL)
"""The maxInactiveInterval of a tombstone, as JSON and as a serialized Integer."""


@dataclass
class Store:
    """`properties` are what Spring Boot is told of where Redis is."""

    properties: dict[str, str]
    sessionctl: Program
    client: Any
    on_all_nodes: dict[str, str]

    def json(self, *words: str) -> Any:
        """What sessionctl prints for these words as JSON; it must have nothing to complain of."""
        done = self.sessionctl(*words, "-o", "json", "--quiet")
        assert (done.code, done.err) == (0, ""), f"{' '.join(words)}: {done.code} {done.err}\n{done.out}"
        return json.loads(done.out)

    def clear(self) -> None:
        self.client.flushall()

    def now(self) -> int:
        """Redis's time in milliseconds since the epoch; of a Cluster, that of one node."""
        seconds, micros = self.client.eval("return redis.call('TIME')", 1, "clock")
        return int(seconds) * 1000 + int(micros) // 1000

    def notifications(self, kinds: str) -> None:
        """Switches the keyspace notifications of every node to these kinds."""
        self.client.config_set("notify-keyspace-events", kinds, **self.on_all_nodes)

    def traces(self, id: str) -> dict[str, int]:
        """Every key that has the id in its name or among its members, with its TTL in milliseconds (-1: none)."""
        keys = [key for key in self.client.scan_iter(count=1000) if self._mentions(key, id.encode())]
        return {key.decode(): self.client.pttl(key) for key in keys}

    def has_ended(self, id: str) -> bool:
        """Whether the application finds no session there any more. (It can't be asked: its answer would be a request that touches it.)"""
        timeout = self.client.hget(session_key(id), "maxInactiveInterval")
        return timeout is None or ZERO.fullmatch(timeout) is not None

    def _mentions(self, key: bytes, id: bytes) -> bool:
        if id in key:
            return True
        command: Any = MEMBERS.get(self.client.type(key))
        return command is not None and any(id in member for member in self.client.execute_command(command[0], key, *command[1:]))


def session_key(id: str) -> str:
    return f"spring:session:sessions:{id}"


@contextmanager
def single() -> Iterator[Store]:
    """A server of its own."""
    with servers.redis_server() as server, redis.Redis(port=server.port) as client:
        yield Store({"host": "127.0.0.1", "port": str(server.port)}, Program(server.url), client, {})


@contextmanager
def clustered(cluster: Cluster) -> Iterator[Store]:
    with cluster.client() as client:
        client.flushall()
        yield Store(
            {"cluster.nodes": ",".join(master.node for master in cluster.masters)},
            Program(cluster.url),
            client,
            {"target_nodes": "primaries"},
        )
