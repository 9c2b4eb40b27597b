"""Shapes with their repeating contents filled in: quicker, and always with the answer of the value decoded in full."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import jdk
from sessionctl.codecs.jdk import casts
from sessionctl.codecs.jdk.shapes import MAX_SHAPES, Shape, Shapes
from sessionctl.model import Undecodable, Value
from sessionctl.records.texts import renderer
from tests.codecs.java_writer import Obj, Writer, boxed, instant, list_of


def login(name: str, roles: tuple[str, ...] = ("USER",), address: str = "10.0.0.7", visits: int = 1, seconds: int = 5) -> bytes:
    fields = {"roles": list_of(*roles), "address": address, "name": name, "visits": boxed(visits), "seen": instant(seconds)}
    return Writer().stream(Obj("shop.Login", fields))


def name_of(value: Value) -> Any:
    """The name, or else the address: whether there is a name is looked at, as it is for principals."""
    fields: Any = value.fields  # type: ignore[union-attr]
    return fields["name"] or fields["address"]


def both(value: Value) -> Any:
    fields: Any = value.fields  # type: ignore[union-attr]
    return fields["name"], fields["roles"][0], fields["visits"]


EXTRACTS = {"a name": name_of, "a part that repeats": both, "all as text": renderer("login")}


def in_full(raw: bytes, extract: Any) -> Any:
    decoded = jdk.decode(raw)
    if isinstance(decoded, Undecodable):
        return decoded
    found = extract(decoded.value)
    return str(found) if isinstance(found, tuple) and extract not in (name_of, both) else found


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hits tell what repeats."""
    monkeypatch.setattr(casts, "WATCHED", 4)
    monkeypatch.setattr(casts, "FEW", 2)


def practised(extract: Any) -> Shapes[Any]:
    """Shapes that have seen logins whose names alone differ."""
    shapes: Shapes[Any] = Shapes(extract)
    for number in range(8):
        shapes.lookup(login(f"user{number}"))
    return shapes


@pytest.mark.parametrize("extract", EXTRACTS.values(), ids=EXTRACTS)
def test_what_repeats_is_filled_in(extract: Any) -> None:
    [[cast]] = practised(extract)._casts.known.values()
    found = cast.match(login("alice"))
    assert found == [b"\x05alice"]
    assert cast.answer(found) == in_full(login("alice"), extract)
    assert cast.match(login("alice", ("ADMIN",))) is None
    assert cast.match(login("alice", visits=2)) is None
    assert cast.match(login("alice") + b"\0") is None


@pytest.mark.parametrize("extract", EXTRACTS.values(), ids=EXTRACTS)
@given(
    logins=st.lists(
        st.builds(
            login,
            st.sampled_from(("alice", "bob", "", "zoë 日本", "x" * 300, "\0", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln")) | st.text(max_size=8),
            st.sampled_from((("USER",), ("ADMIN",), ("USER", "ADMIN"), ("GÄST",), ())),
            st.sampled_from(("10.0.0.7", "10.0.0.8", "")),
            st.sampled_from((1, 2)),
            st.sampled_from((5, 10**9)),
        ),
        max_size=40,
    )
)
def test_any_login_is_answered_as_in_full(extract: Any, logins: list[bytes]) -> None:
    shapes = practised(extract)
    for raw in logins:
        try:
            expected = in_full(raw, extract)
        except IndexError:  # no role at all
            continue
        assert shapes.lookup(raw) == expected


def test_bytes_that_are_no_string_are_as_unreadable_as_ever() -> None:
    broken = login("zoé").replace(b"zo\xc3\xa9", b"zo\xff\xa9")
    assert isinstance(practised(name_of).lookup(broken), Undecodable)


def test_no_more_than_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casts, "MAX_CASTS", 3)
    shapes = practised(name_of)
    for number in range(20):
        for role in ("A", "B"):
            raw = login(f"user{number}", (f"{role}{number % 10}",))
            assert shapes.lookup(raw) == f"user{number}"
    assert sum(map(len, shapes._casts.known.values())) == 3


def test_what_was_learnt_of_forgotten_shapes_is_forgotten() -> None:
    """Carts of so many sizes that each shape is soon forgotten again; most carts are empty, so that learning pays."""
    shapes: Shapes[Any] = Shapes(renderer("cart"))
    known = weakref.WeakSet[Shape]()
    for number in range(2000):
        for size in (0, 1 + number % 100):
            items = list_of(*[f"{number}-{item}" for item in range(size)])
            for _ in range(3):
                shapes.lookup(Writer().stream(Obj("shop.Cart", {"items": items})))
            known.update(shapes._shapes)
    gc.collect()
    assert len(known) <= MAX_SHAPES + casts.MAX_CASTS


def test_only_short_contents_are_remembered() -> None:
    shapes = practised(renderer("login"))
    tracemalloc.start()
    try:
        for number in range(64):
            shapes.lookup(login(f"{number:02}" + "x" * 20_000))
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500_000
