"""What the drills of a purge have in common: sessions to end, a moment in the middle of it, and what must be true afterwards."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import redis

from sessionctl.layouts.keys import Keys
from sessionctl.plan import JavaString
from tests.live.servers import Server, wait_for
from tests.live.spring import Application, jdk_or_json
from tests.live.test_listing import run_at

KEYS = Keys()
IDLE = 600_000  # milliseconds since the sessions of a drill were used
ALL = ("--all", "--confirm", "spring:session")
QUIETLY = (*ALL, "--event", "none")

Hash = dict[bytes, bytes]


@dataclass(frozen=True)
class Told:
    """How a purge ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def numbers(self) -> dict[str, Any]:
        """What standard output has: ``{"done": 3, …}``."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def error(self) -> tuple[int, str, str | None]:
        """The error: exit code, message and hint. It is JSON because the numbers are."""
        found = json.loads(self.err.splitlines()[-1])
        assert found["exit_code"] == self.code
        return self.code, found["message"], found["hint"]


@dataclass
class Drill:
    """Sessions of one layout that a purge is to end, and its journal. `client` reaches wherever they are."""

    client: Any
    url: str
    directory: Path
    layout: str = "indexed"
    before: dict[str, Hash] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        return set(self.before)

    @property
    def journal(self) -> Path:
        return self.directory / "journal"

    def fill(self, ids: Sequence[str]) -> Drill:
        """Logs in on all `ids`."""
        with self.client.pipeline(transaction=False) as pipeline:
            for id in ids:
                Application(pipeline, self.layout).login(id, idle=IDLE)
            pipeline.execute()
        self.before = self.hashes(ids)
        return self

    def words(self, *words: str) -> list[str]:
        return ["purge", "--wait", "0", "-o", "json", "--journal", str(self.journal), *words]

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """A purge in a process of its own."""
        command = [sys.executable, "-m", "sessionctl", *self.words(*words), "--url", self.url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def run(self, *words: str) -> Told:
        """A purge from its beginning to its end, in this process."""
        return Told(*run_at(self.url)(*self.words(*words)))

    # --- what is there ---

    def hashes(self, ids: Sequence[str]) -> dict[str, Hash]:
        with self.client.pipeline(transaction=False) as pipeline:
            for id in ids:
                pipeline.hgetall(KEYS.session(id))
            return dict(zip(ids, pipeline.execute(), strict=True))

    def recorded(self) -> set[str]:
        """The sessions in the journal; a run that was killed may have cut its last line off."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return {row["id"] for line in lines if (row := _parsed(line)) is not None}

    def check(self) -> set[str]:
        """Every session is whole, or has ended and is recorded. Answers those that have ended."""
        hashes = self.hashes(list(self.before))
        over = {id for id, hash in hashes.items() if not hash or is_tombstone(hash)}
        assert {id: hashes[id] for id in self.ids - over} == {id: self.before[id] for id in self.ids - over}
        assert self.robbed(sorted(self.ids - over)) == []
        assert over - self.recorded() == set()
        return over

    def robbed(self, ids: Sequence[str]) -> list[str]:
        """Those sessions that lack their expires key, or that the index of their user doesn't have."""
        if self.layout == "simple":
            return []
        index = KEYS.reactive_index("alice") if self.layout == "reactive" else KEYS.principal_index("alice")
        members = self.client.smembers(index)
        with self.client.pipeline(transaction=False) as pipeline:
            for id in ids:
                pipeline.exists(KEYS.expires(id))
            lives = pipeline.execute()
        spelt = Application(None).encoded
        return [id for id, alive in zip(ids, lives, strict=True) if not alive or spelt(JavaString(id)) not in members]

    def complete(self, *words: str) -> None:
        """The same command again ends what is left, and leaves nothing but tombstones, without events not even those."""
        again = self.run(*words)
        assert again.code in (0, 3), again.err
        assert (again.numbers["refused"], again.numbers["spared"]) == (0, 0)
        self.check_complete(*words)

    def check_complete(self, *words: str) -> None:
        """Nothing is left but tombstones, without events not even those, and everything was recorded."""
        tombstones = set() if "none" in words or self.layout == "simple" else {KEYS.session(id) for id in self.ids}
        assert set(self.client.scan_iter(match="*", count=1000)) == tombstones
        assert self.check() == self.ids
        assert self.recorded() == self.ids


def ended(process: subprocess.Popen[str]) -> Told:
    """Waits for the end of a purge."""
    out, err = process.communicate(timeout=40)
    return Told(process.returncode, out, err)


def is_tombstone(hash: Hash) -> bool:
    return jdk_or_json(hash[b"maxInactiveInterval"]) == 0


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


@contextmanager
def moment(server: Server, count: int) -> Iterator[Callable[[], None]]:
    """Yields what waits until Redis has changed a hash or an expires key `count` times, two for each session that ends."""
    server.call("CONFIG", "SET", "notify-keyspace-events", "Eghx")
    subscriber = redis.Redis(port=server.port).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    subscriber.subscribe("__keyevent@0__:expire", "__keyevent@0__:del")
    wait_for("listening", lambda: server.call("PUBSUB", "NUMSUB", "__keyevent@0__:del")[1])

    def wait() -> None:
        seen = 0
        while seen < count:
            message = subscriber.get_message(timeout=30)
            assert message is not None or seen == 0, f"only {seen} of {count} changes have come"
            seen += message is not None and message["data"].startswith(KEYS.prefix)

    yield wait
    subscriber.close()


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Acts in a thread; what goes wrong there goes wrong here."""
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)

    thread = Thread(target=guarded)
    thread.start()
    yield
    thread.join()
    if failures:
        raise failures[0]


def moments(count: int, most: int) -> list[int]:
    """Some random moments, in each run of the tests others."""
    return [random.randrange(1, most) for _ in range(count)]
