"""Sessions of real applications, exported and brought back on real servers: byte for byte, in any layout, whatever interrupts it."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis

from sessionctl import fields
from sessionctl.batch import Scope
from sessionctl.identity import Identities
from sessionctl.layouts.keys import Keys, raw
from sessionctl.layouts.members import member_text
from sessionctl.layouts.reads import LAST_ACCESSED_TIME, MAX_INACTIVE_INTERVAL
from sessionctl.records import write
from sessionctl.report import Need
from sessionctl.restoring import TOMBSTONES
from sessionctl.store import Store
from sessionctl.target import Target
from sessionctl.times import moved, number
from sessionctl.topologies import open_topology
from tests.benchmarks.seed import fill as seed
from tests.live.servers import Cluster, Server
from tests.live.spring import Application
from tests.live.test_listing import Run, run_at

CAPTURED = sorted((Path(__file__).parents[1] / "data" / "captured").glob("*.json"))
TIMES = ("creationTime", "lastAccessedTime")
Everything = dict[bytes, tuple[Any, int]]
NEARLY = 1500  # milliseconds from asking for a TTL to the answer, on a busy machine


def load(client: Any, path: Path) -> None:
    """What an application left in Redis, less than a minute ago: moved by whole minutes, as the buckets are."""
    document = json.loads(path.read_text())
    by = (time.time_ns() // 1_000_000 - document["captured_at"]) // 60_000 * 60_000
    for row in document["keys"]:
        key = re.sub(r"(?<=:expirations:)\d+$", lambda minute: str(int(minute[0]) + by), row["key"])
        value = row["value"]
        if row["type"] == "hash":
            values = {name: base64.b64decode(raw) for name, raw in value.items()}
            client.hset(key, mapping={name: moved(raw, by) if name in TIMES else raw for name, raw in values.items()})
        elif row["type"] == "zset":
            client.zadd(key, {base64.b64decode(member): score + by for member, score in value.items()})
        elif row["type"] == "set":
            client.sadd(key, *map(base64.b64decode, value))
        else:
            client.set(key, base64.b64decode(value))
        if row["pttl"] >= 0:
            client.pexpireat(key, document["captured_at"] + by + row["pttl"])


def everything(client: Any) -> Everything:
    """Every key: what it holds, and when it expires, in milliseconds since the epoch."""
    read: dict[bytes, Callable[[Any], Any]] = {
        b"hash": client.hgetall,
        b"string": client.get,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
    }
    return {key: (read[client.type(key)](key), client.pexpiretime(key)) for key in client.scan_iter(count=1000)}


def same(before: Everything, after: Everything) -> None:
    assert {key: value for key, (value, _) in after.items()} == {key: value for key, (value, _) in before.items()}
    assert {
        key: end - before[key][1] for key, (_, end) in after.items() if abs(end - before[key][1]) > NEARLY and b":expirations:" not in key
    } == {}


def without_ended(client: Any, keys: Keys) -> None:
    """Takes away what no import brings back: tombstones, and the entries of sessions that are gone."""
    hashes = list(client.scan_iter(match=keys.pattern(), _type="hash"))
    living = {}
    for key in hashes:
        accessed, interval = (number(client.hget(key, name)) or 0 for name in (LAST_ACCESSED_TIME, MAX_INACTIVE_INTERVAL))
        if interval:
            living[keys.id(key)] = accessed + interval * 1000
        else:
            client.delete(key)
    for bucket in client.scan_iter(match=f"{keys.namespace}:expirations:*"):
        there = {raw(f"expires:{id}") for id, deadline in living.items() if keys.bucket(deadline) == bucket}
        client.srem(bucket, b"", *(member for member in client.smembers(bucket) if raw(member_text(member) or "") not in there))
    client.zrem(keys.expirations, b"", *(member for member in client.zrange(keys.expirations, 0, -1) if member_text(member) not in living))


@pytest.fixture
def client(server: Server) -> Any:
    with redis.Redis(port=server.port) as client:
        yield client


@pytest.fixture
def sessionctl(server: Server) -> Run:
    return run_at(server.url)


@pytest.fixture
def archive(tmp_path: Path) -> str:
    return str(tmp_path / "sessions.ndjson.gz")


@pytest.fixture(params=CAPTURED, ids=lambda path: path.stem)
def captured(request: pytest.FixtureRequest, client: Any) -> Everything:
    """The server holds what one application left, without what has ended."""
    load(client, request.param)
    without_ended(client, Keys())
    found = everything(client)
    assert found
    return found


def outcomes(run: Run, *words: str) -> set[str]:
    return {json.loads(line)["outcome"] for line in run("import", *words, "-o", "ndjson")[1].splitlines()}


def test_all_that_an_application_left_comes_back(client: Any, sessionctl: Run, captured: Everything, archive: str) -> None:
    assert sessionctl("export", "--output", archive)[0] == 0
    client.flushall()
    assert sessionctl("import", archive)[0] == 0
    same(captured, everything(client))
    assert outcomes(sessionctl, archive) == {"spared"}
    same(captured, everything(client))
    assert sessionctl("diff", archive, "live", "--strict")[0] == 0


def journal(server: Server, path: str, *more: Any) -> None:
    """What a purge writes: whole sessions and their layouts, but not their companions."""
    topology = open_topology(Target.parse(server.url))
    store = Store(topology, Keys())
    scope = Scope(Keys(), store.clock(), Identities().name)
    with open(path, "wb") as file:
        for batch in list(store.scan(Need(), scope)):
            whole = store.get(batch.ids, write.NEED | fields.LAYOUT.need, scope)
            file.write(write.lines(whole, fields.LAYOUT, *more))
    topology.close()


def test_a_journal_knows_no_companions_and_they_come_back(
    server: Server, client: Any, sessionctl: Run, captured: Everything, tmp_path: Path
) -> None:
    journal(server, str(tmp_path / "journal"))
    sorted_set = [key for key in captured if key.endswith(b":sessions:expirations")]
    client.delete(*(key for key in captured if key not in sorted_set))
    for key in sorted_set:  # an application that is running has some sessions in it
        client.zremrangebyrank(key, 1, -1)
    assert sessionctl("import", str(tmp_path / "journal"))[0] == 0
    same(captured, everything(client))


def test_what_delete_has_ended_comes_back(server: Server, client: Any, sessionctl: Run, captured: Everything, tmp_path: Path) -> None:
    journal(server, str(tmp_path / "journal"))
    sorted_set = [key for key in captured if key.endswith(b":sessions:expirations")]
    ids = sessionctl("ls", "-o", "ids")[1].split()
    assert sessionctl("delete", *ids, "--yes", "--wait", "0")[0] == 0
    for key in sorted_set:
        client.zadd(key, {captured[key][0][0][0]: captured[key][0][0][1]})
    assert sessionctl("import", str(tmp_path / "journal"))[0] == 0
    same(captured, everything(client))


@pytest.mark.parametrize("layout", ["simple", "indexed", "reactive-indexed"])
def test_every_layout_becomes_every_other(client: Any, sessionctl: Run, captured: Everything, archive: str, layout: str) -> None:
    before = {one["id"]: one for one in listed(sessionctl)}
    assert sessionctl("export", "--output", archive)[0] == 0
    client.flushall()
    assert sessionctl("import", archive, "--layout", layout)[0] == 0
    after = {one["id"]: one for one in listed(sessionctl)}
    assert after.keys() == before.keys()
    for id, one in after.items():
        assert one["layout"] == layout or (one["principal"] is None and layout == "reactive-indexed")
        assert abs(one["ttl"] - one["remaining"] - (0 if layout == "simple" else 300)) < 1
        assert (one["principal"], one["deadline"]) == (before[id]["principal"], before[id]["deadline"])
    assert {one["id"] for one in listed(sessionctl, "--user", "alice")} == {id for id, one in before.items() if one["principal"] == "alice"}
    hashes = {key: value for key, (value, _) in captured.items() if isinstance(value, dict)}
    assert {key: value for key, (value, _) in everything(client).items() if isinstance(value, dict)} == hashes


def listed(run: Run, *words: str) -> list[dict[str, Any]]:
    code, out, err = run("ls", "-o", "ndjson", "-c", "id,principal,layout,ttl,remaining,deadline", *words)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_from_one_server_to_a_cluster_and_back(client: Any, sessionctl: Run, captured: Everything, archive: str, cluster: Cluster) -> None:
    in_cluster = run_at(cluster.url)
    assert sessionctl("export", "--output", archive)[0] == 0
    assert in_cluster("import", archive)[0] == 0
    with cluster.client() as nodes:
        same(captured, {key: value for master in cluster.masters for key, value in everything(redis.Redis(port=master.port)).items()})
        assert nodes.ping()
    back = archive.replace("sessions", "back")
    assert in_cluster("export", "--output", back)[0] == 0
    client.flushall()
    assert sessionctl("import", back)[0] == 0
    same(captured, everything(client))


SESSIONS = 3000


@pytest.fixture
def many(server: Server, client: Any, sessionctl: Run, archive: str) -> Everything:
    """Thousands of sessions of the indexed layout, exported; the server is empty."""
    seed([server.port], SESSIONS, "indexed")
    found = everything(client)
    assert sessionctl("export", "--output", archive)[0] == 0
    client.flushall()
    return found


def test_where_scripts_are_forbidden(server: Server, client: Any, many: Everything, archive: str) -> None:
    client.acl_setuser("plain", enabled=True, nopass=True, keys=["*"], channels=["*"], commands=["+@all", "-eval", "-evalsha"], reset=True)
    run = run_at(server.url.replace("redis://", "redis://plain@"))
    assert run("import", archive)[0] == 0
    same(many, everything(client))
    assert outcomes(run, archive) == {"spared"}


def test_a_server_that_is_full_refuses_and_a_second_run_completes_it(
    server: Server, client: Any, sessionctl: Run, many: Everything, archive: str
) -> None:
    used = int(server.info("memory")["used_memory"])
    client.config_set("maxmemory", used + 3_000_000)
    try:
        code, out, err = sessionctl("import", archive, "-o", "ndjson")
        assert code == 5
        assert json.loads(err.splitlines()[-1])["message"].startswith(f"{server.node} is out of memory (maxmemory) and refused ")
        done = [one["id"] for one in map(json.loads, out.splitlines()) if one["outcome"] == "done"]
        assert 0 < len(done) < SESSIONS
    finally:
        client.config_set("maxmemory", 0)
    assert sessionctl("import", archive)[0] == 3
    same(many, everything(client))


def test_killed_at_any_moment_and_run_again(server: Server, client: Any, sessionctl: Run, many: Everything, archive: str) -> None:
    command = [sys.executable, "-m", "sessionctl", "--url", server.url, "import", archive, "-o", "ndjson"]
    for moment in range(1, SESSIONS, SESSIONS // 5):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout
            for _, _line in zip(range(moment), process.stdout, strict=False):
                pass
            os.kill(process.pid, signal.SIGKILL)
        client.delete(*(key for key in client.scan_iter(match=Keys().pattern(), count=1000, _type="hash") if hash(key) % 5 == 0))
    sessionctl("import", archive)
    same(many, everything(client))


def test_interrupted_it_finishes_the_message_and_a_second_run_the_rest(
    server: Server, client: Any, sessionctl: Run, many: Everything, archive: str
) -> None:
    command = [sys.executable, "-m", "sessionctl", "--url", server.url, "import", archive, "-o", "ndjson"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        said = process.stderr.read().decode()
    assert process.returncode == 130
    done = rest.count(b'"outcome":"done"') + 1
    assert said.startswith(f"{done:,} sessions: {done:,} done")
    assert 0 < done < SESSIONS
    there = {key for key, (value, _) in everything(client).items() if isinstance(value, dict)}
    assert len(there) == done
    assert all(client.exists(Keys().expires(Keys().id(key))) for key in there)
    assert sessionctl("import", archive)[0] == 3
    same(many, everything(client))


def test_two_imports_at_once_restore_each_session_once(server: Server, client: Any, many: Everything, archive: str) -> None:
    done: list[str] = []

    def one_import() -> None:
        out = run_at(server.url)("import", archive, "-o", "ndjson")[1]
        done.extend(one["id"] for one in map(json.loads, out.splitlines()) if one["outcome"] == "done")

    threads = [Thread(target=one_import) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(set(done)) == SESSIONS
    same(many, everything(client))


def test_a_replaced_session_leaves_nothing_of_its_former_self(client: Any, sessionctl: Run, archive: str) -> None:
    load(client, next(path for path in CAPTURED if path.stem == "boot35-indexed-jdk"))
    without_ended(client, Keys())
    before = everything(client)
    assert sessionctl("export", "--output", archive)[0] == 0
    [alice, zoe] = [sessionctl("ls", "--user", name, "-o", "ids")[1].split()[0] for name in ("alice", "zoe")]
    keys = Keys()
    client.hset(keys.session(alice), mapping=client.hgetall(keys.session(zoe)))
    client.srem(keys.principal_index("alice"), *client.smembers(keys.principal_index("alice")))
    client.sadd(keys.principal_index("zoe"), b"\xac\xed\0\5t\0$" + alice.encode())
    assert sessionctl("import", archive, "--replace", "--yes")[0] == 3
    assert everything(client)[keys.principal_index("zoe")] == before[keys.principal_index("zoe")]
    same(before, everything(client))


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize(
    ("there", "layout"),
    [
        *((there, layout) for there in ("simple", "indexed", "sorted") for layout in ("simple", "indexed", "reactive-indexed")),
        ("reactive", "simple"),  # not the servlet's: what is left of the sorted set would be taken for its own
        ("reactive", "reactive-indexed"),
    ],
)
def test_replacing_converts_in_place(client: Any, sessionctl: Run, archive: str, there: str, layout: str, changed: bool) -> None:
    """What is there afterwards is what an import into an empty server writes, and nothing of the former layout."""
    application = Application(client, there)
    application.login("a0a0a0a0-alice", "alice")
    application.login("b0b0b0b0-nobody", None)
    assert sessionctl("export", "--output", archive)[0] == 0
    if changed:
        client.flushall()
        application.login("a0a0a0a0-alice", "zoe")
    sessionctl("import", archive, "--replace", "--yes", "--layout", layout)
    replaced = everything(client)
    assert outcomes(sessionctl, archive, "--replace", "--yes", "--layout", layout) == {"spared"}
    same(replaced, everything(client))
    client.flushall()
    assert sessionctl("import", archive, "--layout", layout)[0] == 0
    same(everything(client), replaced)


@pytest.mark.parametrize("interval", TOMBSTONES)
@pytest.mark.parametrize("commands", [["+@all"], ["+@all", "-eval", "-evalsha"]], ids=["script", "transaction"])
def test_a_tombstone_makes_way(server: Server, client: Any, archive: str, interval: bytes, commands: list[str]) -> None:
    client.acl_setuser("other", enabled=True, nopass=True, keys=["*"], channels=["*"], commands=commands, reset=True)
    run = run_at(server.url.replace("redis://", "redis://other@"))
    Application(client, "simple").login("a0a0a0a0-alice")
    before = everything(client)
    assert run("export", "--output", archive)[0] == 0
    client.hset(Keys().session("a0a0a0a0-alice"), "maxInactiveInterval", interval)
    assert outcomes(run, archive) == {"done"}
    same(before, everything(client))


def test_a_session_that_is_too_large_is_told_and_left_out(client: Any, sessionctl: Run) -> None:
    for id, size in (("small", 1), ("large", 17 * 1024 * 1024)):
        client.hset(
            f"spring:session:sessions:{id}",
            mapping={"creationTime": 1, "lastAccessedTime": 2, "maxInactiveInterval": -1, "sessionAttr:a": b"x" * size},
        )
    code, out, err = sessionctl("export")
    assert code == 3
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["small"]
    assert err.splitlines()[0].startswith("warning: session large… isn't exported: it has ")
