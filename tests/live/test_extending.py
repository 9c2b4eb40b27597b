"""Sessions get more time, in step with everything that Redis counts for them, and in the application's own encoding."""

from __future__ import annotations

import json
from typing import Any

import pytest
import redis

from sessionctl.codecs.jdk.encoding import INT_PREFIX
from sessionctl.layouts.keys import MINUTE, Keys
from sessionctl.plan import JavaString
from tests.live.servers import Cluster, Server
from tests.live.spring import GRACE, LAYOUTS, Application, jdk_or_json, now
from tests.live.test_ending import as_soon_as, client  # noqa: F401  # the fixture
from tests.live.test_listing import run_at

KEYS = Keys()
NEARLY = 3_000  # milliseconds that a busy machine may take between two looks at the clock


def extended(url: str, *words: str, wait: str = "0") -> dict[str, Any]:
    code, out, err = run_at(url)("extend", *words, "-o", "json", "--wait", wait)
    assert code in (0, 3), err
    [row] = json.loads(out)
    return dict(row)


def check(client: Any, application: Application, id: str, deadline: int) -> None:  # noqa: F811
    """Whether hash, expires key and deadlines are in step, as the layout has them."""
    accessed, interval = map(jdk_or_json, client.hmget(KEYS.session(id), "lastAccessedTime", "maxInactiveInterval"))
    assert abs(accessed + interval * 1000 - deadline) < NEARLY
    deadline = accessed + interval * 1000
    if application.layout == "simple":
        assert client.pexpiretime(KEYS.session(id)) == deadline
        return
    assert client.pexpiretime(KEYS.session(id)) == deadline + GRACE
    assert abs(client.pexpiretime(KEYS.expires(id)) - deadline) < NEARLY
    assert client.get(KEYS.expires(id)) == b""
    if application.layout == "indexed":
        member = application.encoded(JavaString(f"expires:{id}"))
        buckets = [key for key in client.scan_iter(match="spring:session:expirations:*") if client.sismember(key, member)]
        assert buckets == [KEYS.bucket(deadline)]
        assert client.pexpiretime(buckets[0]) == deadline // MINUTE * MINUTE + MINUTE + GRACE
    else:
        assert client.zscore(KEYS.expirations, application.encoded(JavaString(id))) == deadline


@pytest.mark.parametrize("serializer", ["jdk", "json"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_by_for_and_timeout(server: Server, client: redis.Redis, layout: str, serializer: str) -> None:  # noqa: F811
    application = Application(client, layout, serializer)
    application.login("one", idle=600_000)
    begun = now() - 600_000
    assert extended(server.url, "one", "--by", "30m")["outcome"] == "done"
    check(client, application, "one", begun + 3_600_000)
    assert extended(server.url, "one", "--for", "2h")["outcome"] == "done"
    check(client, application, "one", now() + 7_200_000)
    assert extended(server.url, "one", "--timeout", "45m")["maxInactiveInterval"] == 2700
    check(client, application, "one", begun + 2_700_000)
    application.request("one", timeout=2700)
    assert application.is_valid("one")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_on_a_cluster(cluster: Cluster, layout: str) -> None:
    client = cluster.client()  # noqa: F811
    application = Application(client, layout)
    for id in ("one", "two", "three"):
        application.login(id)
        assert extended(cluster.url, id, "--for", "1h")["outcome"] == "done"
        check(client, application, id, now() + 3_600_000)
    client.close()


def test_an_integer_stays_one(server: Server, client: redis.Redis) -> None:  # noqa: F811
    for serializer, before, expected in (
        ("jdk", None, INT_PREFIX + (3600).to_bytes(4, "big")),
        ("json", b"1800", b"3600"),
        ("json", b'["java.lang.Integer",1800]', b'["java.lang.Integer",3600]'),
    ):
        Application(client, "simple", serializer).login("one")
        if before:
            client.hset(KEYS.session("one"), "maxInactiveInterval", before)
        assert extended(server.url, "one", "--timeout", "1h")["outcome"] == "done"
        assert client.hget(KEYS.session("one"), "maxInactiveInterval") == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_session_past_its_deadline_comes_back_only_when_told_to(server: Server, client: redis.Redis, layout: str) -> None:  # noqa: F811
    application = Application(client, layout)
    application.login("one", user="bob", idle=1_860_000)
    if layout == "simple":  # Redis has removed it already
        assert extended(server.url, "one", "--for", "1h")["outcome"] == "gone"
        return
    client.delete(KEYS.principal_index("bob"))  # as the application's listener did when it ended
    row = extended(server.url, "one", "--for", "1h")
    assert (row["outcome"], row["reason"][:19]) == ("refused", "it expired 1m ago, ")
    assert not application.is_valid("one")
    assert extended(server.url, "one", "--for", "1h", "--revive")["outcome"] == "done"
    check(client, application, "one", now() + 3_600_000)
    index = KEYS.reactive_index("bob") if layout == "reactive" else KEYS.principal_index("bob")
    assert client.smembers(index) == {application.encoded(JavaString("one"))}


def test_what_is_refused_and_why(server: Server, client: redis.Redis) -> None:  # noqa: F811
    application = Application(client)
    application.login("idle", idle=600_000)
    assert (
        extended(server.url, "idle", "--timeout", "5m")["reason"] == "it has been idle for 10m, so this would end it; expire ends sessions"
    )
    assert extended(server.url, "idle", "--for", "5m")["reason"] == "it has 19m 59s left already"
    assert "Spring Session 3.4 and later delete such a session" in extended(server.url, "idle", "--timeout", "never")["reason"]
    assert "at most 2147483647 seconds" in extended(server.url, "idle", "--by", "30000d")["reason"]
    client.hdel(KEYS.session("idle"), "lastAccessedTime")
    assert "a required field is missing" in extended(server.url, "idle", "--by", "5m")["reason"]
    assert run_at(server.url)("delete", "idle", "-q", "--wait", "0")[0] == 0
    assert extended(server.url, "idle", "--by", "5m")["reason"] == "there is no such session"
    application.login("ended")
    assert run_at(server.url)("delete", "ended", "-q", "--wait", "0")[0] == 0
    assert extended(server.url, "ended", "--by", "5m")["reason"] == "it has been ended, and only its tombstone is left"


def test_a_reactive_session_may_never_expire(server: Server, client: redis.Redis) -> None:  # noqa: F811
    application = Application(client, "reactive")
    application.login("one")
    row = extended(server.url, "one", "--timeout", "never")
    assert (row["outcome"], row["maxInactiveInterval"], row["deadline"]) == ("done", -1, None)
    assert client.pttl(KEYS.session("one")) == -1
    assert not client.exists(KEYS.expires("one"))
    assert client.zscore(KEYS.expirations, application.encoded(JavaString("one"))) is None
    assert extended(server.url, "one", "--by", "1h")["reason"] == "it never expires; --timeout gives it an end"
    assert extended(server.url, "one", "--timeout", "1h")["outcome"] == "done"
    check(client, application, "one", now() + 3_600_000)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_request_in_flight_that_counts_by_the_old_timeout_is_put_right(server: Server, client: redis.Redis, layout: str) -> None:  # noqa: F811
    application = Application(client, layout)
    application.login("one")
    client.config_set("notify-keyspace-events", "Eg")
    with as_soon_as(server, ["expire", "del"], lambda: application.request("one", timeout=1800)):
        assert extended(server.url, "one", "--timeout", "4h", wait="1s")["outcome"] == "done"
    check(client, application, "one", now() + 4 * 3_600_000)
