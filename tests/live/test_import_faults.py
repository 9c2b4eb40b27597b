"""An import in which something goes wrong: afterwards the same import again completes it, and a third one has nothing left to do.

The file comes by a pipe, its second half only when something has gone wrong. What goes wrong does so at a random moment.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO, Any

import pytest
import redis

from sessionctl.topologies.cluster import slot_of
from tests.live import servers
from tests.live.drills import meanwhile
from tests.live.servers import Cluster, SentinelSet, Server
from tests.live.spring import Application
from tests.live.test_archiving import Everything, everything, outcomes, same
from tests.live.test_listing import run_at

SESSIONS = [f"session-{number:04}" for number in range(1000)]


@dataclass
class Drill:
    """Sessions that an import is to bring back to the `masters`."""

    url: str
    masters: Callable[[], list[Server]]
    archive: Path
    before: Everything

    def everything(self) -> Everything:
        """Every key, wherever it is."""
        return {key: value for master in self.masters() for key, value in everything(redis.Redis(port=master.port)).items()}

    @contextmanager
    def importing(self) -> Iterator[Callable[[], None]]:
        """An import; what this yields lets the second half of the file come. Afterwards it has ended, and well."""
        command = [sys.executable, "-m", "sessionctl", "import", "-", "-o", "ndjson", "--url", self.url]
        go_on = Event()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdin
            assert process.stderr
            with meanwhile(self._feeding(process.stdin, go_on)):
                yield go_on.set
            said = process.stderr.read()
        assert process.returncode in (0, 3), said
        assert "refused" not in said

    def _feeding(self, file: IO[str], go_on: Event) -> Callable[[], None]:
        lines = self.archive.read_text().splitlines(keepends=True)

        def feed() -> None:
            for number in range(0, len(lines), 10):
                file.write("".join(lines[number : number + 10]))
                file.flush()
                go_on.wait(0.01 if number < len(lines) // 2 else 30)
            file.close()

        return feed

    def complete(self) -> None:
        """The same again brings back what is missing; once more it changes nothing."""
        assert outcomes(run_at(self.url), str(self.archive)) <= {"done", "spared"}
        same(self.before, self.everything())
        assert outcomes(run_at(self.url), str(self.archive)) == {"spared"}
        same(self.before, self.everything())


def prepared(client: Any, url: str, masters: Callable[[], list[Server]], directory: Path, layout: str, ids: list[str]) -> Drill:
    """Logs in on all `ids`, exports them, and takes them away."""
    with client.pipeline(transaction=False) as pipeline:
        for number, id in enumerate(ids):
            Application(pipeline, layout).login(id, f"user-{number % 100}", timeout=3600 + number)
        pipeline.execute()
    drill = Drill(url, masters, directory / "sessions.ndjson", {})
    assert run_at(url)("export", "--output", str(drill.archive))[0] == 0
    drill.before = drill.everything()
    for master in masters():
        master.call("FLUSHALL")
    return drill


def come_back(master: Server, count: int) -> None:
    """Waits until there are some keys again."""
    servers.wait_for("the first sessions", lambda: master.call("DBSIZE") >= count or None)


@pytest.mark.parametrize("layout", ["indexed", "reactive"])
def test_a_failover_in_the_middle(sentinels: SentinelSet, tmp_path: Path, layout: str) -> None:
    """The old master goes on for a while, and what it confirmed then is lost until the second import."""
    master = servers.wait_for("a master", sentinels.master)
    with redis.Redis(port=master.port) as client:
        drill = prepared(client, sentinels.url, lambda: [sentinels.master()], tmp_path, layout, SESSIONS)
    with drill.importing() as go_on:
        come_back(master, random.randrange(100, 700))
        sentinels.failover()
        go_on()
    drill.complete()


def test_a_slot_moves_in_the_middle(cluster: Cluster, tmp_path: Path) -> None:
    ids = [*(f"{{moving}}-{number:03}" for number in range(600)), *SESSIONS[:200]]
    random.shuffle(ids)
    with cluster.client() as client:
        drill = prepared(client, cluster.url, lambda: cluster.masters, tmp_path, "indexed", ids)
    source = cluster.owner(slot_of(b"{moving}"))
    migration = cluster.migration(slot_of(b"{moving}"), random.choice([node for node in cluster.masters if node is not source]))
    with drill.importing() as go_on:
        come_back(source, random.randrange(100, 400))
        elsewhere = migration.to.call("DBSIZE")
        migration.begin()
        go_on()
        come_back(migration.to, elsewhere + 50)
        while keys := migration.keys():
            migration.move(*random.sample(keys, min(len(keys), 100)))
        migration.finish()
    same(drill.before, drill.everything())
    drill.complete()
