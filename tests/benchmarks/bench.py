"""What every measurement is handed: the programs to compare, the servers, and how much to measure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property

from tests.benchmarks.processes import Command, compiled
from tests.benchmarks.servers import Servers

COLUMNS = "id,creationTime,lastAccessedTime,maxInactiveInterval,ttl"
LAYOUTS = ("simple", "indexed")


@dataclass
class Bench:
    """`sessionctl` is the command that starts the program under measurement; `port` a server filled by someone else, or None."""

    servers: Servers
    sessions: int = 1_000_000
    runs: int = 3
    sessionctl: Command = (sys.executable, "-m", "sessionctl")
    port: int | None = None
    layouts: tuple[str, ...] = LAYOUTS

    def filled(self) -> list[tuple[str, int]]:
        """The layouts to measure, each with the port of a server that holds it."""
        if self.port is not None:
            return [("given", self.port)]
        return [(layout, self.servers.filled(layout, self.sessions)) for layout in self.layouts]

    @cached_property
    def client(self) -> str:
        return compiled("client.c", self.servers.folder)

    @cached_property
    def latency(self) -> str:
        return compiled("latency.c", self.servers.folder)

    def ls(self, port: int, *options: str) -> Command:
        """A listing by sessionctl, as NDJSON."""
        return (*self.sessionctl, "--url", url(port), "ls", "-o", "ndjson", *options)

    def c_ls(self, port: int, *options: str) -> Command:
        """The same by the C client."""
        return (self.client, str(port), *options)


def url(port: int) -> str:
    return f"redis://127.0.0.1:{port}"


def redis_cli_scan(port: int) -> Command:
    return ("redis-cli", "-p", str(port), "--scan")
