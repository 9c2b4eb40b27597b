"""Every session, once, whatever moves while it is read: on one server, under Sentinel, on a Cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest
import redis

from sessionctl import fields
from sessionctl.batch import Batch, Scope
from sessionctl.errors import Refused, Unreachable
from sessionctl.identity import Identities
from sessionctl.layouts.keys import Keys
from sessionctl.report import Need
from sessionctl.scan import QUICK
from sessionctl.store import Store
from sessionctl.target import Target
from sessionctl.topologies import open_topology
from sessionctl.topologies.cluster import slot_of
from tests.live.servers import Cluster, SentinelSet, Server, cluster, redis_server, wait_for

KEYS = Keys()
MANY = 2_000
IDS = frozenset(f"session-{number}" for number in range(MANY))
METADATA = Need(metadata=True, ttl=True)
WHOLE = Need(hash=True, ttl=True)


def connect(server: Server) -> redis.Redis:
    return redis.Redis(port=server.port)


def fill(client: redis.Redis | redis.RedisCluster, ids: set[str] | frozenset[str] = IDS) -> None:
    pipeline = client.pipeline(transaction=False)
    for id in ids:
        pipeline.hset(KEYS.session(id), mapping={"creationTime": 1, "lastAccessedTime": 2, "maxInactiveInterval": 1800})
        pipeline.set(KEYS.expires(id), "")
    pipeline.execute()


Opened = Callable[[str], tuple[Store, Scope]]


@pytest.fixture
def store_at() -> Iterator[Opened]:
    """Opens a store at a URL, and closes it at the end."""
    with ExitStack() as stack:

        def opened(url: str) -> tuple[Store, Scope]:
            topology = open_topology(Target.parse(url, timeout=10))
            stack.callback(topology.close)
            store = Store(topology, KEYS)
            return store, Scope(KEYS, store.clock(), Identities().name)

        yield opened


@pytest.fixture
def clients() -> Iterator[Callable[[Server], redis.Redis]]:
    """redis-py clients that are closed at the end."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(connect(server))


def seen(batches: Iterator[Batch], at_first: Callable[[], object] | None = None) -> list[str]:
    """All ids, in order; `at_first` happens after the first batch."""
    found: list[str] = []
    for number, batch in enumerate(batches):
        if number == 0 and at_first:
            at_first()
        found += batch.ids
    return found


def test_one_server(server: Server, store_at: Opened) -> None:
    with connect(server) as client:
        fill(client)
    store, scope = store_at(server.url)
    found = seen(store.scan(METADATA, scope))
    assert sorted(found) == sorted(IDS)


def test_sessions_that_vanish_between_scan_and_read_are_no_rows(
    server: Server, store_at: Opened, clients: Callable[[Server], redis.Redis]
) -> None:
    client = clients(server)
    fill(client)
    store, scope = store_at(server.url)
    found = seen(store.scan(METADATA, scope), client.flushall)
    assert 0 < len(found) <= QUICK.together + QUICK.in_flight * QUICK.reads


def test_a_key_of_another_type_is_no_session(server: Server, store_at: Opened, clients: Callable[[Server], redis.Redis]) -> None:
    client = clients(server)
    fill(client, {"one"})
    client.set(KEYS.session("text"), "x")
    client.sadd(KEYS.back_references("one"), "x")
    client.zadd(KEYS.expirations, {"one": 1})
    store, scope = store_at(server.url)
    assert seen(store.scan(METADATA, scope)) == ["one"]
    assert len(store.get(["one", "text", "missing"], METADATA, scope)) == 2
    assert store.existing(["one", "text"]) == {"one"}


def test_what_is_read_of_one_session_has_an_end(server: Server, store_at: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessionctl.store.LARGEST_VALUE", 10)
    monkeypatch.setattr("sessionctl.store.LARGEST_SESSION", 25)
    connect(server).hset(KEYS.session("a"), mapping={"one": "x" * 10, "two": "x" * 11, "three": "x" * 10, "four": "x" * 6, "five": "x" * 5})
    store, _ = store_at(server.url)
    assert store.hash("a") == ({"one": b"x" * 10, "three": b"x" * 10, "five": b"x" * 5}, {"two": 11, "four": 6})


def test_what_an_acl_forbids_is_named(server: Server, store_at: Opened) -> None:
    with connect(server) as client:
        fill(client, {"one"})
    server.call("ACL", "SETUSER", "reader", "reset", "on", "nopass", "~*", "+scan", "+pttl", "+select", "+ping")
    store, scope = store_at(f"redis://reader:x@127.0.0.1:{server.port}/0")
    with pytest.raises(Refused, match="HMGET") as refused:
        seen(store.scan(METADATA, scope))
    assert refused.value.hint == "ACL SETUSER reader +hmget"
    server.call("ACL", "SETUSER", "reader", "+hkeys", "+hmget")
    with pytest.raises(Refused, match="HSTRLEN"):
        store.hash("one")


def test_a_server_that_dies_midway_is_an_error_never_a_shorter_list(store_at: Opened) -> None:
    with redis_server() as server:
        with connect(server) as client:
            fill(client)
        store, scope = store_at(server.url)
        with pytest.raises(Unreachable):
            seen(store.scan(METADATA, scope), server.stop)


def test_a_cluster_that_is_down_is_an_error_never_an_empty_session(store_at: Opened) -> None:
    with cluster(cluster_node_timeout=1000) as made:
        fill(made.client(), {"a"})
        owner = made.owner(slot_of(KEYS.session("a")))
        store, scope = store_at(made.url)
        next(master for master in made.masters if master is not owner).stop()
        wait_for("a cluster that is down", lambda: b"cluster_state:fail" in owner.call("CLUSTER", "INFO"))
        store.topology.target = replace(store.topology.target, timeout=0.1)
        for read in (lambda: store.get(["a"], WHOLE, scope), lambda: list(store.stream([["a"]], WHOLE, lambda: scope))):
            with pytest.raises(Unreachable, match="is down: CLUSTERDOWN"):
                read()


def test_what_an_acl_forbids_in_a_cluster_is_named(cluster: Cluster, store_at: Opened) -> None:
    fill(cluster.client(), {"a"})
    for master in cluster.masters:
        master.call("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@all", "-hgetall")
    store, scope = store_at(cluster.url.replace("//", "//reader:pw@"))
    with pytest.raises(Refused, match="HGETALL"):
        store.get(["a"], WHOLE, scope)
    for master in cluster.masters:
        master.call("ACL", "DELUSER", "reader")


def test_a_cluster(cluster: Cluster, store_at: Opened) -> None:
    with closing(cluster.client()) as client:
        fill(client)
    store, scope = store_at(cluster.url)
    found = seen(store.scan(METADATA, scope))
    assert sorted(found) == sorted(IDS)
    assert {node for batch in store.scan(METADATA, scope) for node in batch.column(fields.NODE)} == {node.node for node in cluster.masters}


@pytest.mark.parametrize("round", range(3))
def test_slots_that_move_during_a_scan_lose_and_double_nothing(cluster: Cluster, round: int, store_at: Opened) -> None:
    with closing(cluster.client()) as client:
        fill(client)
    store, scope = store_at(f"redis://{cluster.masters[0].node}")
    source = cluster.masters[round]
    to = cluster.masters[(round + 1) % 3]
    own = [slot_of(KEYS.session(id)) for id in sorted(IDS) if store.topology.node_for(KEYS.session(id)) == source.node]

    def move_some() -> None:
        for slot in dict.fromkeys(own[:20]):
            cluster.move_slot(slot, to)

    found = seen(store.scan(METADATA, scope), move_some)
    assert sorted(found) == sorted(IDS)


def test_a_migration_that_stays_open_hides_nothing(cluster: Cluster, store_at: Opened) -> None:
    with closing(cluster.client()) as client:
        fill(client)
    store, scope = store_at(cluster.url)
    key = KEYS.session("session-7")
    source = next(node for node in cluster.masters if node.node == store.topology.node_for(key))
    to = next(node for node in cluster.masters if node is not source)
    migration = cluster.migration(slot_of(key), to)
    migration.begin()
    try:
        migration.move(*migration.keys())
        assert sorted(seen(store.scan(METADATA, scope))) == sorted(IDS)
        assert store.get(["session-7"], METADATA, scope).ids == ["session-7"]
        assert store.existing(["session-7"])
    finally:
        migration.finish()


def test_a_failover_during_a_scan_is_followed(sentinels: SentinelSet, store_at: Opened) -> None:
    master = sentinels.master()
    with connect(master) as client:
        fill(client)
        assert client.wait(2, 5000) == 2
    store, scope = store_at(sentinels.url)

    def fail_over() -> None:
        sentinels.failover()

    found = seen(store.scan(METADATA, scope), fail_over)
    assert sorted(found) == sorted(IDS)


def test_the_layout_is_recognised_for_each_session(server: Server, store_at: Opened, clients: Callable[[Server], redis.Redis]) -> None:
    client = clients(server)
    fill(client, {"indexed", "reactive", "simple"})
    client.sadd(KEYS.back_references("reactive"), "x")
    client.sadd(KEYS.bucket(2 + 1800 * 1000), '"expires:indexed"')
    client.delete(KEYS.expires("simple"))
    store, scope = store_at(server.url)
    batch = store.get(["indexed", "reactive", "simple"], fields.LAYOUT.need, scope)
    assert batch.column(fields.LAYOUT) == ["indexed", "reactive-indexed", "simple"]


def streamed(store: Store, scope: Scope, ids: list[str], between: Callable[[], object] | None = None) -> list[str]:
    """The ids that come of reading all `ids`, 50 at a time; `between` happens while the second ones are on their way."""
    chunks = [ids[start : start + 50] for start in range(0, len(ids), 50)]
    return seen(store.stream(chunks, Need(hash=True), lambda: scope), between)


def test_what_is_read_ahead_is_what_is_read_one_by_one(server: Server, store_at: Opened) -> None:
    with connect(server) as client:
        fill(client)
        client.set(KEYS.session("string"), "of another type")
    store, scope = store_at(server.url)
    ids = [*sorted(IDS)[:120], "gone", "string", *sorted(IDS)[120:300]]
    need = Need(metadata=True, principal=True, hash=True)
    [whole] = list(store.stream([ids], need, lambda: scope))
    alone = store.get(ids, need, scope)
    assert (whole.names, whole.raw) == (alone.names, alone.raw)
    assert streamed(store, scope, ids) == [id for id in ids if id != "gone"]


def test_connections_that_are_cut_while_reading_ahead(server: Server, store_at: Opened) -> None:
    with connect(server) as client:
        fill(client)
        store, scope = store_at(server.url)
        ids = sorted(IDS)
        assert streamed(store, scope, ids, lambda: client.client_kill_filter(_type="normal", skipme=True)) == ids


def test_reading_ahead_from_all_nodes_of_a_cluster_while_a_slot_moves(cluster: Cluster, store_at: Opened) -> None:
    with cluster.client() as client:
        fill(client)
    store, scope = store_at(cluster.url)
    ids = sorted(IDS)
    slot = slot_of(KEYS.session(ids[-1]))
    source = cluster.owner(slot)
    target = next(master for master in cluster.masters if master != source)
    try:
        assert streamed(store, scope, ids, lambda: cluster.move_slot(slot, target)) == ids
    finally:
        cluster.move_slot(slot, source)
