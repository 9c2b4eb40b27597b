"""One connection to one Redis server: bytes out, replies in. The hot path of everything; it knows RESP2 and no session.

redis-py isn't used: its import takes longer than a whole listing of a small Redis, and its pipelines three times as long as Redis needs
(see the benchmarks). Nothing is decoded: what Redis holds is bytes.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, TypeAlias

from hiredis import ProtocolError, Reader, ReplyError, pack_command

from sessionctl.dial import Deadline, dial, tls_alert
from sessionctl.errors import SessionctlError, Unreachable
from sessionctl.greeting import ServerInfo, greet
from sessionctl.replies import error_for
from sessionctl.target import Address, Target

__all__ = ["Connection", "ReplyError", "ServerInfo", "Word", "error_for", "pack"]

Word: TypeAlias = str | bytes | int | float
RECEIVE = 1 << 14  # bytes asked of the kernel at once: after each reply hiredis moves what it has not parsed yet, so more would cost more


def pack(*words: Word) -> bytes:
    """One command as RESP."""
    packed: bytes = pack_command(words)  # type: ignore[arg-type]  # its stub says a tuple of one
    return packed


class Connection:
    """A logged-in connection. Not for two threads at once. After an Unreachable it is closed."""

    def __init__(self, address: Address, target: Target, connected: socket.socket) -> None:
        self.address = address
        self.node = str(address)
        self.server = ServerInfo()
        self.closed = False
        self._greeted = False
        self._target = target
        self._socket = connected
        self._reader = Reader()
        self._first = b""  # what came first, to tell what answered if it isn't Redis

    @classmethod
    def open(cls, address: Address, target: Target) -> Connection:
        """A connection to `address`, logged in as `target` says. Raises Unreachable, Refused and UsageProblem."""
        deadline = Deadline(target.connect_timeout)
        connection = cls(address, target, dial(address, target, deadline))
        try:
            connection._greet(deadline)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, deadline: Deadline) -> None:
        try:
            self._socket.settimeout(deadline.left())
        except TimeoutError as error:
            raise self._lost(error) from error
        server = greet(self, self._target)
        if server is None:
            raise _no_redis(self.node, self._first)
        self.server, self._greeted = server, True
        self._socket.settimeout(self._target.timeout)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True
        self._socket.close()
        self._reader = Reader()  # what came already must not pass for the replies to what was sent later

    def send(self, payload: bytes) -> None:
        """Sends packed commands; their replies are read by `read`. Raises Unreachable."""
        try:
            sent = self._socket.send(payload)
            while sent < len(payload):
                sent += self._socket.send(memoryview(payload)[sent:])
        except OSError as error:
            raise self._lost(self._last_words(error)) from error

    def read(self, count: int) -> list[Any]:
        """Exactly `count` replies. An error reply is a value here, a `ReplyError`. Raises Unreachable."""
        replies: list[Any] = []
        gets, append = self._reader.gets, replies.append
        try:
            while len(replies) < count:
                reply = gets()
                if reply is False:  # RESP2 has no booleans: hiredis wants more bytes
                    self._receive()
                else:
                    append(reply)
        except (OSError, ProtocolError) as error:
            raise self._lost(error) from error
        return replies

    def call(self, *words: Word) -> Any:
        """One command, one reply. Raises what `error_for` makes of an error reply, and Unreachable."""
        self.send(pack(*words))
        [reply] = self.read(1)
        if isinstance(reply, ReplyError):
            raise self.error(reply, _name(words[0]))
        return reply

    def error(self, reply: ReplyError, command: str) -> SessionctlError:
        """What an error reply of this server to `command` is for a person; to be raised."""
        return error_for(reply, command, self.node, self._target.username)

    def pipeline(self, commands: Sequence[Sequence[Word]]) -> list[Any]:
        """Some commands in one message; error replies are values."""
        self.send(b"".join([pack(*words) for words in commands]))
        return self.read(len(commands))

    @property
    def stale(self) -> bool:
        """Whether the server has closed this idle connection meanwhile (its ``timeout``, a restart, CLIENT KILL)."""
        if self.closed:
            return True
        try:
            self._socket.settimeout(0)
            self._receive()
        except OSError as error:
            return not (isinstance(error, BlockingIOError) or type(error).__name__ == "SSLWantReadError")  # a TLS session ticket
        finally:
            self._socket.settimeout(self._target.timeout)
        return True  # nobody asked for what came

    def _receive(self) -> None:
        received = self._socket.recv(RECEIVE)
        if not received:
            raise _Closed
        self._first = self._first or received[:16]
        self._reader.feed(received)

    def _last_words(self, error: OSError) -> OSError:
        """Why sending failed: with TLS, an alert that the server sent before it closed the connection may say it better than `error`."""
        try:
            while not isinstance(error, TimeoutError):
                self._receive()
        except OSError as said:
            return error if isinstance(said, _Closed) else said
        return error

    def _lost(self, error: Exception) -> SessionctlError:
        greeting = not self._greeted
        self.close()
        if isinstance(error, ProtocolError):
            return _no_redis(self.node, self._first) if greeting else Unreachable(f"{self.node} sent something that isn't RESP: {error}")
        if isinstance(error, TimeoutError):
            return self._silent(greeting)
        if isinstance(error, OSError) and (alert := tls_alert(self.address, error)):
            return alert
        if greeting:
            secure = "a certificate of the client" if self._target.tls else "TLS; if so, write rediss://"
            return Unreachable(f"{self.node} closed the connection instead of answering", f"perhaps it wants {secure}")
        return Unreachable(f"{self.node} closed the connection", "try again; the log of Redis, or of what stands in between, may tell why")

    def _silent(self, greeting: bool) -> SessionctlError:
        seconds, option = (self._target.connect_timeout, "--connect-timeout") if greeting else (self._target.timeout, "--timeout")
        return Unreachable(
            f"{self.node} took the connection, but didn't answer within {seconds:g} s",
            f"{option} gives it longer; redis-cli PING tells if it hangs",
        )


class _Closed(OSError):
    """The server has closed the connection."""


def _name(word: Word) -> str:
    return word.decode("ascii", "replace") if isinstance(word, bytes) else str(word)


_OTHERS = ((b"HTTP/", "HTTP"), (b"<", "HTTP"), (b"SSH-", "SSH"))


def _no_redis(node: str, first: bytes) -> SessionctlError:
    if first.startswith(b"\x15\x03"):  # a TLS alert record
        return Unreachable(f"{node} speaks TLS", "write rediss:// instead of redis://")
    for beginning, protocol in _OTHERS:
        if first.startswith(beginning):
            return Unreachable(f"{node} speaks no Redis protocol, its answer looks like {protocol}", "check the port in --url")
    return Unreachable(f"{node} speaks no Redis protocol, its answer begins with {first!r}", "check the port in --url")
