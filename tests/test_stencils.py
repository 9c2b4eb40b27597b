"""What is stamped for a session is what its own plan sends, byte for byte, whatever it is called and whoever is logged in."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.apply import Applier
from sessionctl.codecs import jdk, json
from sessionctl.layouts import LAYOUTS, indexed, reads, simple
from sessionctl.layouts.base import Ending, Stored
from sessionctl.layouts.keys import Keys
from sessionctl.model import State
from sessionctl.plan import Event, JavaInt, JavaLong, Plan
from sessionctl.rows import Rows
from sessionctl.stencils import LONGEST_ID, REMEMBERED, Sheet, Stencils
from sessionctl.topologies.base import Request
from sessionctl.wire import pack

NOW = 1_732_400_000_000
GUARD = (*reads.METADATA, reads.SECURITY_CONTEXT)

ids = st.uuids().map(str)
principals = st.none() | st.text(max_size=60)
encodings = st.sampled_from([lambda value: jdk.encode(value, b""), lambda value: json.encode(value, b"0")])
contexts = st.none() | st.binary(max_size=40)


@st.composite
def sessions(draw: st.DrawFn, layout: str) -> Stored:
    encoded: Callable[[Any], bytes] = draw(encodings)
    interval = draw(st.sampled_from([1800, 86_400, -1]))
    accessed = NOW - draw(st.integers(0, abs(interval) * 1000 + LAYOUTS[layout].GRACE))
    state = State.ACTIVE if interval < 0 or accessed + interval * 1000 > NOW else State.EXPIRED
    guard = dict(
        zip(
            GUARD,
            (encoded(JavaLong(accessed - 5)), encoded(JavaLong(accessed)), encoded(JavaInt(interval)), draw(contexts)),
            strict=True,
        )
    )
    return Stored(draw(ids), layout, state, accessed, interval, 1000, draw(principals), guard)


def rows_of(sessions: list[Stored]) -> Rows:
    ids, layouts, states, accessed, max_inactive, ttls, principals, *_ = zip(*sessions, strict=True)
    guard = {name: [one.guard[name] for one in sessions] for name in GUARD}
    return Rows(ids, layouts, states, accessed, max_inactive, ttls, principals, guard, [None] * len(sessions))


class Ender:
    """What a run of one sort makes of sessions, without a Redis."""

    def __init__(self, event: Event, mode: str = "single", namespace: str = "spring:session") -> None:
        self.keys, self.how = Keys(namespace), Ending(event, NOW, event != Event.NONE)
        topology: Any = SimpleNamespace(mode=mode, target=SimpleNamespace(db=0), followed=0)
        self.applier = Applier(topology, self.keys)
        self.stencils = Stencils(lambda session: self.applier.parts_of(self.plan(session)))

    def plan(self, session: Stored) -> Plan:
        return LAYOUTS[session.layout].end(self.keys, session, self.how)

    def sheet(self, sessions: list[Stored]) -> Sheet:
        return self.stencils.of(rows_of(sessions))

    def planned(self, session: Stored) -> list[Request]:
        return [Request(key, pack(*words)) for key, words in self.applier.parts_of(self.plan(session)).all()]


def stamped(sheet: Sheet) -> list[list[Request]]:
    return [[form.stamp(values) for form in stencil.all()] for stencil, values in sheet.stamps]


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("layout", [simple.NAME, indexed.NAME])
@pytest.mark.parametrize("mode", ["single", "cluster"])
@given(data=st.data())
def test_stamped_requests_are_the_plans_own(data: st.DataObject, layout: str, event: Event, mode: str) -> None:
    some = data.draw(st.lists(sessions(layout), min_size=1, max_size=20))
    ender = Ender(event, mode)
    sheet = ender.sheet(some)
    assert all(sheet.stencils)
    assert stamped(sheet) == [ender.planned(one) for one in some]


def session(id: str = "8d5f4a36-0d6b-4a39-9a43-2b6ab3a0b8f1", **changes: Any) -> Stored:
    values = (jdk.encode(JavaLong(NOW - 5), b""), jdk.encode(JavaLong(NOW), b""), jdk.encode(JavaInt(1800), b""), None)
    return Stored(id, indexed.NAME, State.ACTIVE, NOW, 1800, 1000, "alice", dict(zip(GUARD, values, strict=True)))._replace(**changes)


def test_what_is_learnt_serves_all_that_are_alike() -> None:
    ender = Ender(Event.DELETED)
    ender.sheet([session()])
    ender.stencils._commands = lambda session: pytest.fail("it is known already")
    other = session("8d5f4a36-0d6b-4a39-9a43-2b6ab3a0b8f2", principal="bobby", accessed=NOW + 5)
    assert len(stamped(ender.sheet([other]))[0]) == 5  # the hash, its index, its bucket, the sorted set, the event


@pytest.mark.parametrize("id", ["short", "naïve-naïve-naïve-naïve", "a{b}a{b}a{b}a{b}a{b}", "x" * 40 + "\udcff", "x" * (LONGEST_ID + 1)])
def test_unusual_ids_are_planned_one_by_one(id: str) -> None:
    assert Ender(Event.DELETED).sheet([session(id)]).stencils == [None]


@pytest.mark.parametrize("value", [b"", b"x", bytes(1_000_000)])
def test_guarded_values_may_be_anything(value: bytes) -> None:
    ender, one = Ender(Event.DELETED), session(guard={**session().guard, reads.SECURITY_CONTEXT: value})
    assert stamped(ender.sheet([one])) == [ender.planned(one)]


def test_what_is_learnt_of_a_long_value_is_short() -> None:
    """A pattern of all of its bytes would take long to compile, and `re` keeps hundreds of patterns."""
    ender, one = Ender(Event.DELETED), session(guard={**session().guard, reads.SECURITY_CONTEXT: bytes(1_000_000)})
    tracemalloc.start()
    ender.sheet([one])
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


def test_a_plan_that_has_more_in_it_than_is_known_of_is_made_for_each() -> None:
    """Such as an index that only this session is in."""
    ender = Ender(Event.DELETED)
    plan = ender.plan
    ender.plan = lambda session: plan(session._replace(indexes=(b"of:%d" % (session.accessed or 0),)))  # type: ignore[method-assign]
    assert ender.sheet([session()]).stencils == [None]


@pytest.mark.parametrize("namespace", ["a{b", "a}b", "{a}"])
def test_braces_in_the_namespace_of_a_cluster_make_each_plan_its_own(namespace: str) -> None:
    """There the name under which an expires key vanishes depends on the slot of the session, which a stencil knows nothing of."""
    assert not Ender(Event.DELETED, "cluster", namespace).applier.means.as_usual
    assert Ender(Event.DELETED, "single", namespace).applier.means.as_usual


def test_what_is_remembered_has_an_end() -> None:
    ender = Ender(Event.NONE)
    many = [session(principal="x" * length) for length in range(REMEMBERED + 50)]
    assert ender.sheet(many).stencils.count(None) == 50
