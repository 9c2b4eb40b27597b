"""The first words on a connection: logging in, selecting the database, and learning what the server is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hiredis import ReplyError

from sessionctl.errors import UsageProblem
from sessionctl.replies import code
from sessionctl.target import Target

if TYPE_CHECKING:
    from sessionctl.wire import Connection, Word

CLIENT_NAME = b"sessionctl"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says of itself; None where it isn't allowed to or doesn't know."""

    mode: str | None = None  # "standalone", "cluster", "sentinel"
    role: str | None = None  # "master", "replica"
    version: str | None = None


def greet(connection: Connection, target: Target) -> ServerInfo | None:
    """Does it all in one round trip where HELLO is known (Redis 6); None if what answers is no Redis. Raises Refused and UsageProblem."""
    user, password = target.username or "default", target.password.reveal() if target.password else ""
    login: list[Word] = [b"AUTH", user, password] if target.username or target.password else []
    select: list[Sequence[Word]] = [[b"SELECT", target.db]] if target.db else []
    hello, *selected = connection.pipeline([[b"HELLO", 2, *login, b"SETNAME", CLIENT_NAME], *select])
    if isinstance(hello, ReplyError):
        if code(hello) not in ("ERR", "NOPERM", "NOPROTO") or "max number of clients" in str(hello):
            raise connection.error(hello, "HELLO")
        if login and not target.username:
            login = [b"AUTH", password]
        server, selected = _greet_old(connection, login, select)
    elif isinstance(hello, list):
        server = _from_hello(hello)
    else:
        return None
    if selected and isinstance(selected[0], ReplyError):
        _not_selected(connection, server, selected[0])
    return server


def _greet_old(connection: Connection, login: list[Word], select: list[Sequence[Word]]) -> tuple[ServerInfo, list[Any]]:
    """The same for Redis before 6, and for proxies that know no HELLO."""
    commands: list[Sequence[Word]] = [login or [b"PING"], [b"PING"], [b"CLIENT", b"SETNAME", CLIENT_NAME], [b"INFO"], *select]
    logged_in, pong, _, info, *selected = connection.pipeline(commands)
    if login and isinstance(logged_in, ReplyError) and not _needs_no_password(logged_in):
        raise connection.error(logged_in, "AUTH")
    if isinstance(pong, ReplyError) and code(pong) != "NOPERM":
        raise connection.error(pong, "PING")
    return _from_info(info) if isinstance(info, bytes) else ServerInfo(), selected


def _needs_no_password(reply: ReplyError) -> bool:
    return "no password is set" in str(reply) or "without any password configured" in str(reply)


def _not_selected(connection: Connection, server: ServerInfo, error: ReplyError) -> None:
    if server.mode == "cluster":
        message = f"{connection.node} is a node of a Redis Cluster, which has only database 0"
        raise UsageProblem(message, "leave the database out of the URL")
    if server.mode != "sentinel":  # a Sentinel has no databases; the number is for the master
        raise connection.error(error, "SELECT")


def _from_hello(reply: list[Any]) -> ServerInfo:
    said = {name: value for name, value in zip(reply[::2], reply[1::2], strict=False) if isinstance(name, bytes)}
    return ServerInfo(*(_text(said.get(name)) for name in (b"mode", b"role", b"version")))


def _from_info(reply: bytes) -> ServerInfo:
    said = dict(line.split(b":", 1) for line in reply.splitlines() if b":" in line)
    role = _text(said.get(b"role"))
    return ServerInfo(_text(said.get(b"redis_mode")), "replica" if role == "slave" else role, _text(said.get(b"redis_version")))


def _text(said: object) -> str | None:
    return said.decode("ascii", "replace") if isinstance(said, bytes) else None
