"""A purge in which something goes wrong: afterwards every session is whole or has ended, the journal has all that ended, and the same
command again completes it.

What goes wrong does so at a random moment, in each run of the tests at others.
"""

from __future__ import annotations

import io
import itertools
import random
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import redis

from sessionctl import plan
from sessionctl.app import App
from sessionctl.codecs import jdk
from sessionctl.outcomes import summary
from sessionctl.plan import JavaLong
from sessionctl.purging import Purge
from sessionctl.snapshots import Snapshot
from sessionctl.target import Target
from sessionctl.terminal import Terminal
from sessionctl.topologies.cluster import slot_of
from tests.live import servers
from tests.live.drills import ALL, IDLE, KEYS, QUIETLY, Drill, ended, meanwhile, moment, moments
from tests.live.servers import Cluster, SentinelSet, Server
from tests.live.spring import LAYOUTS, Application, listening, now
from tests.live.test_listing import run_at

SESSIONS = [f"session-{number:04}-of-a-drill" for number in range(800)]
MOST = 1000  # changes, of the 1600 that a purge of all makes

Filled = Callable[..., Drill]


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        yield client
    server.call("REPLICAOF", "NO", "ONE")
    server.call("CONFIG", "SET", "notify-keyspace-events", "", "maxmemory", 0, "min-replicas-to-write", 0)


@pytest.fixture
def drill(server: Server, client: redis.Redis, tmp_path: Path) -> Drill:
    return Drill(client, server.url, tmp_path).fill(SESSIONS)


# --- sessionctl dies ---


@pytest.mark.parametrize("words", [ALL, QUIETLY], ids=["deleted", "none"])
@pytest.mark.parametrize("layout", ["simple", "indexed", "reactive"])
def test_killed_at_any_moment(server: Server, client: redis.Redis, tmp_path: Path, layout: str, words: tuple[str, ...]) -> None:
    drill = Drill(client, server.url, tmp_path, layout).fill(SESSIONS)
    with listening(server.port, client) as listener:
        for count in moments(2, 200):
            with moment(server, count) as wait:
                process = drill.start(*words, "--batch", str(random.choice([3, 20])))
                wait()
                process.kill()
                ended(process)
            drill.check()
        drill.complete(*words)
        client.publish("__keyevent@0__:del", KEYS.expires("the end"))
        servers.wait_for("the last event", lambda: listener.of("the end"))
    told = Counter(id for _, id, _ in listener.heard[:-1])
    assert told == ({} if words == QUIETLY or layout == "simple" else dict.fromkeys(SESSIONS, 1))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_finishes_what_it_has_begun_and_says_so(server: Server, drill: Drill, number: signal.Signals) -> None:
    for count in moments(2, 200):
        with moment(server, count) as wait:
            process = drill.start(*ALL, "--batch", "1")
            wait()
            process.send_signal(number)
            told = ended(process)
        over = drill.check()
        assert (told.code, told.numbers["refused"]) == (130, 0)
        assert 0 < told.numbers["done"] < len(SESSIONS)
        assert f"{told.numbers['done']} done" in told.err
        assert "it ended early; the same command again goes on\nrecorded in" in told.err
        assert len(over) < len(SESSIONS)
        assert drill.robbed(sorted(drill.ids - over)) == []
        assert not any(drill.client.exists(KEYS.expires(id)) for id in over)  # they ended whole
    drill.complete(*ALL)


# --- Redis dies ---


@pytest.mark.parametrize("kept", ["appendonly", "snapshot"])
def test_redis_is_killed_and_comes_back(tmp_path: Path, kept: str) -> None:
    """From its append-only file with all that it has confirmed; from a snapshot of before as if nothing had happened."""
    with servers.redis_server(appendonly="yes" if kept == "appendonly" else "no") as server, redis.Redis(port=server.port) as client:
        drill = Drill(client, server.url, tmp_path).fill(SESSIONS)
        client.save()
        for count in moments(3, 200):
            with moment(server, count) as wait:
                process = drill.start(*ALL, "--batch", str(random.choice([3, 20])))
                wait()
                server.stop()
                told = ended(process)
            server.restart()
            over = drill.check()
            assert told.error[0] == 4
            assert told.numbers["done"] <= len(drill.recorded())
            assert over if kept == "appendonly" else not over
        drill.complete(*ALL)


@pytest.mark.parametrize("event", [plan.Event.DELETED, plan.Event.NONE])
def test_redis_that_comes_back_at_once_has_lost_what_it_had_confirmed(tmp_path: Path, event: plan.Event) -> None:
    """Those sessions live again, as whole as before; the others end on the new server."""
    ids = [f"session-{number:04}-of-a-drill" for number in range(1400)]
    with servers.redis_server() as server, redis.Redis(port=server.port) as client:
        drill = Drill(client, server.url, tmp_path).fill(ids)
        client.save()
        app = app_at(server.url)
        purge = Purge(app, event, journal=drill.journal)

        def snapshots(restart: int) -> Iterator[Snapshot]:
            for number, snapshot in enumerate(purge.snapshots.of_ids(ids)):
                if number == restart:
                    server.stop()
                    server.restart()
                yield snapshot

        for _ in purge.run(snapshots(random.randrange(56, 69))):  # in the third group, while the first one ends
            pass
        purge.finish()
        purge.close()
        app.close()
        over = drill.check()
        assert purge.failure is None
        assert (purge.outcomes[plan.Outcome.DONE], purge.last_look.undone) == (len(over), len(ids) - len(over))
        assert 0 < len(over) < len(ids)
        assert f"{purge.last_look.undone} as they were again, for Redis has lost the last changes (a failover?): run this again" in summary(
            purge
        )
        drill.complete(*(QUIETLY if event == plan.Event.NONE else ALL))


def app_at(url: str) -> App:
    terminal = Terminal(stdin=io.BytesIO(), stdout=io.BytesIO(), stderr=io.StringIO(), person=False, person_on_stderr=False, environ={})
    return App(terminal, lambda: Target.parse(url), "spring:session")


# --- another master ---


def test_a_failover_in_the_middle(sentinels: SentinelSet, tmp_path: Path) -> None:
    """The old master goes on for a while, and what it confirmed then is lost: those sessions live again, and are whole."""
    master = sentinels.master()
    drill = Drill(_master_of(sentinels), sentinels.url, tmp_path).fill(SESSIONS)
    with moment(master, random.randrange(1, 200)) as wait:
        process = drill.start(*ALL, "--rate", "400", "--wait", "2s")
        wait()
        sentinels.failover()
        told = ended(process)
    drill.client = _master_of(sentinels)
    over = drill.check()
    assert told.code in (0, 3), told.err
    assert told.numbers["done"] == len(over), told.err
    drill.complete(*ALL)


def test_the_master_dies(tmp_path: Path) -> None:
    with servers.sentinel_set() as sentinels:
        master = sentinels.master()
        for sentinel in sentinels.sentinels:  # if they can't agree at first, they try again soon
            sentinel.call("SENTINEL", "SET", sentinels.name, "failover-timeout", 1000)
        drill = Drill(_master_of(sentinels), sentinels.url, tmp_path).fill(SESSIONS)
        with moment(master, random.randrange(1, 600)) as wait:
            process = drill.start(*ALL)
            wait()
            master.stop()
            told = ended(process)
        drill.client = _master_of(sentinels)
        drill.check()
        assert told.code in (0, 3, 4), told.err
        drill.complete(*ALL)


def _master_of(sentinels: SentinelSet) -> Any:
    return redis.Redis(port=servers.wait_for("a master", sentinels.master).port)


def tagged() -> list[str]:
    """Ids of sessions of one slot."""
    return [f"{{moving}}-{number:03}" for number in range(600)]


def plain() -> list[str]:
    """The same without braces, which are changed together with others."""
    ids = (f"session-{number:07}-of-a-drill" for number in itertools.count())
    first = next(ids)
    return [first, *itertools.islice((id for id in ids if slot_of(KEYS.session(id)) == slot_of(KEYS.session(first))), 100)]


@pytest.mark.parametrize("ids", [tagged, plain])
def test_a_slot_moves_in_the_middle(cluster: Cluster, tmp_path: Path, ids: Callable[[], list[str]]) -> None:
    client, moving = cluster.client(), ids()
    drill = Drill(client, cluster.url, tmp_path).fill([*moving, *SESSIONS[: 800 - len(moving)]])
    slot = slot_of(KEYS.session(moving[0]))
    source = cluster.owner(slot)
    migration = cluster.migration(slot, random.choice([node for node in cluster.masters if node is not source]))

    def move() -> None:
        wait()
        migration.begin()
        while keys := migration.keys():
            migration.move(*random.sample(keys, min(len(keys), 100)))
        migration.finish()

    with moment(source, random.randrange(1, 100)) as wait, meanwhile(move):
        told = ended(drill.start(*ALL, "--batch", "2"))
    assert (told.code, told.numbers["done"]) == (0, 800), told.err
    drill.check_complete(*ALL)
    client.close()


# --- Redis refuses ---


def refusing(server: Server, refuse: Callable[[], object], drill: Drill, *words: str) -> tuple[int, str, str | None]:
    """How a purge fails when Redis begins to refuse in the middle of it."""
    with moment(server, random.randrange(1, 300)) as wait:
        process = drill.start(*words, "--batch", "1")
        wait()
        refuse()
        told = ended(process)
    assert 0 < told.numbers["done"] < len(SESSIONS)
    assert told.numbers["done"] <= len(drill.check())
    return told.error


def test_a_master_that_becomes_a_replica(server: Server, drill: Drill) -> None:
    assert refusing(server, lambda: server.call("REPLICAOF", "127.0.0.1", servers.free_port()), drill, *ALL) == (
        5,
        f"{server.node} is a read-only replica and refused EVALSHA",
        "give the URL of its master",
    )
    server.call("REPLICAOF", "NO", "ONE")
    drill.complete(*ALL)


def test_too_few_replicas(server: Server, drill: Drill) -> None:
    assert refusing(server, lambda: server.call("CONFIG", "SET", "min-replicas-to-write", 1), drill, *ALL) == (
        5,
        f"{server.node} has too few replicas and refuses writes",
        "see min-replicas-to-write and INFO replication",
    )
    server.call("CONFIG", "SET", "min-replicas-to-write", 0)
    drill.complete(*ALL)


def test_the_url_of_a_replica_leads_to_its_master(server: Server, drill: Drill) -> None:
    with servers.redis_server(replicaof=["127.0.0.1", server.port]) as replica:
        servers.wait_for("replicating", lambda: replica.info("replication")["master_link_status"] == "up")
        drill.url = replica.url
        assert drill.run(*ALL).numbers["done"] == len(SESSIONS)
    drill.check_complete(*ALL)


# --- no room ---


@pytest.fixture
def full(server: Server, drill: Drill) -> Server:
    """Redis has not a byte left for anything new."""
    server.call("CONFIG", "SET", "maxmemory", 1)
    return server


def test_redis_without_memory_says_how_to_get_some(full: Server, drill: Drill) -> None:
    told = drill.run(*ALL)
    assert told.error == (
        5,
        f"{full.node} is out of memory (maxmemory) and refused EVALSHA",
        "free memory or raise maxmemory; purge --event none ends sessions without writing",
    )
    many = told.numbers["refused"]
    assert told.err.count("warning: ") == 1
    assert f"warning: {many} sessions, such as session-…: {full.node} is out of memory (maxmemory) and refused EVALSHA" in told.err
    assert (told.numbers["done"], drill.check()) == (0, set())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_events_a_purge_frees_the_memory_of_a_full_redis(server: Server, client: redis.Redis, tmp_path: Path, layout: str) -> None:
    drill = Drill(client, server.url, tmp_path, layout).fill(SESSIONS[:200])
    server.call("CONFIG", "SET", "maxmemory", 1)
    told = drill.run(*QUIETLY)
    assert (told.code, told.numbers["done"]) == (0, 200), told.err
    drill.check_complete(*QUIETLY)


def test_memory_that_runs_out_in_the_middle(server: Server, drill: Drill) -> None:
    refusing(server, lambda: server.call("CONFIG", "SET", "maxmemory", 1), drill, *ALL)
    server.call("CONFIG", "SET", "maxmemory", 0)
    drill.complete(*ALL)


@pytest.mark.parametrize("words", [ALL, QUIETLY], ids=["deleted", "none"])
def test_a_disk_that_fills_up(drill: Drill, words: tuple[str, ...]) -> None:
    """The limit of the size of a file fills it for this process."""
    room = random.randrange(1000, 700_000)  # bytes; all sessions need more
    process = drill.start(*words, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    told = ended(process)
    over = drill.check()
    assert told.error == (
        6,
        f"the journal {drill.journal} can't be written: File too large",
        "nothing ends that isn't recorded; free space, or name another file with --journal",
    )
    assert (told.numbers["done"], told.numbers["refused"]) == (len(over), 0)
    drill.complete(*words)


def test_a_full_disk(drill: Drill) -> None:
    code, _, err = run_at(drill.url)("purge", *ALL, "--journal", "/dev/full", "--wait", "0")
    assert code == 6
    assert err == (
        "0 sessions\n"
        "it ended early; the same command again goes on\n"
        "error: the journal /dev/full can't be written: No space left on device\n"
        "hint: nothing ends that isn't recorded; free space, or name another file with --journal\n"
    )
    assert drill.check() == set()


# --- sessions in use ---


@pytest.mark.parametrize("layout", ["simple", "indexed"])
def test_whoever_is_at_work_is_spared(server: Server, client: redis.Redis, tmp_path: Path, layout: str) -> None:
    ids = [f"session-{number:04}-of-a-drill" for number in range(2000)]
    drill = Drill(client, server.url, tmp_path, layout).fill(ids)
    at_work, saved, over = random.sample(ids, 1000), set[str](), Event()

    def save(id: str) -> bool:
        """As Spring saves what it has loaded; answers whether the session hadn't ended by then."""
        with client.pipeline() as pipeline:
            pipeline.hset(KEYS.session(id), "lastAccessedTime", jdk.encode(JavaLong(now()), b""))
            pipeline.hget(KEYS.session(id), "maxInactiveInterval")
            interval = pipeline.execute()[1]
        return interval is not None and interval != bytes(4) and not interval.endswith(bytes(4))

    def work() -> None:
        while not over.is_set():
            id = random.choice(at_work)
            if Application(client, layout).is_valid(id) and save(id):
                Application(client, layout).request(id)
                saved.add(id)

    with meanwhile(work):
        servers.wait_for("somebody at work", lambda: len(saved) > 50)
        told = ended(drill.start("--idle", f"{IDLE // 2000}s", "--yes", "--wait", "300ms"))
        over.set()
    alive = {id for id in ids if Application(client, layout).is_valid(id)}
    assert alive == saved
    assert told.numbers["done"] == len(ids) - len(saved)
    assert set(ids) - alive <= drill.recorded()
