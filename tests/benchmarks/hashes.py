"""The least that reads all hashes in Python: ``python tests/benchmarks/hashes.py PORT`` keeps and prints nothing.

One socket and hiredis; SCAN COUNT 500 TYPE hash, and HGETALL of each key; the next SCAN and the reads of what was just found are sent
before the replies of the batch before are parsed.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

from hiredis import Reader, pack_command

PATTERN = b"spring:session:sessions:*"
RECEIVE = 1 << 14  # bytes


class Client:
    """A blocking connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader()

    def read(self) -> Any:
        """The next reply."""
        while (reply := self.reader.gets()) is False:
            received = self.socket.recv(RECEIVE)
            if not received:
                raise ConnectionError("the connection ended")
            self.reader.feed(received)
        return reply


def scan(cursor: bytes) -> bytes:
    words: Any = (b"SCAN", cursor, b"MATCH", PATTERN, b"COUNT", b"500", b"TYPE", b"hash")
    packed: bytes = pack_command(words)
    return packed


def main(port: int) -> None:
    client, waiting, cursor = Client(port), 0, b""
    client.socket.sendall(scan(b"0"))
    while cursor != b"0":
        cursor, keys = client.read()
        following = b"" if cursor == b"0" else scan(cursor)
        client.socket.sendall(following + b"".join([b"*2\r\n$7\r\nHGETALL\r\n$%d\r\n%b\r\n" % (len(key), key) for key in keys]))
        for _ in range(waiting):
            client.read()
        waiting = len(keys)
    for _ in range(waiting):
        client.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
