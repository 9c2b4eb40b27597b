"""Fills a Redis with sessions as an application leaves them: ``python -m tests.benchmarks.seed --port 6379 --sessions 1000000``.

The same arguments always give the same sessions, but for their times, which count from now. Of 100 sessions 76 are of a form login,
9 of OAuth 2, 5 have a string as principal, nobody is logged in to 10; 1.0 to 2.0 KB each. Several ports are a cluster's masters, each with
an equal share of the slots.
"""

from __future__ import annotations

import argparse
import socket
import string
import time
from binascii import crc_hqx
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.benchmarks import contexts
from tests.benchmarks.contexts import Template, java_string

LONG = bytes.fromhex(
    "aced00057372000e6a6176612e6c616e672e4c6f6e673b8be490cc8f23df0200014a000576616c7565"
    "787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b0200007870"
)
INTEGER = bytes.fromhex(
    "aced0005737200116a6176612e6c616e672e496e746567657212e2a0a4f781873802000149000576616c7565"
    "787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b0200007870"
)
STREAM = b"\xac\xed\0\5"
HOUR = 3_600_000
INTERVALS = (4 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR)  # long enough that no session ends while it is measured
INDEX = b"spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:"
USERS = 100_000
SLOTS = 16384
KEPT_AFTER_DEADLINE = 5 * 60_000
"""RedisIndexedSessionRepository keeps the hash for five more minutes, for the listeners of its events."""


def bulk(value: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(value), value)


def command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(map(bulk, words))


@dataclass(frozen=True, slots=True)
class Session:
    """Times in milliseconds; `context` and `user` are empty where nobody is logged in."""

    id: bytes
    created: int
    accessed: int
    interval: int
    user: bytes
    context: bytes

    @property
    def key(self) -> bytes:
        return b"spring:session:sessions:" + self.id

    @property
    def deadline(self) -> int:
        return self.accessed + self.interval


METADATA = (
    bulk(b"lastAccessedTime") + b"$82\r\n" + LONG + b"%b\r\n"
    + bulk(b"maxInactiveInterval") + b"$81\r\n" + INTEGER + b"%b\r\n"
    + bulk(b"creationTime") + b"$82\r\n" + LONG + b"%b\r\n"
)  # fmt: skip
CONTEXT = bulk(b"sessionAttr:SPRING_SECURITY_CONTEXT")
REMOVED = bulk(b"sessionAttr:SPRING_SECURITY_LAST_EXCEPTION") + bulk(b"")
"""What a login removes, and Spring Session then keeps as an empty value."""
SAVED_REQUEST = bulk(b"sessionAttr:SPRING_SECURITY_SAVED_REQUEST") + bulk(contexts.saved_request())


@dataclass
class Application:
    """The sessions of one application."""

    seed: int = 1
    random: Random = field(init=False)
    users: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.users = _users(self.random)

    def sessions(self, count: int, now: int) -> Iterator[Session]:
        """`now` in milliseconds since the epoch."""
        random = self.random
        logins = contexts.form_logins(random)
        other = [[contexts.oauth2_login()]] * 9 + [[contexts.string_principal()]] * 5
        kinds: list[list[Template] | None] = [logins] * 76 + other + [None] * 10
        for _ in range(count):
            chance = random.random
            accessed = now - int(chance() ** 2 * HOUR)
            created = accessed - int(chance() * HOUR)
            templates = kinds[int(chance() * 100)]
            user = context = b""
            if templates is not None:
                user = self.users[int(chance() * USERS)]
                context = self._context(templates[int(chance() * len(templates))], user)
            yield Session(self._uuid(), created, accessed, INTERVALS[int(chance() * 4)], user, context)

    def _context(self, template: Template, user: bytes) -> bytes:
        bits = self.random.getrandbits(24)
        gaps = {
            "user": java_string(user),
            "address": java_string(b"10.%d.%d.%d" % (bits >> 16, bits >> 8 & 255, bits & 255)),
            "session": java_string(self._uuid()) if bits & 3 else b"p",  # null: there was no session before the login
        }
        return template.fill(gaps)

    def _uuid(self) -> bytes:
        digits = b"%032x" % self.random.getrandbits(128)
        return b"-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _users(random: Random) -> list[bytes]:
    """Distinct names of 5 to 20 characters, one in fifty with an umlaut."""
    names: dict[str, None] = {}
    while len(names) < USERS:
        name = "".join(random.choices(string.ascii_lowercase + "....__0123456789", k=random.randint(5, 20)))
        names[name if random.random() > 0.02 else "ü" + name[1:]] = None
    return [name.encode() for name in names]


def simple(session: Session) -> Iterator[tuple[bytes, bytes]]:
    """Key and commands of RedisSessionRepository."""
    yield session.key, _hash(session, session.deadline)


def indexed(session: Session) -> Iterator[tuple[bytes, bytes]]:
    """Keys and commands of RedisIndexedSessionRepository: the hash, its expires key, the minute's bucket, the principal's index."""
    key, deadline = session.key, session.deadline
    yield key, _hash(session, deadline + KEPT_AFTER_DEADLINE)
    expires = b"spring:session:sessions:expires:" + session.id
    yield expires, command(b"SET", expires, b"", b"PXAT", b"%d" % deadline)
    bucket = b"spring:session:expirations:%d" % (deadline // 60_000 * 60_000 + 60_000)
    member = STREAM + java_string(b"expires:" + session.id)
    yield bucket, command(b"SADD", bucket, member) + command(b"PEXPIREAT", bucket, b"%d" % (deadline + KEPT_AFTER_DEADLINE))
    if session.user:
        index = INDEX + session.user
        yield index, command(b"SADD", index, STREAM + java_string(session.id))


LAYOUTS = {"simple": simple, "indexed": indexed}


def _hash(session: Session, end: int) -> bytes:
    attributes, words = (CONTEXT + bulk(session.context) + REMOVED, 4) if session.context else (SAVED_REQUEST, 2)
    times = session.accessed.to_bytes(8, "big"), (session.interval // 1000).to_bytes(4, "big"), session.created.to_bytes(8, "big")
    head = b"*%d\r\n$5\r\nHMSET\r\n" % (8 + words) + bulk(session.key)
    return head + METADATA % times + attributes + command(b"PEXPIREAT", session.key, b"%d" % end)


@dataclass
class Nodes:
    """The masters by their share of the slots; commands go out in large pieces and nothing is answered until `close`."""

    ports: Sequence[int]
    sockets: list[socket.socket] = field(init=False)
    pending: list[list[bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for port in self.ports]
        self.pending = [[command(b"CLIENT", b"REPLY", b"OFF")] for _ in self.ports]

    def send(self, key: bytes, commands: bytes) -> None:
        node = crc_hqx(key, 0) % SLOTS * len(self.ports) // SLOTS if len(self.ports) > 1 else 0
        pending = self.pending[node]
        pending.append(commands)
        if len(pending) > 500:
            self.sockets[node].sendall(b"".join(pending))
            pending.clear()

    def close(self) -> None:
        """Waits until everything is stored."""
        for node, pending in zip(self.sockets, self.pending, strict=True):
            node.sendall(b"".join(pending) + command(b"CLIENT", b"REPLY", b"ON"))
            assert node.recv(16).startswith(b"+OK"), "Redis did not take the sessions"
            node.close()


def fill(ports: Sequence[int], sessions: int, layout: str) -> None:
    nodes = Nodes(ports)
    commands = LAYOUTS[layout]
    for session in Application().sessions(sessions, time.time_ns() // 1_000_000):
        for key, sent in commands(session):
            nodes.send(key, sent)
    nodes.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.seed", description=__doc__)
    parser.add_argument("--port", type=int, action="append", required=True, help="again for each further master of a cluster")
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--layout", choices=LAYOUTS, default="simple")
    arguments = parser.parse_args()
    fill(arguments.port, arguments.sessions, arguments.layout)


if __name__ == "__main__":
    main()
