"""The commands on a real Redis with real sessions: what is asked of Redis, and what is answered."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from sessionctl.cli import run
from sessionctl.demo import fill
from sessionctl.terminal import Terminal
from tests.live.servers import Cluster, Server

Run = Callable[..., tuple[int, str, str]]


def run_at(url: str) -> Run:
    """Runs command lines against `url`, as in a pipe; answers exit code, standard output and standard error."""

    def run_one(*words: str) -> tuple[int, str, str]:
        out, err = io.BytesIO(), io.StringIO()
        terminal = Terminal(stdin=io.BytesIO(), stdout=out, stderr=err, person=False, person_on_stderr=False, environ={})
        return run([*words, "--url", url], terminal), out.getvalue().decode(), err.getvalue()

    return run_one


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        fill(client, time.time_ns() // 1_000_000)
        yield client


@pytest.fixture
def sessionctl(server: Server, client: redis.Redis) -> Run:
    return run_at(server.url)


def documents(run: Run, *words: str) -> list[dict[str, Any]]:
    code, out, err = run("ls", "-o", "ndjson", *words)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def commands_of(client: redis.Redis, action: Callable[[], object]) -> set[str]:
    """The names of the commands that Redis ran meanwhile, those of logging in left out."""
    client.config_resetstat()
    action()
    ran = {name.removeprefix("cmdstat_") for name in client.info("commandstats")}
    return ran - {"hello", "select", "info", "config|resetstat", "client|setname", "client|setinfo", "time"}


def test_a_listing_asks_only_for_what_is_shown(client: redis.Redis, sessionctl: Run) -> None:
    assert commands_of(client, lambda: sessionctl("ls", "-o", "ids")) == {"scan"}
    assert commands_of(client, lambda: sessionctl("ls", "--count")) == {"scan"}
    assert commands_of(client, lambda: sessionctl("ls", "-c", "id,ttl")) == {"scan", "pttl"}
    assert commands_of(client, lambda: sessionctl("ls")) == {"scan", "hmget", "pttl"}
    assert commands_of(client, lambda: sessionctl("ls", "-c", "size")) == {"scan", "pttl", "memory|usage"} - {"pttl"}


def test_a_user_is_found_by_the_index_and_the_index_is_not_believed(client: redis.Redis, sessionctl: Run) -> None:
    by_scan = documents(sessionctl, "--user", "alice", "--no-index")
    assert len(by_scan) == 2
    ran = commands_of(client, lambda: documents(sessionctl, "--user", "alice"))
    assert "sscan" in ran
    [index] = client.keys("spring:session:index:*:alice")
    someone_else = client.srandmember(client.keys("spring:session:index:*:zoe")[0])
    assert isinstance(someone_else, bytes)
    client.sadd(index, someone_else, b"\xac\xed\x00\x05t\x00\x04gone", b"not a member")
    assert sorted(one["id"] for one in documents(sessionctl, "--user", "alice")) == sorted(one["id"] for one in by_scan)


def test_where_some_session_has_no_index_all_are_scanned(client: redis.Redis, sessionctl: Run) -> None:
    alice = documents(sessionctl, "--user", "alice")[0]["id"]
    fields = client.hgetall(f"spring:session:sessions:{alice}")
    client.hset("spring:session:sessions:simple", mapping=fields)  # type: ignore[arg-type]  # bytes are fine
    client.pexpire("spring:session:sessions:simple", 1_000_000)
    assert "simple" in [one["id"] for one in documents(sessionctl, "--user", "alice")]


def test_both_namespaces_are_found_with_their_layouts(sessionctl: Run) -> None:
    code, out, err = sessionctl("namespaces", "-o", "ndjson")
    assert (code, err) == (0, "2 namespaces with sessions\n")
    assert sorted(map(json.loads, out.splitlines()), key=lambda row: str(row["namespace"])) == [
        {"namespace": "shop", "sessions": 6, "layouts": ["reactive-indexed"]},
        {"namespace": "spring:session", "sessions": 7, "layouts": ["indexed"]},
    ]


def test_an_empty_listing_says_where_sessions_are(sessionctl: Run) -> None:
    code, out, err = sessionctl("ls", "--namespace", "nowhere", "-o", "json")
    assert (code, out) == (0, "[]\n")
    first, second = err.splitlines()
    assert first == "0 sessions"
    assert second in {
        f"there are sessions in {found}; choose with --namespace"
        for found in ("spring:session (7), shop (6)", "shop (6), spring:session (7)")
    }


def test_the_time_is_that_of_redis(client: redis.Redis, sessionctl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert all(0 < one["ttl"] < 2100 for one in documents(sessionctl))
    assert {one["state"] for one in documents(sessionctl)} == {"active", "expired", "deleted"}


def test_every_key_of_a_session_is_shown(sessionctl: Run) -> None:
    [alice, *_] = documents(sessionctl, "--user", "alice", "--namespace", "shop")
    code, out, _ = sessionctl("show", alice["id"][:8], "--namespace", "shop", "-o", "json")
    session = json.loads(out)
    assert code == 0
    assert session["layout"] == "reactive-indexed"
    assert [(key["role"], key["type"]) for key in session["keys"]] == [
        ("session", "hash"),
        ("expires key", "string"),
        ("sorted set of deadlines", "zset"),
        ("back references", "set"),
        ("principal index", "set"),
    ]


def test_a_hundred_megabytes_in_one_attribute_are_not_read(client: redis.Redis, sessionctl: Run) -> None:
    id = documents(sessionctl)[0]["id"]
    client.hset(f"spring:session:sessions:{id}", "sessionAttr:huge", b"x" * 100_000_000)
    client.config_resetstat()
    code, out, _ = sessionctl("show", id, "-o", "json")
    huge = json.loads(out)["attributes"]["huge"]
    assert (code, huge["size"], huge["value"], huge["reason"]) == (0, 100_000_000, None, "too large to read: 100,000,000 bytes")
    assert client.info("stats")["total_net_output_bytes"] < 1_000_000


def test_a_cluster_shows_the_same(cluster: Cluster) -> None:
    with cluster.client() as client:
        fill(client, time.time_ns() // 1_000_000)
    sessionctl = run_at(f"redis://{cluster.masters[1].node}")
    found = documents(sessionctl, "-c", "id,principal,layout,node")
    assert len(found) == 7
    assert {one["layout"] for one in found} == {"indexed"}
    assert {one["node"] for one in found} <= {node.node for node in cluster.masters}
    assert len(documents(sessionctl, "--user", "alice")) == 2
    code, out, _ = sessionctl("show", found[0]["id"], "-o", "json")
    assert (code, json.loads(out)["id"]) == (0, found[0]["id"])
