"""One server, Sentinel and Cluster, real ones: found by a plain URL, and followed wherever the keys go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sessionctl.errors import Refused, SessionctlError, Unreachable, UsageProblem
from sessionctl.target import Target
from sessionctl.topologies import open_topology
from sessionctl.topologies.base import Request, Topology
from sessionctl.topologies.cluster import slot_of
from sessionctl.wire import ReplyError, pack
from tests.live import fakes, servers
from tests.live.certificates import Certificates
from tests.live.servers import Cluster, SentinelSet, Server, wait_for

Reach = Callable[..., Topology]


@pytest.fixture
def reach() -> Iterator[Reach]:
    """Opens topologies, and closes them after the test."""
    opened: list[Topology] = []

    def open_one(url: str, **options: Any) -> Topology:
        opened.append(open_topology(Target.parse(url, **options)))
        return opened[-1]

    yield open_one
    for topology in opened:
        topology.close()


def failure(url: str, **options: Any) -> SessionctlError:
    with pytest.raises(SessionctlError) as caught, closing(open_topology(Target.parse(url, **options))):
        pass
    return caught.value


def get(*keys: bytes) -> list[Request]:
    return [Request(key, pack(b"GET", key)) for key in keys]


def put(*keys: bytes) -> list[Request]:
    """SET, each key to its own name."""
    return [Request(key, pack(b"SET", key, key)) for key in keys]


def keys(count: int) -> list[bytes]:
    return [b"key:%d" % number for number in range(count)]


# --- one server ---


def test_one_server(reach: Reach, server: Server) -> None:
    topology = reach(server.url)
    assert (topology.mode, topology.display, topology.nodes(), topology.importing()) == ("single", server.node, [server.node], [])
    assert topology.node_for(b"any") == server.node


def test_replies_come_in_the_order_of_the_requests(reach: Reach, server: Server) -> None:
    topology = reach(server.url)
    names = keys(1234)
    assert topology.execute(put(*names)) == [b"OK"] * 1234
    assert topology.execute(get(*names), at_once=7) == names
    assert topology.execute([]) == []


def test_an_error_reply_is_a_value(reach: Reach, server: Server) -> None:
    topology = reach(server.url)
    ok, error, value = topology.execute([*put(b"a"), Request(b"a", pack(b"LPUSH", b"a", 1)), *get(b"a")])
    assert (ok, type(error), value) == (b"OK", ReplyError, b"a")


def test_a_kept_connection_and_one_of_ones_own(reach: Reach, server: Server) -> None:
    topology = reach(server.url)
    kept = topology.connection(server.node)
    assert topology.connection(server.node) is kept
    with topology.open(server.node) as other:
        assert other is not kept


def test_an_idle_connection_that_the_server_closed_is_made_anew(reach: Reach, server: Server) -> None:
    """Even for a change, which is never sent twice: it is seen before it is sent."""
    topology = reach(server.url)
    kept = topology.connection(server.node)
    kill_clients(server)
    wait_for("stale", lambda: kept.stale)
    assert topology.execute(put(b"a")) == [b"OK"]


def kill_clients(server: Server) -> None:
    server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def test_reads_are_sent_again_but_changes_never(reach: Reach, server: Server) -> None:
    topology = reach(server.url)
    shoot_oneself = Request(b"a", pack(b"CLIENT", b"KILL", b"TYPE", b"normal", b"SKIPME", b"no"))
    increment = Request(b"n", pack(b"INCR", b"n"))
    with pytest.raises(Unreachable, match="closed the connection"):
        topology.execute([shoot_oneself, increment], at_once=1)
    assert topology.execute(get(b"n")) == [None]
    assert topology.execute([shoot_oneself, *get(b"n")], at_once=1, idempotent=True) == [1, None]


def test_a_restart_is_another_epoch(reach: Reach) -> None:
    with servers.redis_server() as server:
        topology = reach(server.url)
        before = topology.epoch()
        assert topology.epoch() == before
        server.stop()
        again = servers.start(server.port, server.directory, {})
        try:
            assert topology.execute(get(b"a"), idempotent=True) == [None]
            assert topology.epoch() != before
        finally:
            again.stop()


def test_a_user_who_may_not_ask_for_information(reach: Reach, server: Server) -> None:
    server.call("ACL", "SETUSER", "reader", "reset", "on", ">secret", "-@all", "+get", "allkeys")
    topology = reach(f"redis://reader:secret@{server.node}")
    assert topology.execute(get(b"a")) == [None]
    assert topology.epoch() == topology.epoch()


# --- replicas of one server ---


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Server, Server]]:
    """A master and its replica."""
    with servers.redis_server() as master, servers.redis_server(replicaof=["127.0.0.1", master.port]) as replica:
        wait_for("replicating", lambda: replica.info("replication")["master_link_status"] == "up")
        yield master, replica


def test_a_replica_leads_to_its_master(reach: Reach, pair: tuple[Server, Server]) -> None:
    master, replica = pair
    topology = reach(replica.url)
    assert (topology.nodes(), topology.display) == ([master.node], f"{master.node} (the master of {replica.node})")
    assert topology.execute(put(b"a")) == [b"OK"]
    with pytest.raises(Unreachable, match="is a replica now"):
        topology.open(replica.node)


def test_a_replica_of_a_replica(reach: Reach, pair: tuple[Server, Server]) -> None:
    master, replica = pair
    with servers.redis_server(replicaof=["127.0.0.1", replica.port]) as third:
        wait_for("replicating", lambda: third.info("replication")["master_link_status"] == "up")
        assert reach(third.url).nodes() == [master.node]


def test_a_replica_whose_master_is_gone() -> None:
    gone = servers.free_port()
    with servers.redis_server(replicaof=["127.0.0.1", gone]) as replica:
        error = failure(replica.url)
    assert error.message.startswith(f"{replica.node} is a replica, and its master can't be used: 127.0.0.1:{gone} refuses connections")


def test_a_replica_that_may_not_tell_its_master() -> None:
    with servers.redis_server(replicaof=["127.0.0.1", servers.free_port()]) as replica:
        replica.call("ACL", "SETUSER", "reader", "reset", "on", ">secret", "-@all", "+get", "allkeys")
        error = failure(f"redis://reader:secret@{replica.node}")
    assert (error.message, error.hint) == (f"{replica.node} doesn't let this user run ROLE", "ACL SETUSER reader +role")


# --- Sentinel ---


def test_sentinel_names_the_master(reach: Reach, sentinels: SentinelSet) -> None:
    topology = reach(sentinels.url)
    master = sentinels.master()
    assert (topology.mode, topology.nodes(), topology.importing()) == ("sentinel", [master.node], [])
    assert topology.display == f"{master.node} (the master main of Sentinel)"
    assert topology.execute(put(b"a")) == [b"OK"]


@pytest.mark.parametrize("url", ["redis://{}", "redis://{}/2", "redis-sentinel://{}"])
def test_the_only_master_needs_no_name(reach: Reach, sentinels: SentinelSet, url: str) -> None:
    topology = reach(url.format(sentinels.sentinels[0].node))
    assert (topology.mode, topology.nodes()) == ("sentinel", [sentinels.master().node])


def test_a_sentinel_that_is_down_is_passed_over(reach: Reach, sentinels: SentinelSet) -> None:
    url = f"redis-sentinel://127.0.0.1:{servers.free_port()},{sentinels.sentinels[1].node}#main"
    assert reach(url).nodes() == [sentinels.master().node]


def test_a_sentinel_that_hangs_is_passed_over(reach: Reach, sentinels: SentinelSet) -> None:
    with fakes.answering() as port:
        topology = reach(f"redis-sentinel://127.0.0.1:{port},{sentinels.sentinels[1].node}#main", connect_timeout=0.3)
    assert topology.nodes() == [sentinels.master().node]


def test_no_sentinel_answers() -> None:
    one, two = servers.free_port(), servers.free_port()
    error = failure(f"redis-sentinel://127.0.0.1:{one},127.0.0.1:{two}#main")
    assert isinstance(error, Unreachable)
    assert error.message.startswith(f"no Sentinel of redis-sentinel://127.0.0.1:{one},127.0.0.1:{two}/0#main led to a master: ")
    assert error.message.count("refuses connections") == 2


def test_a_master_that_nobody_knows(sentinels: SentinelSet) -> None:
    error = failure(sentinels.url.replace("#main", "#other"))
    assert isinstance(error, UsageProblem)
    assert (error.message, error.hint) == (f"{sentinels.sentinels[0].node} knows no master other", "name one after # in the URL: #main")


def test_a_server_is_no_sentinel(server: Server) -> None:
    error = failure(f"redis-sentinel://{server.node}#main")
    assert (error.message, error.hint) == (f"{server.node} is a Redis server, not a Sentinel", f"write redis://{server.node}")


def test_several_masters_to_choose_from(reach: Reach, sentinels: SentinelSet, server: Server, tmp_path: Path) -> None:
    watch = f"sentinel monitor one 127.0.0.1 {server.port} 1\nsentinel monitor two 127.0.0.1 {server.port} 1\n"
    sentinel = servers.start(servers.free_port(), tmp_path / "sentinel", {}, watch)
    try:
        error = failure(sentinel.url)
        assert (error.message, error.hint) == (
            f"{sentinel.node} is a Sentinel and watches over several masters",
            "name one after # in the URL: #one, #two",
        )
        assert reach(f"redis-sentinel://{sentinel.node}#two").nodes() == [server.node]
    finally:
        sentinel.stop()


def test_passwords_of_sentinel_and_of_the_master(reach: Reach, tmp_path: Path) -> None:
    with servers.redis_server(requirepass="master's") as master:
        watch = f'sentinel monitor main 127.0.0.1 {master.port} 1\nsentinel auth-pass main "master\'s"\n'
        sentinel = servers.start(servers.free_port(), tmp_path / "sentinel", {"requirepass": "sentinel's"}, watch)
        try:
            url = f"redis-sentinel://:master%27s@{sentinel.node}/0#main"
            assert reach(f"redis-sentinel://:master%27s@{sentinel.node}?sentinel_password=sentinel%27s#main").nodes() == [master.node]
            assert failure(url).message == f"{sentinel.node} wants a password"
            wrong = failure(f"redis-sentinel://:wrong@{sentinel.node}?sentinel_password=sentinel%27s#main")
            assert isinstance(wrong, Refused)
            assert wrong.message == f"Sentinel names {master.node} as the master, but {master.node} doesn't accept this user and password"
        finally:
            sentinel.stop()


def test_a_failover_is_followed(reach: Reach, sentinels: SentinelSet) -> None:
    topology = reach(sentinels.url)
    before = topology.epoch()
    assert topology.execute([*put(b"a"), Request(b"a", pack("WAIT", 2, 10_000))]) == [b"OK", 2]
    new = sentinels.failover()
    assert topology.execute(get(b"a"), idempotent=True) == [b"a"]
    assert topology.nodes() == [new.node]
    assert topology.epoch() != before


def test_changes_follow_a_failover_too_if_they_were_not_sent(reach: Reach, sentinels: SentinelSet) -> None:
    """The old master has closed the idle connection, or answers READONLY; neither has done anything."""
    topology = reach(sentinels.url)
    sentinels.failover()
    assert topology.execute(put(b"a")) == [b"OK"]


def test_reads_wait_for_the_end_of_a_failover(reach: Reach) -> None:
    """The master crashes; nobody is master until the Sentinels have agreed."""
    with servers.sentinel_set() as sentinels:
        topology = reach(sentinels.url)
        assert topology.execute([*put(b"a"), Request(b"a", pack("WAIT", 2, 10_000))]) == [b"OK", 2]
        old = sentinels.master()
        old.stop()
        assert topology.execute(get(b"a"), idempotent=True) == [b"a"]
        assert topology.nodes() != [old.node]


# --- Cluster ---


def test_a_cluster(reach: Reach, cluster: Cluster) -> None:
    topology = reach(cluster.url)
    assert (topology.mode, topology.nodes()) == ("cluster", sorted(master.node for master in cluster.masters))
    assert topology.display == f"the cluster of {cluster.masters[0].node} (3 masters)"


@pytest.mark.parametrize("url", ["redis://{}", "redis-cluster://127.0.0.1:1,{}"])
def test_one_node_of_a_cluster_is_enough(reach: Reach, cluster: Cluster, url: str) -> None:
    topology = reach(url.format(cluster.masters[2].node))
    assert (topology.mode, len(topology.nodes())) == ("cluster", 3)


@pytest.mark.parametrize(
    "key",
    [b"", b"a", b"{}", b"{}a", b"a{b}c", b"a{}{b}", b"{a", b"}a{b}", b"{{a}}", b"{a}{b}", b"\xff\0\r\n", b"spring:session:sessions:x"],
)
def test_slots_are_those_of_redis(cluster: Cluster, key: bytes) -> None:
    assert slot_of(key) == cluster.masters[0].call("CLUSTER", "KEYSLOT", key)


def test_requests_go_to_the_owners_and_replies_come_in_order(reach: Reach, cluster: Cluster) -> None:
    topology = reach(cluster.url)
    names = keys(2000)
    assert topology.execute(put(*names), at_once=20) == [b"OK"] * 2000
    assert topology.execute(get(*names)) == names
    assert sum(master.call("DBSIZE") for master in cluster.masters) == 2000
    assert {topology.node_for(name) for name in names} == set(topology.nodes())


def test_a_cluster_has_one_database(cluster: Cluster) -> None:
    error = failure(f"redis://{cluster.masters[0].node}/1")
    assert isinstance(error, UsageProblem)
    assert error.message == f"{cluster.masters[0].node} is a node of a Redis Cluster, which has only database 0"


def test_a_server_is_no_cluster(server: Server) -> None:
    error = failure(f"redis-cluster://{server.node}")
    assert (error.message, error.hint) == (f"{server.node} is no node of a cluster", f"write redis://{server.node}")


def test_no_node_answers() -> None:
    assert "refuses connections" in failure(f"redis-cluster://127.0.0.1:{servers.free_port()},127.0.0.1:{servers.free_port()}").message


def test_a_slot_that_moves_is_followed_at_every_step(reach: Reach, cluster: Cluster) -> None:
    """ASK for the keys that have gone, MOVED for all in the end, and the epoch tells of both."""
    topology = reach(cluster.url)
    names = [b"{moving}:%d" % number for number in range(300)]
    topology.execute(put(*names))
    slot = slot_of(b"moving")
    source = cluster.owner(slot)
    to = next(master for master in cluster.masters if master is not source)
    epochs = [topology.epoch()]
    assert topology.importing() == []

    migration = cluster.migration(slot, to)
    migration.begin()
    epochs.append(topology.epoch())
    assert topology.importing() == [to.node]
    assert topology.execute(get(*names)) == names

    migration.move(*names[:150])
    assert topology.execute(get(*names, b"{moving}:none")) == [*names, None]
    assert topology.execute(put(b"{moving}:new")) == [b"OK"]
    assert topology.node_for(names[0]) == source.node

    migration.move(*migration.keys())
    migration.finish()
    epochs.append(topology.epoch())
    assert topology.importing() == []
    assert topology.node_for(names[0]) == to.node
    assert topology.execute(get(*names)) == names
    assert len(set(epochs)) == 3


def test_a_map_that_is_out_of_date_is_learnt_anew(reach: Reach, cluster: Cluster) -> None:
    topology = reach(cluster.url)
    topology.execute(put(b"{gone}:1", b"{gone}:2"))
    slot = slot_of(b"gone")
    to = next(master for master in cluster.masters if master is not cluster.owner(slot))
    cluster.move_slot(slot, to)
    assert topology.node_for(b"{gone}:1") != to.node
    assert topology.execute([*put(b"{gone}:3"), *get(b"{gone}:1", b"{gone}:2")]) == [b"OK", b"{gone}:1", b"{gone}:2"]
    assert topology.node_for(b"{gone}:1") == to.node


def test_keys_that_are_on_their_way_are_waited_for(reach: Reach, cluster: Cluster) -> None:
    """A command on two keys, one here and one there, gets TRYAGAIN until both have arrived."""
    topology = reach(cluster.url)
    topology.execute(put(b"{apart}:1", b"{apart}:2"))
    slot = slot_of(b"apart")
    to = next(master for master in cluster.masters if master is not cluster.owner(slot))
    migration = cluster.migration(slot, to)
    migration.begin()
    migration.move(b"{apart}:1")
    replies: list[Any] = []
    both = Request(b"{apart}:1", pack(b"MGET", b"{apart}:1", b"{apart}:2"))
    thread = Thread(target=lambda: replies.extend(topology.execute([both])))
    thread.start()
    wait_for("TRYAGAIN", lambda: b"errorstat_TRYAGAIN" in migration.source.call("INFO", "errorstats"))
    migration.move(b"{apart}:2")
    thread.join()
    migration.finish()
    assert replies == [[b"{apart}:1", b"{apart}:2"]]


def test_waiting_has_an_end(reach: Reach, cluster: Cluster) -> None:
    """The error reply is a value then, as any other."""
    topology = reach(cluster.url, timeout=0.2)
    topology.execute(put(b"{stuck}:1", b"{stuck}:2"))
    slot = slot_of(b"stuck")
    to = next(master for master in cluster.masters if master is not cluster.owner(slot))
    migration = cluster.migration(slot, to)
    migration.begin()
    migration.move(b"{stuck}:1")
    [reply] = topology.execute([Request(b"{stuck}:1", pack(b"MGET", b"{stuck}:1", b"{stuck}:2"))])
    assert str(reply).startswith("TRYAGAIN")
    migration.move(b"{stuck}:2")
    migration.finish()


def test_a_master_without_slots_counts_because_it_may_get_some(reach: Reach, tmp_path: Path) -> None:
    with servers.cluster(1) as cluster:
        topology = reach(cluster.url)
        new = servers.start_node(tmp_path)
        try:
            cluster.add_master(new)
            topology.refresh()
            assert topology.nodes() == sorted([cluster.masters[0].node, new.node])
            migration = cluster.migration(0, new)
            migration.begin()
            assert topology.importing() == [new.node]
        finally:
            new.stop()


def test_a_failover_of_a_cluster_is_followed(reach: Reach) -> None:
    with servers.cluster(3, replicas=1, cluster_node_timeout=1500) as cluster:
        topology = reach(cluster.url)
        names = keys(100)
        topology.execute(put(*names))
        before = topology.epoch()
        replica, *_ = cluster.replicas
        with pytest.raises(Unreachable, match="is a replica now"):
            topology.open(replica.node)
        cluster.failover(replica)
        assert topology.execute(put(*names)) == [b"OK"] * 100
        assert topology.execute(get(*names)) == names
        assert topology.epoch() != before
        assert replica.node in topology.nodes()

        replica.stop()  # a crash now: its former master takes over as soon as the others have agreed
        assert topology.execute(get(*names), idempotent=True) == names
        assert topology.nodes() == sorted(master.node for master in cluster.masters)


def test_a_cluster_with_tls(reach: Reach, certificates: Certificates, tmp_path: Path) -> None:
    """Its map names the TLS ports, as it is asked through TLS."""
    tls_port = servers.free_port()
    settings = {"tls_port": tls_port, "tls_cluster": "yes", "tls_auth_clients": "no"}
    node = servers.start_node(tmp_path, settings | servers.tls_files(certificates, certificates.server))
    try:
        node.call("CLUSTER", "ADDSLOTS", *range(16384))
        wait_for("a cluster", lambda: b"cluster_state:ok" in node.call("CLUSTER", "INFO"))
        topology = reach(f"rediss-cluster://127.0.0.1:{tls_port}", ca_file=str(certificates.authority))
        assert topology.nodes() == [f"127.0.0.1:{tls_port}"]
        assert topology.execute(put(b"a")) == [b"OK"]
    finally:
        node.stop()


def test_a_user_who_may_not_see_the_cluster(reach: Reach, cluster: Cluster) -> None:
    for master in cluster.masters:
        master.call("ACL", "SETUSER", "slots", "on", ">secret", "-@all", "+get", "+cluster|slots", "allkeys")
        master.call("ACL", "SETUSER", "blind", "on", ">secret", "-@all", "+get", "allkeys")
    topology = reach(f"redis://slots:secret@{cluster.masters[0].node}")
    assert len(topology.nodes()) == 3
    assert topology.epoch() == topology.epoch()
    assert topology.importing() == []
    error = failure(f"redis://blind:secret@{cluster.masters[0].node}")
    assert (error.message, error.hint) == (
        f"{cluster.masters[0].node} doesn't let this user run CLUSTER SLOTS",
        "ACL SETUSER blind +cluster|slots",
    )
