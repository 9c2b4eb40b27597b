"""Servers that aren't Redis, or a Redis in a state that a real one is hard to bring into: they answer fixed bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final


@contextmanager
def answering(*answers: bytes | None) -> Iterator[int]:
    """The port of a server that answers each message of a connection with the next of `answers`, and then closes the connection.

    Without answers it takes connections and stays silent.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as connections:
        thread = threading.Thread(target=_serve, args=(listening, answers, connections))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


SILENCE: Final = None
"""An answer that doesn't come; the connection stays open."""


def _serve(listening: socket.socket, answers: Sequence[bytes | None], connections: ExitStack) -> None:
    with suppress(OSError):  # the listening socket was shut down
        while True:
            connected = connections.enter_context(listening.accept()[0])
            with suppress(OSError):
                for answer in answers:
                    connected.recv(65536)
                    if answer is not None:
                        connected.sendall(answer)
            if answers and answers[-1] is not None:
                connected.close()


@contextmanager
def unanswering() -> Iterator[int]:
    """A port on which a connection is never completed, as behind a firewall that drops: the backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, ExitStack() as callers:
        port: int = listening.getsockname()[1]
        for _ in range(4):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        yield port


HELLO = (
    b"*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n"
    b"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
)
"""What a standalone master of Redis 7 answers to HELLO."""
