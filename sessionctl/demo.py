"""An embedded Redis with sample sessions of real Spring Boot applications, so that every command can be tried without a server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from threading import Thread
from typing import TYPE_CHECKING, Any

from sessionctl.errors import UsageProblem
from sessionctl.layouts.keys import Keys
from sessionctl.layouts.reads import CREATION_TIME, LAST_ACCESSED_TIME, MAX_INACTIVE_INTERVAL
from sessionctl.times import moved, number

if TYPE_CHECKING:
    from redis import Redis

AGES = (40_000, 95_000, 3 * 60_000, 8 * 60_000, 14 * 60_000, 25 * 60_000, 33 * 60_000)
"""How long before now each sample session was left alone, in milliseconds; so one is past its deadline."""

LEFT = 60_000
"""What is left at least until Redis removes a sample session, in milliseconds."""


@contextmanager
def embedded_server() -> Iterator[tuple[str, int]]:
    """A server in this process that the real client path can talk to; yields its host and port.

    Raises UsageProblem where fakeredis isn't installed.
    """
    try:
        from fakeredis import TcpFakeServer
    except ImportError:
        raise UsageProblem("the demo needs fakeredis, which isn't installed", "pip install 'sessionctl[demo]'") from None
    server = TcpFakeServer(("127.0.0.1", 0))
    server.RequestHandlerClass = _answering(server.RequestHandlerClass)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        host, port = server.server_address[:2]
        yield str(host), int(port)
    finally:
        server.shutdown()
        server.server_close()


def _answering(handler: Any) -> Any:
    """fakeredis's handler, which hangs up after an error reply, as one that answers it and goes on, as Redis does."""
    from redis.exceptions import ResponseError

    class Answering(handler):  # type: ignore[misc]  # its base is known only at run time
        disable_nagle_algorithm = True  # else each pipeline waits for 40 ms

        def setup(self) -> None:
            super().setup()
            read = self.current_client.read_response

            def read_response(*arguments: Any, **options: Any) -> Any:
                try:
                    return read(*arguments, **options)
                except ResponseError as error:
                    return error

            self.current_client.read_response = read_response

    return Answering


def fill(client: Redis, now: int) -> None:
    """Puts the sample sessions into `client`, as if they had been left a while before `now` (milliseconds since the epoch)."""
    for document in json.loads(files("sessionctl").joinpath("samples.json").read_text("utf-8")):
        _Sample(client, document, now).load()


class _Sample:
    """What one application left in Redis, on its way into another one at another time."""

    def __init__(self, client: Redis, document: dict[str, Any], now: int) -> None:
        self.client = client
        self.now = now
        self.rows = document["keys"]
        self.shift = now - document["captured_at"]
        self.keys = Keys(document["namespace"])
        hashes = {self.keys.id(row["key"].encode()): row for row in self.rows if row["type"] == "hash"}
        self.ages = {id: min(age, row["pttl"] - LEFT) for (id, row), age in zip(hashes.items(), AGES, strict=False)}
        self.deadlines = {id: _deadline(row["value"]) + self.shift - self.ages[id] for id, row in hashes.items()}

    def load(self) -> None:
        for row in self.rows:
            getattr(self, "_" + row["type"])(row, self._age(row["key"]))

    def _age(self, key: str) -> int:
        return next((age for id, age in self.ages.items() if id in key), 0)

    def _hash(self, row: dict[str, Any], age: int) -> None:
        times = (CREATION_TIME, LAST_ACCESSED_TIME)
        values = {name: base64.b64decode(value) for name, value in row["value"].items()}
        self.client.hset(row["key"], mapping={name: moved(raw, self.shift - age) if name in times else raw for name, raw in values.items()})
        self._expire(row["key"], row["pttl"], age)

    def _string(self, row: dict[str, Any], age: int) -> None:
        if row["pttl"] > age:
            self.client.set(row["key"], base64.b64decode(row["value"]))
            self._expire(row["key"], row["pttl"], age)

    def _set(self, row: dict[str, Any], age: int) -> None:
        for member in map(base64.b64decode, row["value"]):
            key = self._bucket(member) if ":expirations:" in row["key"] else row["key"]
            self.client.sadd(key, member)
            self._expire(key, row["pttl"], age)

    def _bucket(self, member: bytes) -> bytes:
        """The minute in which this session ends now; a minute that stayed the same would be of another time."""
        return self.keys.bucket(next((deadline for id, deadline in self.deadlines.items() if id.encode() in member), self.now))

    def _zset(self, row: dict[str, Any], age: int) -> None:
        members = {base64.b64decode(member): score + self.shift for member, score in row["value"].items()}
        self.client.zadd(row["key"], {member: score - self._age(member.decode("latin-1")) for member, score in members.items()})

    def _expire(self, key: str | bytes, pttl: int, age: int) -> None:
        if pttl >= 0:
            self.client.pexpire(key, max(pttl - age, LEFT))


def _deadline(values: dict[str, str]) -> int:
    accessed, interval = (number(base64.b64decode(values[name])) or 0 for name in (LAST_ACCESSED_TIME, MAX_INACTIVE_INTERVAL))
    return accessed + interval * 1000
