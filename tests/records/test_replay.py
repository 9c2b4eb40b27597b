"""Recorded companions as commands: under the right names, and nothing else than companions."""

from __future__ import annotations

import pytest

from sessionctl.layouts.keys import Keys
from sessionctl.layouts.members import spellings
from sessionctl.records.beside import Beside
from sessionctl.records.read import Record
from sessionctl.records.replay import replay
from tests.batches import NOW

HERE, SHOP = Keys(), Keys("shop")
JDK, JSON = 0, 1


def commands(*beside: Beside, keys: Keys = HERE, now: int = NOW) -> list[tuple[object, ...]]:
    return list[tuple[object, ...]](replay(Record("a", "spring:session", NOW, hash={}, beside=beside), keys, now))


def test_every_sort_of_companion() -> None:
    index, member = HERE.principal_index("alice"), spellings("a")[JDK]
    assert commands(
        Beside(HERE.expires("a"), "string", "expires key", 5000),
        Beside(b"spring:session:expirations:1800000060000", "set", "minute bucket", None, (b"x",)),
        Beside(HERE.expirations, "zset", "sorted set of deadlines", None, (member,), 1800000005000.0),
        Beside(index, "set", "principal index", None, (member, b"old")),
        Beside(HERE.back_references("a"), "set", "back references", None, (b"y",)),
    ) == [
        (b"SET", HERE.expires("a"), b"", b"PX", b"5000"),
        (b"SADD", b"spring:session:expirations:1800000060000", b"x"),
        (b"PEXPIREAT", b"spring:session:expirations:1800000060000", b"1800000360000"),
        (b"ZADD", HERE.expirations, b"1800000005000.0", member),
        (b"SADD", index, member, b"old"),
        (b"SADD", HERE.back_references("a"), b"y"),
    ]


def test_an_expires_key_that_would_end_at_once_stays_away() -> None:
    key = HERE.expires("a")
    assert commands(Beside(key, "string", "expires key", 5000), now=NOW + 5000) == []
    assert commands(Beside(key, "string", "expires key"), now=NOW + 5000) == [(b"SET", key, b"")]


@pytest.mark.parametrize("encoding", [JDK, JSON])
def test_another_namespace_is_in_the_names_of_keys_and_in_what_refers_to_them(encoding: int) -> None:
    before = spellings("spring:session:sessions:index:PRINCIPAL_NAME_INDEX_NAME:alice")[encoding]
    after = spellings("shop:sessions:index:PRINCIPAL_NAME_INDEX_NAME:alice")[encoding]
    assert commands(
        Beside(HERE.reactive_index("alice"), "set", "principal index", None, (b"member",)),
        Beside(HERE.back_references("a"), "set", "back references", None, (before,)),
        keys=SHOP,
    ) == [(b"SADD", SHOP.reactive_index("alice"), b"member"), (b"SADD", SHOP.back_references("a"), after)]


@pytest.mark.parametrize(
    "one",
    [
        Beside(b"config", "string", "expires key"),
        Beside(b"spring:session:sessions:b", "string", "expires key"),
        Beside(HERE.expires("b"), "string", "expires key"),
        Beside(HERE.back_references("b"), "set", "back references", None, (b"x",)),
        Beside(b"spring:session:expirations:soon", "set", "minute bucket", None, (b"x",)),
        Beside(b"spring:session:sessions:a", "set", "principal index", None, (b"x",)),
        Beside(b"spring:session:expirations:1", "zset", "sorted set of deadlines", None, (b"x",), 1.0),
        Beside(HERE.expirations, "zset", "sorted set of deadlines", None, (b"x",)),
    ],
)
def test_other_keys_are_never_written(one: Beside) -> None:
    with pytest.raises(ValueError, match=r"is no companion of this session|is not in namespace"):
        commands(one)


def test_a_reference_that_cant_be_read_cant_be_renamed() -> None:
    with pytest.raises(ValueError, match="can't be read"):
        commands(Beside(HERE.back_references("a"), "set", "back references", None, (b"\0",)), keys=SHOP)


def test_nothing_was_recorded() -> None:
    assert replay(Record("a", "spring:session", NOW), HERE, NOW) == []
