"""Redis servers for the measurements: started on free ports, filled once, and with ``--keep`` left running for the next time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.processes import ROOT

STARTS_WITHIN = 120.0  # seconds
PRIORITY = -10
QUIET = ("--save", "", "--appendonly", "no", "--loglevel", "warning", "--bind", "127.0.0.1")


def redis_cli(port: int, *words: str) -> str:
    """What `redis-cli` answers; an empty text where there is no server."""
    done = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until(port: int, words: Sequence[str], sign: str) -> None:
    last = time.monotonic() + STARTS_WITHIN
    while sign not in redis_cli(port, *words):
        if time.monotonic() > last:
            raise TimeoutError(f"no {sign} from the redis-server on port {port}")
        time.sleep(0.05)


def start(folder: Path, *options: str, snapshot: Path | None = None) -> int:
    """A new server; answers its port. At a higher priority where that is allowed: in life it has a machine of its own."""
    port = free_port()
    at = folder / str(port)
    at.mkdir()
    if snapshot is not None:
        os.link(snapshot, at / snapshot.name)
    command = ["redis-server", "--port", str(port), "--dir", str(at), "--daemonize", "yes", "--pidfile", str(at / "pid"), *QUIET, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    _wait_until(port, ["PING"], "PONG")
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, int((at / "pid").read_text()), PRIORITY)
    return port


def start_cluster(folder: Path, masters: int = 3) -> list[int]:
    """Masters with an equal share of the slots each, no replicas."""
    options = ("--cluster-enabled", "yes", "--cluster-require-full-coverage", "yes")
    ports = []
    buses = {}
    for _ in range(masters):
        bus = free_port()
        port = start(folder, *options, "--cluster-port", str(bus))
        ports.append(port)
        buses[port] = bus
    for number, port in enumerate(ports):
        first, last = -(-number * 16384 // masters), -(-(number + 1) * 16384 // masters) - 1
        redis_cli(port, "CLUSTER", "ADDSLOTSRANGE", str(first), str(last))
        redis_cli(ports[0], "CLUSTER", "MEET", "127.0.0.1", str(port), str(buses[port]))
    for port in ports:
        _wait_until(port, ["CLUSTER", "INFO"], "cluster_state:ok")
    return ports


@dataclass
class Servers:
    """The servers of one run by what they hold. Kept ones are listed in a file, with what they hold."""

    keep: bool = False
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sessionctl-benchmarks-")))
    ports: dict[str, list[int]] = field(default_factory=dict)
    file: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / f"sessionctl-benchmarks-{os.getuid()}.json")

    def __post_init__(self) -> None:
        if self.keep and self.file.exists():
            kept = json.loads(self.file.read_text())
            self.ports = {name: ports for name, ports in kept.items() if all(redis_cli(port, "PING") for port in ports)}

    def empty(self) -> int:
        return self._of("empty", 1)[0]

    def filled(self, layout: str, sessions: int) -> int:
        """A single server with that many sessions."""
        return self._of(f"{layout} {sessions}", 1, layout, sessions)[0]

    @contextmanager
    def copied(self, layout: str, sessions: int) -> Iterator[int]:
        """A server of its own with that many sessions, stopped at the end."""
        port = start(self.folder, snapshot=self._snapshot(self.filled(layout, sessions)))
        try:
            yield port
        finally:
            redis_cli(port, "SHUTDOWN", "NOSAVE")

    def _snapshot(self, port: int) -> Path:
        """What the server holds, as a file."""
        file = Path(redis_cli(port, "CONFIG", "GET", "dir").split("\n")[-1]) / "dump.rdb"
        if not file.exists():
            redis_cli(port, "SAVE")
        return file

    def cluster(self, layout: str, sessions: int, again: bool = False) -> list[int]:
        """Three masters that share that many sessions; filled `again` where they were emptied."""
        ports = self._of(f"cluster {layout} {sessions}", 3, layout, sessions)
        if again and not any(int(redis_cli(port, "DBSIZE")) for port in ports):
            fill(ports, layout, sessions)
        return ports

    def _of(self, name: str, masters: int, layout: str = "simple", sessions: int = 0) -> list[int]:
        if name not in self.ports:
            ports = [start(self.folder)] if masters == 1 else start_cluster(self.folder, masters)
            if sessions:
                fill(ports, layout, sessions)
            self.ports[name] = ports
            if self.keep:
                self.file.write_text(json.dumps(self.ports))
        return self.ports[name]

    def close(self) -> None:
        if self.keep:
            return
        for port in [port for ports in self.ports.values() for port in ports]:
            redis_cli(port, "SHUTDOWN", "NOSAVE")

    def forget(self) -> None:
        """Stops the servers that earlier runs kept."""
        self.keep = False
        self.close()
        self.file.unlink(missing_ok=True)


def fill(ports: Sequence[int], layout: str, sessions: int) -> None:
    """In a process of its own, whose memory must not count for the programs measured later."""
    print(f"filling {len(ports)} server(s) with {sessions:,} sessions ({layout}) …", file=sys.stderr)
    each = [word for port in ports for word in ("--port", str(port))]
    command = [sys.executable, "-m", "tests.benchmarks.seed", *each, "--layout", layout, "--sessions", str(sessions)]
    subprocess.run(command, check=True, cwd=ROOT)
