"""The map of a cluster, from replies as clusters of several kinds give them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sessionctl.farewells import Farewells
from sessionctl.layouts.keys import Keys
from sessionctl.plan import Event, Farewell
from sessionctl.topologies.cluster import read_map, slot_of

WHOLE = [0, 16383]


def nodes(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def masters(slots: list[Any], lines: object = b"") -> list[str]:
    return read_map(slots, lines, "asked")[1]


def test_who_owns_what() -> None:
    slots = [[0, 99, [b"10.0.0.1", 7000, b"id1"]], [100, 16383, [b"10.0.0.2", 7001, b"id2"], [b"10.0.0.3", 7002, b"a replica"]]]
    owners, found = read_map(slots, b"", "asked")
    assert found == ["10.0.0.1:7000", "10.0.0.2:7001"]
    assert (owners[0], owners[99], owners[100], owners[16383]) == ("10.0.0.1:7000", "10.0.0.1:7000", "10.0.0.2:7001", "10.0.0.2:7001")
    assert len(owners) == 16384


def test_slots_that_nobody_owns() -> None:
    owners, _ = read_map([[1, 16383, [b"h", 1]]], b"", "asked")
    assert owners[0] is None


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ([b"10.0.0.1", 7000], "10.0.0.1:7000"),  # Redis 3
        ([b"", 7000, b"id"], "asked:7000"),  # a node that doesn't know its own address yet
        ([None, 7000, b"id", [b"ip", b"10.0.0.1"]], "asked:7000"),  # cluster-preferred-endpoint-type unknown-endpoint
        ([b"redis-1.example", 7000, b"id", [b"ip", b"10.0.0.1"]], "redis-1.example:7000"),  # … hostname
        ([b"?", 7000, b"id", [b"ip", b"10.0.0.1"]], "10.0.0.1:7000"),  # … hostname, but there is none
        ([b"2001:db8::1", 7000, b"id"], "[2001:db8::1]:7000"),
    ],
)
def test_endpoints(endpoint: list[Any], address: str) -> None:
    assert masters([[*WHOLE, endpoint]]) == [address]


LINES = (
    "a1 10.0.0.1:7000@17000,redis-1.example myself,master - 0 0 1 connected 0-16383 [5->-b2]",
    "b2 10.0.0.2:7000@17000,redis-2.example,shard-id=f master - 0 0 2 connected",
    "c3 10.0.0.3:7000@17000,redis-3.example slave a1 0 0 3 connected",
    "d4 10.0.0.4:7000@17000 master,fail - 0 0 4 disconnected",
    "e5 :0@0 master,noaddr - 0 0 5 disconnected",
    "f6 10.0.0.6:7000 handshake,master - 0 0 0 disconnected",
)


@pytest.mark.parametrize(
    ("host", "idle"),
    [(b"10.0.0.1", "10.0.0.2:7000"), (b"redis-1.example", "redis-2.example:7000")],
)
def test_masters_without_slots_are_named_as_the_others_are(host: bytes, idle: str) -> None:
    lines = LINES if host == b"10.0.0.1" else [line.replace("10.0.0.1", "10.9.9.9") for line in LINES]
    assert masters([[*WHOLE, [host, 7000, b"a1"]]], nodes(*lines)) == sorted([f"{host.decode()}:7000", idle])


@pytest.mark.parametrize(
    ("slots", "lines"),
    [(7, b""), ([[1]], b""), ([[0, 1, None]], b""), ([[0, 1, [b"h"]]], b""), ([["a", 1, [b"h", 1]]], b""), ([], b"nonsense\n")],
)
def test_maps_that_cannot_be_read(slots: Any, lines: bytes) -> None:
    with pytest.raises((TypeError, ValueError, LookupError)):
        read_map(slots, lines, "asked")


@pytest.mark.parametrize(
    ("key", "slot"),
    [(b"123456789", 0x31C3), (b"{user1000}.following", 3443), (b"foo{}{bar}", slot_of(b"foo{}{bar}")), (b"foo{bar}{zap}", slot_of(b"bar"))],
)
def test_slots_of_keys(key: bytes, slot: int) -> None:
    """The examples of the cluster specification."""
    assert slot_of(key) == slot


@pytest.mark.parametrize("id", ["plain", "{tag}-1", "{tag}{more}", "{}-1", "{", "}", "a}b", "}{a}", "{{a}}"])
def test_an_expires_key_goes_away_within_its_slot(id: str) -> None:
    cluster: Any = SimpleNamespace(mode="cluster", target=SimpleNamespace(db=0))
    key = Keys().expires(id)
    (_, _, away), _ = Farewells(cluster, Keys()).commands(Farewell(key, Event.NONE))
    assert slot_of(away) == slot_of(key)
    assert away.startswith(b"spring:session:sessionctl:ended:")
