"""Real Redis servers for the tests: one, a Sentinel set, a cluster, TLS. On free loopback ports, gone with the process that started them.

Waiting is polling for a state that is named; nothing sleeps for a fixed time.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis

from tests.live.certificates import Certificates

Result = TypeVar("Result")
PATIENCE = 30.0  # seconds that a state may take on a busy machine
BUS = 10_000  # a cluster node talks to the others on its port and this
_Connection: Any = redis.Connection  # untyped in redis-py
_running: set[subprocess.Popen[bytes]] = set()


def wait_for(what: str, state: Callable[[], Result | None], patience: float = PATIENCE) -> Result:
    """What `state` answers as soon as it is true; an error of Redis or of the network counts as not yet. `patience` in seconds."""
    end, last = time.monotonic() + patience, ""
    while time.monotonic() < end:
        try:
            if result := state():
                return result
        except (redis.RedisError, OSError) as error:
            last = str(error)
        time.sleep(0.005)
    raise TimeoutError(f"not {what} within {patience} s {last}")


def _binary(name: str) -> str:
    path = shutil.which(name)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed, but CI must run the live tests")
    if path is None:
        pytest.skip(f"NOT TESTED against a real Redis: {name} is not installed")
    return path


def free_port() -> int:
    """A port that is free, and so is the one a cluster node would use beside it; below the range that the kernel gives away."""
    while True:
        port = random.randrange(10_000, 22_000)
        with suppress(OSError), socket.socket() as one, socket.socket() as bus:
            one.bind(("127.0.0.1", port))
            bus.bind(("127.0.0.1", port + BUS))
            return port


@dataclass
class Server:
    """One running server."""

    port: int
    directory: Path
    process: subprocess.Popen[bytes]
    password: str | None = None
    node: str = ""

    def __post_init__(self) -> None:
        self.node = f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        login = f":{self.password}@" if self.password else ""
        return f"redis://{login}127.0.0.1:{self.port}/0"

    def call(self, *words: Any) -> Any:
        """One command by redis-py, on a connection of its own; the reply as Redis gave it."""
        connection: Any = _Connection(port=self.port, password=self.password, protocol=2)
        try:
            connection.send_command(*words)
            return connection.read_response()
        finally:
            connection.disconnect()

    def info(self, section: str) -> dict[str, str]:
        text = self.call("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    def log(self) -> str:
        log = self.directory / "log"
        return log.read_text(errors="replace") if log.exists() else "it wrote no log"

    def stop(self) -> None:
        """As a crash does it."""
        self.process.kill()
        self.process.wait()
        _running.discard(self.process)

    def restart(self) -> None:
        """The same again, after `stop`: with what it finds on its disk."""
        self.process = _launch(self.directory)
        wait_for("restarted", lambda: self.call("PING"))


def _die_with_parent() -> None:
    """Even when the tests are killed; elsewhere than on Linux the end of the process has to do."""
    pr_set_pdeathsig = 1
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


@atexit.register
def _stop_all() -> None:
    for process in list(_running):
        process.kill()


def start(port: int, directory: Path, config: dict[str, Any], sentinel: str | None = None) -> Server:
    """A server on `port`, ready to answer; `sentinel` is the text of its configuration, if it is one."""
    directory.mkdir(exist_ok=True)
    settings = {"port": port, "bind": "127.0.0.1", "dir": directory, "logfile": directory / "log"}
    if sentinel is None:  # without disk, a replica gets no changes before its first heartbeat, which comes after a second
        settings |= {"save": "", "appendonly": "no", "repl-diskless-sync": "no"}
    settings |= {name.replace("_", "-"): value for name, value in config.items()}
    file = directory / "redis.conf"
    file.write_text("".join(f"{name} {_quoted(value)}\n" for name, value in settings.items()) + (sentinel or ""))
    process = _launch(directory, *(["--sentinel"] if sentinel is not None else []))
    server = Server(port, directory, process, config.get("requirepass"))
    try:
        wait_for("listening", lambda: _listens(server, settings))
    except BaseException:
        server.stop()
        raise
    return server


def _launch(directory: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [_binary("redis-server"), str(directory / "redis.conf"), *options]
    process = subprocess.Popen(command, preexec_fn=_die_with_parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _running.add(process)
    return process


def _quoted(value: Any) -> str:
    """A list stands for several words, as ``user`` and ``replicaof`` want them."""
    return " ".join(map(_quoted, value)) if isinstance(value, list) else f'"{value}"'


def _listens(server: Server, settings: dict[str, Any]) -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"redis-server ended: {server.log()[-2000:]}")
    port = settings.get("tls-port", server.port)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connected:
        if "tls-port" in settings:
            return True
        connected.sendall(b"PING\r\n")
        return bool(connected.recv(100))


@contextmanager
def redis_server(**config: Any) -> Iterator[Server]:
    """One server; underscores in the names of settings become hyphens."""
    with tempfile.TemporaryDirectory(prefix="redis-", ignore_cleanup_errors=True) as directory:
        server = start(free_port(), Path(directory) / "server", config)
        try:
            yield server
        finally:
            server.stop()


def tls_files(certificates: Certificates, certificate: Path) -> dict[str, Any]:
    """The settings that make a server show `certificate`."""
    return {"tls_cert_file": certificate, "tls_key_file": certificates.key(certificate), "tls_ca_cert_file": certificates.authority}


@contextmanager
def tls_server(certificates: Certificates, certificate: Path, clients: str) -> Iterator[Server]:
    """A server that speaks TLS only and shows `certificate`; `clients` is ``tls-auth-clients``."""
    files = tls_files(certificates, certificate)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-", ignore_cleanup_errors=True) as directory:
        server = start(port, Path(directory) / "server", {"port": 0, "tls_port": port, "tls_auth_clients": clients, **files})
        try:
            yield server
        finally:
            server.stop()


@dataclass
class SentinelSet:
    """A master with two replicas, and three Sentinels that watch over it under the name ``main``."""

    servers: list[Server]
    sentinels: list[Server]
    name: str = "main"

    @property
    def url(self) -> str:
        return f"redis-sentinel://{','.join(sentinel.node for sentinel in self.sentinels)}/0#{self.name}"

    def master(self) -> Server:
        """The one that the Sentinels agree on. Raises OSError while they don't."""
        ports = {int(sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name)[1]) for sentinel in self.sentinels}
        agreed = [server for server in self.servers if {server.port} == ports]
        if not agreed:
            raise OSError(f"the Sentinels name {len(ports)} masters")
        return agreed[0]

    def replicas(self) -> list[Server]:
        return [server for server in self.servers if server is not self.master()]

    def failover(self) -> Server:
        """Makes a replica the master and answers it, when all Sentinels and both other servers have followed."""
        old = self.master()
        wait_for("a failover begun", lambda: self.sentinels[0].call("SENTINEL", "FAILOVER", self.name))
        return wait_for("a failover done", lambda: self._followed(old))

    def _followed(self, old: Server) -> Server | None:
        with suppress(StopIteration):
            master = self.master()
            replication = master.info("replication")
            online = [value for name, value in replication.items() if name.startswith("slave") and "state=online" in value]
            if master is not old and replication["role"] == "master" and len(online) == 2:
                return master
        return None

    def ready(self) -> bool:
        return all(_knows_all(sentinel, self.name) for sentinel in self.sentinels)


def _knows_all(sentinel: Server, name: str) -> bool:
    said = sentinel.call("SENTINEL", "MASTER", name)
    known = dict(zip(said[::2], said[1::2], strict=True))
    return int(known[b"num-other-sentinels"]) == 2 and int(known[b"num-slaves"]) == 2


@contextmanager
def sentinel_set(name: str = "main") -> Iterator[SentinelSet]:
    with tempfile.TemporaryDirectory(prefix="sentinel-", ignore_cleanup_errors=True) as directory, ExitStack() as stack:

        def run(config: dict[str, Any], sentinel: str | None = None) -> Server:
            port = free_port()
            server = start(port, Path(directory) / str(port), config, sentinel)
            stack.callback(server.stop)
            return server

        master = run({})
        replicas = [run({"replicaof": ["127.0.0.1", master.port]}) for _ in range(2)]
        wait_for("replicating", lambda: all(replica.info("replication")["master_link_status"] == "up" for replica in replicas))
        watch = f"""
sentinel monitor {name} 127.0.0.1 {master.port} 2
sentinel down-after-milliseconds {name} 1000
sentinel failover-timeout {name} 5000
sentinel parallel-syncs {name} 2
"""
        servers = SentinelSet([master, *replicas], [run({}, watch) for _ in range(3)], name)
        for sentinel in servers.sentinels:
            with suppress(redis.ResponseError):  # Redis 7: talk to each other more often, so that all is known sooner
                sentinel.call("SENTINEL", "DEBUG", "INFO-PERIOD", 200, "PUBLISH-PERIOD", 200, "ASK-PERIOD", 200, "PING-PERIOD", 200)
        wait_for("a set of Sentinels", servers.ready)
        yield servers


@dataclass
class Migration:
    """A slot on its way from one node to another, in the steps of the cluster specification."""

    slot: int
    source: Server
    to: Server
    everybody: Sequence[Server]

    def begin(self) -> None:
        self.to.call("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.call("CLUSTER", "MYID"))
        self.source.call("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.to.call("CLUSTER", "MYID"))

    def keys(self) -> list[bytes]:
        """Those still at the source."""
        keys: list[bytes] = self.source.call("CLUSTER", "GETKEYSINSLOT", self.slot, 1000)
        return keys

    def move(self, *keys: bytes) -> None:
        self.source.call("MIGRATE", "127.0.0.1", self.to.port, "", 0, 5000, "KEYS", *keys)

    def finish(self) -> None:
        new_owner = self.to.call("CLUSTER", "MYID")
        for node in (self.to, self.source, *self.everybody):
            node.call("CLUSTER", "SETSLOT", self.slot, "NODE", new_owner)


@dataclass
class Cluster:
    """Masters with the slots spread evenly, and their replicas."""

    masters: list[Server]
    replicas: list[Server] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"redis-cluster://{','.join(master.node for master in self.masters)}"

    def client(self) -> redis.RedisCluster:
        return redis.RedisCluster(host="127.0.0.1", port=self.masters[0].port)

    def owner(self, slot: int) -> Server:
        for first, last, (_, port, *_), *_ in self.masters[0].call("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(server for server in (*self.masters, *self.replicas) if server.port == port)
        raise LookupError(slot)

    def migration(self, slot: int, to: Server) -> Migration:
        """A migration to be taken step by step."""
        return Migration(slot, self.owner(slot), to, self.masters)

    def move_slot(self, slot: int, to: Server) -> None:
        """A whole migration."""
        migration = self.migration(slot, to)
        migration.begin()
        while keys := migration.keys():
            migration.move(*keys)
        migration.finish()

    def add_master(self, server: Server) -> None:
        """A node without slots joins."""
        self.masters[0].call("CLUSTER", "MEET", "127.0.0.1", server.port)
        self.masters.append(server)
        wait_for("joined", self.ready)

    def failover(self, replica: Server) -> None:
        """Makes `replica` a master in place of its own, by agreement of both, and waits until every node knows."""
        replica.call("CLUSTER", "FAILOVER")
        wait_for("a failover done", lambda: all(_has_master(node, replica.port) for node in (*self.masters, *self.replicas)))

    def ready(self) -> bool:
        everybody = (*self.masters, *self.replicas)
        return all(_is_ready(node, len(everybody)) for node in everybody)


def _has_master(node: Server, port: int) -> bool:
    return any(entry[2][1] == port for entry in node.call("CLUSTER", "SLOTS"))


def _is_ready(node: Server, size: int) -> bool:
    lines = node.call("CLUSTER", "NODES").splitlines()
    agreed = len(lines) == size and not any(b"handshake" in line or b"disconnected" in line for line in lines)
    return agreed and b"cluster_state:ok" in node.call("CLUSTER", "INFO")


@contextmanager
def cluster(nodes: int = 3, replicas: int = 0, **config: Any) -> Iterator[Cluster]:
    """`nodes` masters, each with `replicas` replicas; ready when all nodes say so."""
    with tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True) as directory, ExitStack() as stack:

        def run() -> Server:
            server = start_node(Path(directory), config)
            stack.callback(server.stop)
            return server

        made = Cluster([run() for _ in range(nodes)], [run() for _ in range(nodes * replicas)])
        _join(made)
        wait_for("a cluster", made.ready)
        for number, replica in enumerate(made.replicas):
            replica.call("CLUSTER", "REPLICATE", made.masters[number % nodes].call("CLUSTER", "MYID"))
        wait_for(
            "replicas",
            lambda: all(replica.info("replication").get("master_link_status") == "up" for replica in made.replicas) or not replicas,
        )
        wait_for(
            "a cluster with replicas",
            lambda: made.ready() and all(node.call("CLUSTER", "NODES").count(b"slave") == len(made.replicas) for node in made.masters),
        )
        yield made


def start_node(directory: Path, config: dict[str, Any] | None = None) -> Server:
    """A node of its own, to be joined to a cluster."""
    port = free_port()
    return start(port, directory / str(port), {"cluster_enabled": "yes", "cluster_node_timeout": 5000, **(config or {})})


def _join(made: Cluster) -> None:
    first, *others = everybody = (*made.masters, *made.replicas)
    for number, node in enumerate(everybody):
        node.call("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    bounds = [16384 * number // len(made.masters) for number in range(len(made.masters) + 1)]
    for node, begin, end in zip(made.masters, bounds, bounds[1:], strict=False):
        node.call("CLUSTER", "ADDSLOTS", *range(begin, end))
    for node in others:
        first.call("CLUSTER", "MEET", "127.0.0.1", node.port)
