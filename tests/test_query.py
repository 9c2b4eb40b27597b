"""Filters, order and limit over batches made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl import fields, filters
from sessionctl.batch import Batch
from sessionctl.layouts.reads import ATTRIBUTE, PTTL
from sessionctl.query import Query
from sessionctl.report import Need
from tests.batches import MINUTE, batch, session

SESSIONS = [
    session("alice-new", user="alice", idle=10_000, age=MINUTE, ttl=1_790_000),
    session("alice-old", user="alice", idle=25 * MINUTE, ttl=300_000),
    session("albert", user="albert", idle=5 * MINUTE, ttl=-1),
    session("nobody", idle=40 * MINUTE),
    session("ended", user="bob", timeout=0, idle=MINUTE),
    session("never", user="root", timeout=-1, idle=900 * MINUTE),
    session("broken", timeout=None),
]


def chosen(*where: str) -> list[str]:
    """The ids that ``--KIND VALUE …`` chooses."""
    conditions = tuple(filters.condition(*one.split(" ", 1)) for one in where)
    return [id for part in Query((fields.ID,), conditions).select([batch(SESSIONS)]) for id in part.ids]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("idle 25m", ["alice-old", "nobody", "never"]),
        ("idle ..5m", ["alice-new", "albert", "ended", "broken"]),
        ("idle 5m..25m", ["alice-old", "albert"]),
        ("idle !5m..25m", ["alice-new", "nobody", "ended", "never", "broken"]),
        ("age 1m..1m", ["alice-new", "ended"]),
        ("remaining ..0s", ["nobody", "ended"]),
        ("remaining 20m", ["alice-new", "albert"]),
        ("ttl 20m", ["alice-new"]),
        ("user alice", ["alice-new", "alice-old"]),
        ("user al*", ["alice-new", "alice-old", "albert"]),
        ("user !al*", ["nobody", "ended", "never", "broken"]),
        ("user !*", ["nobody", "broken"]),
        ("user [ab]*", ["alice-new", "alice-old", "albert", "ended"]),
        ("state active", ["alice-new", "alice-old", "albert", "never"]),
        ("state expired,deleted", ["nobody", "ended"]),
        ("state !active", ["nobody", "ended", "broken"]),
        ("state partial", ["broken"]),
    ],
)
def test_a_condition_chooses(where: str, expected: list[str]) -> None:
    assert chosen(where) == expected


def test_several_conditions_must_all_hold() -> None:
    assert chosen("user alice", "idle 1m") == ["alice-old"]
    assert chosen("user a*", "user !alice") == ["albert"]


def test_attributes_are_compared_as_a_person_writes_them() -> None:
    theme, visits = ATTRIBUTE + "theme", ATTRIBUTE + "visits"
    rows = [
        session("dark", more={theme: b'"dark"', visits: b"7"}),
        session("java", more={theme: bytes.fromhex("aced000574000464617264"), visits: b"true"}),
        session("removed", more={theme: b"", visits: b""}),
    ]

    def having(text: str) -> list[str]:
        return [id for part in Query((), (filters.condition("attr", text),)).select([batch(rows)]) for id in part.ids]

    assert having("theme") == ["dark", "java"]
    assert having("!theme") == ["removed"]
    assert having("theme=dark") == ["dark"]
    assert having("theme=d*") == ["dark", "java"]
    assert having("!theme=dark") == ["java", "removed"]
    assert having("visits=7") == ["dark"]
    assert having("visits=true") == ["java"]


@pytest.mark.parametrize(
    ("kind", "text", "hint"),
    [
        ("state", "alive", "active, expired, deleted and partial"),
        ("attr", "=dark", "--attr NAME"),
        ("idle", "soon", "soon"),
        ("size", "big", "big"),
    ],
)
def test_what_means_nothing_is_refused_with_what_to_type(kind: str, text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        filters.condition(kind, text)


def test_the_need_is_known_before_anything_is_read() -> None:
    query = Query((fields.ID, fields.IDLE), (filters.condition("user", "alice"),), fields.TTL)
    assert query.need == Need(metadata=True, ttl=True, principal=True)
    assert Query((fields.ID,)).need == Need()


def rows_of(query: Query, sizes: tuple[int, ...] = (3, 4)) -> list[tuple[Any, ...]]:
    """What the query yields when the sessions come in batches of these sizes."""

    def batches() -> Iterator[Batch]:
        start = 0
        for size in sizes:
            yield batch(SESSIONS[start : start + size])
            start += size

    selected = query.select(batches())
    arranged = query.first(selected) if query.order is None else query.sorted(selected, query.order)
    return [row for part in arranged for row in zip(*(part.column(field) for field in query.fields), strict=True)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("limit", [0, 1, 3, 100, None])
def test_sorting_with_a_limit_is_the_beginning_of_sorting_without(limit: int | None, reverse: bool) -> None:
    whole = rows_of(Query((fields.ID, fields.REMAINING), order=fields.REMAINING, reverse=reverse))
    assert rows_of(Query((fields.ID, fields.REMAINING), order=fields.REMAINING, reverse=reverse, limit=limit)) == whole[:limit]


def test_unknown_values_come_last_either_way() -> None:
    up = rows_of(Query((fields.ID,), order=fields.REMAINING))
    down = rows_of(Query((fields.ID,), order=fields.REMAINING, reverse=True))
    assert {id for (id,) in up[-2:]} == {id for (id,) in down[-2:]} == {"never", "broken"}
    assert up[:-2] == down[:-2][::-1]


def test_a_limit_without_a_sort_stops_reading() -> None:
    def endless() -> Iterator[Batch]:
        while True:
            yield batch(SESSIONS)

    assert sum(len(part) for part in Query((fields.ID,), limit=10).first(endless())) == 10


@pytest.mark.parametrize("reverse", [False, True])
def test_of_very_many_only_those_are_decoded_that_may_be_among_the_best(reverse: bool) -> None:
    rows = [session(str(number), ttl=number * 7919 % 500 - 2, user="alice") for number in range(10_000)]
    decoded = []

    def name(raw: bytes) -> str:
        decoded.append(raw)
        return "alice"

    batches = [batch(rows[start : start + 100]) for start in range(0, len(rows), 100)]
    watched = [replace(part, scope=replace(part.scope, principal_name=name)) for part in batches]
    query = Query((fields.ID, fields.PRINCIPAL), order=fields.TTL, reverse=reverse, limit=30)
    found = [row for part in query.sorted(watched, fields.TTL) for row in zip(*(part.column(field) for field in query.fields), strict=True)]
    best = sorted((row for row in rows if row[PTTL] >= 0), key=lambda row: int(row[PTTL]), reverse=reverse)[:30]
    assert found == [(row["id"], "alice") for row in best]
    assert len(decoded) < 2000


@given(st.lists(st.integers(-2, 10), max_size=50), st.integers(1, 7))
def test_batches_of_any_size_give_the_same(ttls: list[int], size: int) -> None:
    rows = [session(str(number), ttl=ttl) for number, ttl in enumerate(ttls)]
    batches = [batch(rows[start : start + size]) for start in range(0, len(rows), size)]
    query = Query((fields.ID, fields.TTL), order=fields.TTL, limit=5)
    found = [row for part in query.sorted(batches, fields.TTL) for row in zip(part.column(fields.ID), part.column(fields.TTL), strict=True)]
    known = sorted((row[PTTL], int(row["id"])) for row in rows if row[PTTL] >= 0)
    unknown = [int(row["id"]) for row in rows if row[PTTL] < 0]
    assert found == ([(str(id), ttl) for ttl, id in known] + [(str(id), None) for id in unknown])[:5]


@pytest.mark.parametrize("name", ["alice", "dave ü", "carol:colon", "日本", "4711", "deadbeef-1", "Point[x=1]", "a/b", "😀"])
def test_the_quick_look_never_hides_a_user(name: str) -> None:
    import json

    from sessionctl.codecs import jdk
    from sessionctl.plan import JavaString

    spellings = [json.dumps(name).encode(), json.dumps(name, ensure_ascii=False).encode(), jdk.encode(JavaString(name), b"")]
    assert all(any(needle in raw for needle in filters.spellings(name)) for raw in spellings)
