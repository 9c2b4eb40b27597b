"""Sessions end so that the application agrees: by its events, by what it would still find, and by what is left in Redis."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
import redis

from sessionctl.app import App
from sessionctl.apply import Applier
from sessionctl.endings import Endings
from sessionctl.filters import condition
from sessionctl.guarded import Status
from sessionctl.layouts.keys import Keys
from sessionctl.plan import Event, Outcome, Plan, Result
from sessionctl.planned import Planned
from sessionctl.selecting import Choice, Selection
from sessionctl.snapshots import Snapshots
from sessionctl.target import Target
from sessionctl.terminal import Terminal
from tests.live.servers import Cluster, Server
from tests.live.spring import GRACE, LAYOUTS, PRINCIPAL, Application, listening
from tests.live.test_listing import Run, run_at

ATTRIBUTES = {"creationTime", "lastAccessedTime", "maxInactiveInterval", "sessionAttr:theme", PRINCIPAL}
INDEXED = tuple(layout for layout in LAYOUTS if layout != "simple")
KEYS = Keys()


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        client.config_set("notify-keyspace-events", "Egx")
        yield client
        client.config_set("notify-keyspace-events", "")


def outcomes(run: Run, *words: str) -> list[tuple[str, str | None]]:
    """The outcome and the event of each session."""
    code, out, err = run(*words, "-o", "json", "--wait", "0")
    assert code in (0, 3), err
    return [(row["outcome"], row["event"]) for row in json.loads(out)]


def left(client: Any) -> set[bytes]:
    return set(client.scan_iter(match="*", count=1000))


EVENTS = {"delete": "del", "expire": "expired"}


@pytest.mark.parametrize("command", EVENTS)
@pytest.mark.parametrize("serializer", ["jdk", "json"])
@pytest.mark.parametrize("layout", INDEXED)
def test_an_indexed_session_ends_with_one_event_that_finds_its_attributes(
    server: Server, client: redis.Redis, layout: str, serializer: str, command: str
) -> None:
    application = Application(client, layout, serializer)
    application.login("one")
    with listening(server.port, client) as listener:
        assert outcomes(run_at(server.url), command, "one") == [("done", command + "d")]
        listener.wait_for(1)
        assert outcomes(run_at(server.url), command, "one") == [("gone", None)]
        client.publish("__keyevent@0__:del", KEYS.expires("marker"))
        listener.wait_for(2)  # what was sent before the marker has been heard by now
    assert listener.heard[:-1] == [(EVENTS[command], "one", ATTRIBUTES)]
    assert not application.is_valid("one")
    assert left(client) == {KEYS.session("one")}
    assert 0 < client.pttl(KEYS.session("one")) <= GRACE


def test_a_simple_session_goes_whole(server: Server, client: redis.Redis) -> None:
    application = Application(client, "simple")
    application.login("one")
    assert outcomes(run_at(server.url), "delete", "one") == [("done", None)]
    assert left(client) == set()
    application.request("one")
    assert left(client) == set()


@pytest.mark.parametrize("layout", INDEXED)
def test_on_a_cluster_every_node_hears_it_once(cluster: Cluster, layout: str) -> None:
    client = cluster.client()
    application = Application(client, layout)
    ids = [f"session-{number}" for number in range(6)]
    for id in ids:
        application.login(id)
    with listening(cluster.masters[0].port, client) as first, listening(cluster.masters[2].port, client) as last:
        assert outcomes(run_at(cluster.url), "delete", *ids, "--yes") == [("done", "deleted")] * len(ids)
        for listener in (first, last):
            listener.wait_for(len(ids))
            assert sorted(listener.heard) == [("del", id, ATTRIBUTES) for id in ids]
    assert left(client) == {KEYS.session(id) for id in ids}
    client.close()


def test_without_notifications_the_event_comes_all_the_same(server: Server, client: redis.Redis) -> None:
    client.config_set("notify-keyspace-events", "")
    Application(client).login("one")
    with listening(server.port, client) as listener:
        assert outcomes(run_at(server.url), "expire", "one") == [("done", "expired")]
        listener.wait_for(1)
    assert [kind for kind, _, _ in listener.heard] == ["expired"]


def test_the_reactive_listener_may_remove_the_hash_at_once(server: Server, client: redis.Redis) -> None:
    Application(client, "reactive").login("one")
    with listening(server.port, client, cleans=True) as listener:
        assert outcomes(run_at(server.url), "delete", "one") == [("done", "deleted")]
        listener.wait_for(1)
    assert left(client) == set()


@pytest.mark.parametrize(("event", "kinds"), [("none", []), ("expired", ["expired"])])
def test_the_event_can_be_chosen(server: Server, client: redis.Redis, event: str, kinds: list[str]) -> None:
    Application(client).login("one")
    with listening(server.port, client) as listener:
        assert outcomes(run_at(server.url), "delete", "one", "--event", event) == [("done", None if event == "none" else event)]
        client.publish("__keyevent@0__:del", KEYS.expires("marker"))
        listener.wait_for(len(kinds) + 1)
    assert [kind for kind, _, _ in listener.heard[:-1]] == kinds
    assert left(client) == {KEYS.session("one")}


# --- who may do less ---

READING = ("+type", "+hmget", "+pttl", "+exists", "+sismember", "+smembers", "+zscore", "+time")
CHANGING = ("+hset", "+pexpire", "+unlink", "+srem", "+zrem", "+rename")


@pytest.mark.parametrize(("command", "kind"), EVENTS.items())
def test_without_the_channel_redis_itself_sends_the_event(server: Server, client: redis.Redis, command: str, kind: str) -> None:
    rights = (*READING, *CHANGING, "+evalsha", "+eval", "+set", "+del")
    server.call("ACL", "SETUSER", "mute", "reset", "on", ">pw", "~spring:session:*", *rights)
    Application(client).login("one")
    with listening(server.port, client) as listener:
        code, out, err = run_at(f"redis://mute:pw@127.0.0.1:{server.port}/0")(command, "one", "-o", "ndjson", "--wait", "200ms")
        assert code == 0, err
        assert json.loads(out)["event"] == command + "d"
        assert "ACL SETUSER mute +publish '&__keyevent@*'" in err
        listener.wait_for(1)
    assert listener.heard == [(kind, "one", ATTRIBUTES)]
    assert left(client) == {KEYS.session("one")}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_scripts_a_transaction_does_the_same(server: Server, client: redis.Redis, layout: str) -> None:
    rights = (*READING, *CHANGING, "+watch", "+unwatch", "+multi", "+exec", "+publish", "&__keyevent@*")
    server.call("ACL", "SETUSER", "plain", "reset", "on", ">pw", "~spring:session:*", *rights)
    Application(client, layout).login("one")
    with listening(server.port, client) as listener:
        run = run_at(f"redis://plain:pw@127.0.0.1:{server.port}/0")
        assert outcomes(run, "delete", "one") == [("done", None if layout == "simple" else "deleted")]
        if layout != "simple":
            listener.wait_for(1)
    assert left(client) == (set() if layout == "simple" else {KEYS.session("one")})


# --- what is broken ---


@pytest.mark.parametrize("layout", INDEXED)
def test_a_session_whose_hash_is_gone_leaves_nothing(server: Server, client: redis.Redis, layout: str) -> None:
    Application(client, layout).login("one")
    client.delete(KEYS.session("one"))
    with listening(server.port, client) as listener:
        assert outcomes(run_at(server.url), "delete", "one") == [("done", None)]
        client.publish("__keyevent@0__:del", KEYS.expires("marker"))
        listener.wait_for(1)
    assert [id for _, id, _ in listener.heard] == ["marker"]  # no listener could load it
    assert not any(b"one" in key for key in left(client))
    members = client.smembers(KEYS.principal_index("alice")) | client.smembers(KEYS.reactive_index("alice"))
    assert members == set()


def test_an_entry_of_an_index_alone_is_found_by_a_search(server: Server, client: redis.Redis) -> None:
    Application(client).login("one")
    client.delete(KEYS.session("one"), KEYS.expires("one"))
    assert outcomes(run_at(server.url), "delete", "one") == [("done", None)]
    assert client.smembers(KEYS.principal_index("alice")) == set()


def test_a_principal_that_cant_be_read_is_found_by_its_index(server: Server, client: redis.Redis) -> None:
    application = Application(client)
    application.login("one")
    client.hset(KEYS.session("one"), PRINCIPAL, b"\xac\xed\x00\x05sr\x00\x09truncated")
    assert outcomes(run_at(server.url), "delete", "one") == [("done", "deleted")]
    assert left(client) == {KEYS.session("one")}


@pytest.mark.parametrize("layout", INDEXED)
def test_a_partial_hash_goes_whole_and_silently(server: Server, client: redis.Redis, layout: str) -> None:
    Application(client, layout).login("one")
    client.hdel(KEYS.session("one"), "creationTime")
    with listening(server.port, client) as listener:
        assert outcomes(run_at(server.url), "delete", "one") == [("done", None)]
        client.publish("__keyevent@0__:del", KEYS.expires("marker"))
        listener.wait_for(1)
    assert [id for _, id, _ in listener.heard] == ["marker"]
    assert KEYS.session("one") not in left(client)
    assert KEYS.expires("one") not in left(client)


def test_a_session_that_its_ttl_kept_too_long_goes_whole(server: Server, client: redis.Redis) -> None:
    application = Application(client)
    application.login("one", idle=1800_000 + GRACE + 60_000)
    client.persist(KEYS.session("one"))
    assert outcomes(run_at(server.url), "delete", "one") == [("done", None)]
    assert KEYS.session("one") not in left(client)


# --- what happens meanwhile ---


@contextmanager
def as_soon_as_it_changes(server: Server, act: Callable[[], None]) -> Iterator[None]:
    """Acts once, when Redis has just changed the hash of a session."""
    subscriber = redis.Redis(port=server.port).pubsub()  # type: ignore[no-untyped-call]
    subscriber.subscribe("__keyevent@0__:expire", "__keyevent@0__:del")
    assert subscriber.get_message(timeout=5)
    assert subscriber.get_message(timeout=5)

    def wait() -> None:
        if subscriber.get_message(timeout=10) is not None:
            act()

    thread = Thread(target=wait)
    thread.start()
    yield
    thread.join()
    subscriber.close()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_request_in_flight_doesnt_revive_it(server: Server, client: redis.Redis, layout: str) -> None:
    application = Application(client, layout)
    application.login("one")
    with as_soon_as_it_changes(server, lambda: application.request("one", user="alice")):
        code, _, err = run_at(server.url)("delete", "one", "-o", "ndjson", "--wait", "1s")
    assert code == 0
    assert not application.is_valid("one")
    if layout != "simple":
        assert "1 put right again after requests in flight" in err
    assert left(client) == (set() if layout == "simple" else {KEYS.session("one")})


def test_what_a_reactive_save_leaves_after_its_listener_has_cleaned_goes_too(server: Server, client: redis.Redis) -> None:
    application = Application(client, "reactive")
    application.login("one")

    def save_in_the_middle_of_which_the_listener_cleans() -> None:
        application.request("one", user="alice")
        client.delete(KEYS.session("one"), KEYS.expires("one"))

    with as_soon_as_it_changes(server, save_in_the_middle_of_which_the_listener_cleans):
        code, _, err = run_at(server.url)("delete", "one", "-o", "ndjson", "--wait", "1s")
    assert (code, "1 put right again after requests in flight" in err) == (0, True)
    assert left(client) == set()


@pytest.fixture
def app(server: Server) -> Iterator[App]:
    terminal = Terminal(stdin=io.BytesIO(), stdout=io.BytesIO(), stderr=io.StringIO(), person=False, person_on_stderr=False, environ={})
    app = App(terminal, lambda: Target.parse(server.url), "spring:session")
    yield app
    app.close()


def plan_for(app: App, id: str) -> Plan:
    [[planned]] = Endings(app, Event.DELETED).plans(Snapshots(app).of_ids([id]))
    assert not isinstance(planned, Result)
    return planned[1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_session_touched_after_it_was_judged_is_left_as_it_is(app: App, client: redis.Redis, layout: str) -> None:
    application = Application(client, layout)
    application.login("one", idle=60_000)
    plan = plan_for(app, "one")
    application.request("one", user="alice")
    before = {key: client.dump(key) for key in left(client)}
    applier = Applier(app.topology, app.store.keys)
    part = Planned(applier.means, [plan])
    assert list(applier.apply([part])) == [part]
    [applied] = part.applied
    assert applied.status == Status.CHANGED
    assert {key: client.dump(key) for key in left(client)} == before


def test_a_selection_is_judged_again_when_the_session_is_to_end(app: App, client: redis.Redis) -> None:
    application = Application(client)
    application.login("idle", idle=600_000)
    application.login("touched", idle=600_000)
    where = (condition("idle", "5m"),)
    changes = Endings(app, Event.DELETED, where)
    selection = Selection(app, Choice((), where), changes.snapshots)
    assert selection.look().count == 2
    application.request("touched", user="alice")
    results = {result.id: result.outcome for some in changes.run(selection.read()) for result in some}
    assert results == {"idle": Outcome.DONE, "touched": Outcome.SPARED}
    assert application.is_valid("touched")


def test_a_first_run_that_died_is_completed_by_a_second(server: Server, app: App, client: redis.Redis) -> None:
    Application(client).login("one")
    only_the_hash = plan_for(app, "one")._replace(writes=(), farewell=None)
    applier = Applier(app.topology, app.store.keys)
    list(applier.apply([Planned(applier.means, [only_the_hash])]))
    with listening(server.port, client) as listener:
        assert outcomes(run_at(server.url), "delete", "one") == [("done", "deleted")]
        listener.wait_for(1)
    assert left(client) == {KEYS.session("one")}


@pytest.mark.parametrize("layout", ["indexed", "reactive"])
def test_killed_at_any_moment_a_second_run_completes_it_and_nobody_hears_it_twice(server: Server, client: redis.Redis, layout: str) -> None:
    application = Application(client, layout)
    ids = {f"session-{number:03}" for number in range(300)}
    for id in ids:
        application.login(id)
    words = [sys.executable, "-m", "sessionctl", "delete", "--user", "alice", "--yes", "-q", "--wait", "0", "--url", server.url]
    with listening(server.port, client) as listener:
        for _ in range(4):
            process = subprocess.Popen(words, stdout=subprocess.PIPE)
            assert process.stdout is not None
            process.stdout.readline()  # the first batch is done
            time.sleep(random.random() / 20)
            process.send_signal(signal.SIGKILL)
            process.stdout.close()
            process.wait()
        by_id = run_at(server.url)("delete", *ids, "--yes", "-q", "--wait", "0")
        assert by_id[0] in (0, 3)
        listener.wait_for(len(ids))
    assert sorted(id for _, id, _ in listener.heard) == sorted(ids)
    assert left(client) == {KEYS.session(id) for id in ids}
