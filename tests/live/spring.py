"""A stand-in for Spring Session's repositories: saves sessions and listens as they do (facts 1.3 to 1.7), on one server or a Cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import redis

from sessionctl.codecs import jdk, json
from sessionctl.layouts.keys import PRINCIPAL_NAME_INDEX_NAME, Keys
from sessionctl.plan import JavaInt, JavaLong, JavaString, JavaValue
from tests.live.servers import wait_for

LAYOUTS = ("simple", "indexed", "sorted", "reactive")
PRINCIPAL = f"sessionAttr:{PRINCIPAL_NAME_INDEX_NAME}"
GRACE = 300_000


def now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Application:
    """One application: its Redis, repository ("sorted" is the servlet's with a sorted set), serializer and namespace."""

    client: Any
    layout: str = "indexed"
    serializer: str = "jdk"
    keys: Keys = field(default_factory=Keys)

    def encoded(self, value: JavaValue) -> bytes:
        return jdk.encode(value, b"") if self.serializer == "jdk" else json.encode(value, b'["java.lang.Long",1]')

    def login(self, id: str, user: str | None = "alice", *, idle: int = 0, timeout: int = 1800) -> None:
        """Saves a new session, last used `idle` milliseconds ago, that ends `timeout` seconds after its last use."""
        accessed = now() - idle
        delta = {
            "creationTime": self.encoded(JavaLong(accessed - 1000)),
            "lastAccessedTime": self.encoded(JavaLong(accessed)),
            "maxInactiveInterval": self.encoded(JavaInt(timeout)),
            "sessionAttr:theme": self.encoded(JavaString("dark")),
        }
        if user is not None:
            delta[PRINCIPAL] = self.encoded(JavaString(user))
        self._save(id, delta, accessed, timeout, user)

    def request(self, id: str, *, timeout: int = 1800, user: str | None = None) -> None:
        """What a request writes at its end that had loaded the session, with that timeout, at its beginning."""
        if self.layout == "simple" and not self.client.exists(self.keys.session(id)):
            return
        self._save(id, {"lastAccessedTime": self.encoded(JavaLong(now()))}, now(), timeout, user)

    def _save(self, id: str, delta: dict[str, bytes], accessed: int, timeout: int, user: str | None) -> None:
        client, keys, deadline = self.client, self.keys, accessed + timeout * 1000
        client.hset(keys.session(id), mapping=delta)
        if self.layout == "simple":
            client.pexpireat(keys.session(id), deadline)
            return
        client.pexpireat(keys.session(id), deadline + GRACE)
        if deadline > now():
            client.append(keys.expires(id), b"")
            client.pexpireat(keys.expires(id), deadline)
        if self.layout == "indexed":
            client.sadd(keys.bucket(deadline), self.encoded(JavaString(f"expires:{id}")))
            client.pexpireat(keys.bucket(deadline), deadline + GRACE)
        else:
            client.zadd(keys.expirations, {self.encoded(JavaString(id)): deadline})
        if user is not None:
            self._index(id, user)

    def _index(self, id: str, user: str) -> None:
        if self.layout != "reactive":
            self.client.sadd(self.keys.principal_index(user), self.encoded(JavaString(id)))
            return
        index = self.keys.reactive_index(user)
        self.client.sadd(index, self.encoded(JavaString(id)))
        self.client.sadd(self.keys.back_references(id), self.encoded(JavaString(index.decode())))

    def is_valid(self, id: str) -> bool:
        """Whether findById would answer it (MapSession.isExpired)."""
        accessed, interval = self.client.hmget(self.keys.session(id), "lastAccessedTime", "maxInactiveInterval")
        if accessed is None or interval is None:
            return False
        return bool(now() - jdk_or_json(interval) * 1000 < jdk_or_json(accessed))


def jdk_or_json(raw: bytes) -> int:
    decoded: Any = (jdk if jdk.sniff(raw) else json).decode(raw)
    return int(decoded.value)


@dataclass
class Listener:
    """What one application node has heard: of each expires key the kind of event, and the attributes that it found in the hash then."""

    heard: list[tuple[str, str, set[str]]] = field(default_factory=list)

    def of(self, id: str) -> list[tuple[str, str, set[str]]]:
        return [one for one in self.heard if one[1] == id]

    def wait_for(self, count: int) -> None:
        wait_for(f"{count} events", lambda: len(self.heard) >= count)


@contextmanager
def listening(port: int, client: Any, keys: Keys = Keys(), cleans: bool = False) -> Iterator[Listener]:  # noqa: B008  # it is frozen
    """Listens on one node as Spring does; if it `cleans`, it removes hashes as the reactive repository's listener does."""
    listener, ready, stop = Listener(), Event(), Event()
    subscriber = redis.Redis(port=port).pubsub()  # type: ignore[no-untyped-call]

    def listen() -> None:
        subscriber.subscribe("__keyevent@0__:del", "__keyevent@0__:expired")
        while not stop.is_set():
            message = subscriber.get_message(timeout=0.05)
            if message and message["type"] == "subscribe":
                ready.set()
            beginning = keys.prefix + b"expires:"
            if message and message["type"] == "message" and message["data"].startswith(beginning):
                id = message["data"][len(beginning) :].decode()
                names = {name.decode() for name in client.hkeys(keys.session(id))}
                if cleans:
                    client.delete(keys.session(id))
                listener.heard.append((message["channel"].decode().rpartition(":")[2], id, names))
        subscriber.close()

    thread = Thread(target=listen)
    thread.start()
    ready.wait()
    try:
        yield listener
    finally:
        stop.set()
        thread.join()
