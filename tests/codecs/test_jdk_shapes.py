"""A learnt shape answers what the full reader answers, whatever the contents, and is not learnt where it could not."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionctl.codecs import jdk
from sessionctl.codecs.jdk.shapes import HIT_EARNS, LEARNING_COSTS, MAX_SHAPES, Shapes, learn
from sessionctl.codecs.jdk.tagged import Slot, TaggedInt, TaggedText, tag
from sessionctl.model import Decoded, JavaObject, Principal, Undecodable, Value
from sessionctl.security import principal, principal_name
from tests.codecs.java_corpus import captured, contexts, corpus, samples
from tests.codecs.java_writer import Obj, Writer, boxed, instant, list_of, map_of

SAMPLE = samples()["securitycontext-upat-user-620"]


class Counting:
    """An extractor that counts how often it was asked: a shape's answer asks nobody."""

    def __init__(self, extract: Callable[[Value], Any]) -> None:
        self.extract = extract
        self.calls = 0

    def __call__(self, value: Value) -> Any:
        self.calls += 1
        return self.extract(value)


def in_full(raw: bytes, extract: Callable[[Value], Any]) -> Any:
    decoded = jdk.decode(raw)
    return extract(decoded.value) if isinstance(decoded, Decoded) else decoded


def context(authentication: Any) -> bytes:
    return Writer().stream(Obj("org.springframework.security.core.context.SecurityContextImpl", {"authentication": authentication}))


def token(principal: Any, **more: Any) -> Obj:
    fields = {"authenticated": True, "authorities": list_of(), "details": None, "credentials": None, "principal": principal}
    return Obj("org.springframework.security.authentication.UsernamePasswordAuthenticationToken", {**fields, **more})


def user(name: Any, *roles: str, enabled: bool = True) -> Obj:
    authorities = list_of(*(Obj("org.springframework.security.core.authority.SimpleGrantedAuthority", {"role": role}) for role in roles))
    return Obj("org.springframework.security.core.userdetails.User", {"enabled": enabled, "authorities": authorities, "username": name})


def oauth(key: str, attributes: dict[Any, Any]) -> Obj:
    fields = {"attributes": map_of(attributes), "authorities": list_of(), "nameAttributeKey": key}
    return Obj("org.springframework.security.oauth2.core.user.DefaultOAuth2User", fields)


def other(raw: bytes, before: str, after: str) -> bytes:
    """`raw` with another string in the place of one."""
    old, new = (struct.pack(">H", len(text.encode())) + text.encode() for text in (before, after))
    assert raw.count(old) == 1
    return raw.replace(old, new)


def test_one_learnt_context_answers_for_all_of_its_shape() -> None:
    extract = Counting(principal_name)
    shapes = Shapes(extract)
    assert shapes.lookup(SAMPLE) == "alice"
    asked = extract.calls

    assert shapes.lookup(SAMPLE) == "alice"
    assert shapes.lookup(other(SAMPLE, "alice", "bob")) == "bob"
    assert shapes.lookup(other(SAMPLE, "alice", "")) == ""
    assert shapes.lookup(other(SAMPLE, "alice", "zoë 日本")) == "zoë 日本"
    assert shapes.lookup(other(SAMPLE, "10.0.0.7", "2001:db8::1")) == "alice"
    assert shapes.lookup(other(SAMPLE, "ROLE_USER", "ROLE_ADMINISTRATOR")) == "alice"
    assert extract.calls == asked


def test_long_strings_are_of_a_shape_with_others_about_as_long() -> None:
    extract = Counting(principal_name)
    shapes = Shapes(extract)
    for length in (5, 300, 600):
        assert shapes.lookup(other(SAMPLE, "alice", "a" * length)) == "a" * length
    asked = extract.calls

    assert shapes.lookup(other(SAMPLE, "alice", "b" * 255)) == "b" * 255
    assert shapes.lookup(other(SAMPLE, "alice", "b" * 256)) == "b" * 256
    assert shapes.lookup(other(SAMPLE, "alice", "é" * 200)) == "é" * 200
    assert shapes.lookup(other(SAMPLE, "alice", "b" * 767)) == "b" * 767
    assert extract.calls == asked


def test_real_contexts_are_answered_as_in_full() -> None:
    extract = Counting(principal_name)
    shapes = Shapes(extract)
    raws = [*contexts(), *samples().values()] * 3

    assert [shapes.lookup(raw) for raw in raws] == [in_full(raw, principal_name) for raw in raws]
    assert extract.calls < len(raws)


def test_any_value_is_answered_as_in_full() -> None:
    shapes = Shapes(principal_name)
    raws = [*captured(), *(entry.raw for entry in corpus())] * 2

    assert [shapes.lookup(raw) for raw in raws] == [in_full(raw, principal_name) for raw in raws]


def test_a_whole_principal_can_be_answered() -> None:
    extract = Counting(principal)
    shapes = Shapes(extract)
    shapes.lookup(SAMPLE)
    asked = extract.calls

    found = shapes.lookup(other(other(SAMPLE, "alice", "bob"), "10.0.0.7", "::1"))

    assert isinstance(found, Principal)
    assert (found.name, found.remote_address, found.authenticated) == ("bob", "::1", True)
    assert found == in_full(other(other(SAMPLE, "alice", "bob"), "10.0.0.7", "::1"), principal)
    assert extract.calls == asked


@pytest.mark.parametrize("length", range(0, len(SAMPLE), 7))
def test_a_context_cut_short_is_undecodable_whatever_was_learnt(length: int) -> None:
    shapes = Shapes(principal_name)
    shapes.lookup(SAMPLE)

    assert shapes.lookup(SAMPLE[:length]) == in_full(SAMPLE[:length], principal_name)
    assert shapes.lookup(SAMPLE + b"\0") == in_full(SAMPLE + b"\0", principal_name)


def test_broken_text_in_any_slot_is_undecodable_whatever_was_learnt() -> None:
    shapes = Shapes(principal_name)
    shapes.lookup(SAMPLE)

    for name in (b"alice", b"10.0.0.7", b"ROLE_USER"):
        assert isinstance(shapes.lookup(SAMPLE.replace(name, b"\xff" * len(name))), Undecodable)


def test_the_attribute_that_names_the_user_is_part_of_the_shape() -> None:
    shapes = Shapes(principal_name)
    raws = [
        context(token(oauth(key, {"sub": sub, "login": login})))
        for key in ("sub", "login")
        for sub, login in (("1", "alice"), ("2", "bob"), ("sub", "login"), ("login", "sub"))
    ]

    assert [shapes.lookup(raw) for raw in raws] == [in_full(raw, principal_name) for raw in raws]
    assert [shapes.lookup(raw) for raw in raws] == ["1", "2", "sub", "login", "alice", "bob", "login", "sub"]


texts = st.one_of(st.sampled_from(["", "alice", "bob", "sub", "login", "name"]), st.text(max_size=12))
users = st.one_of(
    texts,
    st.none(),
    st.builds(lambda name, roles, enabled: user(name, *roles, enabled=enabled), texts, st.lists(texts, max_size=2), st.booleans()),
    st.builds(
        oauth,
        st.sampled_from(["sub", "login", "id"]),
        st.fixed_dictionaries({"sub": texts, "login": texts, "id": st.integers(0, 9).map(boxed)}),
    ),
    st.builds(oauth, texts, st.dictionaries(texts, texts, max_size=3)),
    st.builds(
        lambda email, name, number: Obj("shop.Customer", {"id": number, "email": email, "name": name}),
        texts,
        texts,
        st.integers(0, 2**31 - 1),
    ),
    st.builds(lambda inner: Obj("shop.Wrapper", {"user": inner}), st.builds(user, texts)),
)
details = st.one_of(
    st.none(),
    st.builds(
        lambda address, session: Obj("shop.Details", {"remoteAddress": address, "sessionId": session}), texts, st.one_of(st.none(), texts)
    ),
    st.builds(lambda seconds: Obj("shop.Login", {"at": instant(seconds)}), st.integers(0, 2**33)),
)
many_contexts = st.lists(st.builds(lambda who, more: context(token(who, details=more)), users, details), min_size=2, max_size=8)


@settings(max_examples=150, deadline=None)
@given(many_contexts)
def test_contexts_of_all_kinds_are_answered_as_in_full(raws: list[bytes]) -> None:
    for extract in (principal_name, principal):
        shapes: Shapes[Any] = Shapes(extract)
        for raw in [*raws, *raws]:
            assert shapes.lookup(raw) == in_full(raw, extract)


def fields(value: Value) -> Any:
    assert isinstance(value, JavaObject)
    return value.fields


PEEKING: dict[str, Callable[[Value], Any]] = {
    "compares": lambda value: fields(value)["a"] if fields(value)["b"] == "x" else fields(value)["b"],
    "compares the other way": lambda value: fields(value)["a"] if "x" == fields(value)["b"] else None,  # noqa: SIM300
    "orders": lambda value: max(fields(value)["a"], fields(value)["b"]),
    "looks up": lambda value: {"x": 1, "y": 2}.get(fields(value)["b"]),
    "asks for emptiness": lambda value: fields(value)["a"] or fields(value)["b"],
    "measures": lambda value: len(fields(value)["a"]),
    "formats": lambda value: f"{fields(value)['a']}!",
    "joins": lambda value: ",".join([fields(value)["a"], fields(value)["b"]]),
    "strips": lambda value: fields(value)["a"].strip(),
    "replaces": lambda value: re.sub("x", "z", fields(value)["a"]),
    "asks for the beginning": lambda value: fields(value)["b"] if fields(value)["a"].startswith("x") else "",
    "counts": lambda value: fields(value)["n"] + 1,
    "decides by a number": lambda value: fields(value)["a"] if fields(value)["n"] > 3 else fields(value)["b"],
    "prints a number": lambda value: str(fields(value)["n"]),
    "decides by a date": lambda value: fields(value)["a"] if fields(value)["t"] < "1990" else fields(value)["b"],
    "tells the date": lambda value: fields(value)["t"],
    "answers several": lambda value: (fields(value)["b"], fields(value)["n"], "constant", fields(value)["t"]),
    "answers a list": lambda value: [fields(value)["a"]],
}

short = st.sampled_from(["", "x", "y", "xy", " x ", "é", "\0"])


@pytest.mark.parametrize("name", PEEKING)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(short, short, st.integers(0, 6), st.integers(0, 2**31)), min_size=2, max_size=6))
def test_what_the_extractor_looks_at_becomes_part_of_the_shape(name: str, contents: list[tuple[str, str, int, int]]) -> None:
    shapes = Shapes(PEEKING[name])
    raws = [Writer().stream(Obj("X", {"a": a, "b": b + "", "n": n, "t": instant(t)})) for a, b, n, t in contents]

    for raw in [*raws, *raws]:
        assert shapes.lookup(raw) == in_full(raw, PEEKING[name])


@pytest.mark.parametrize("name", ["compares", "asks for emptiness", "prints a number", "tells the date", "answers several"])
def test_most_extractors_can_be_learnt(name: str) -> None:
    assert learn(Writer().stream(Obj("X", {"a": "x", "b": "y", "n": 3, "t": instant(5)})), PEEKING[name]) is not None


@pytest.mark.parametrize("name", ["joins", "replaces", "answers a list"])
def test_what_would_answer_wrongly_is_not_learnt(name: str) -> None:
    assert learn(Writer().stream(Obj("X", {"a": "x", "b": "y", "n": 3, "t": instant(5)})), PEEKING[name]) is None


def test_times_and_numbers_vary_within_a_shape() -> None:
    extract = Counting(lambda value: fields(value)["a"])
    shapes = Shapes(extract)
    shapes.lookup(Writer().stream(Obj("X", {"a": "first", "n": 1, "t": instant(5)})))
    asked = extract.calls

    assert shapes.lookup(Writer().stream(Obj("X", {"a": "second", "n": 2, "t": instant(6, 789)}))) == "second"
    assert extract.calls == asked


def test_a_number_can_be_a_name() -> None:
    extract = Counting(lambda value: str(fields(value)["id"]))
    shapes = Shapes(extract)
    shapes.lookup(Writer().stream(Obj("X", {"id": boxed(4711)})))
    asked = extract.calls

    assert shapes.lookup(Writer().stream(Obj("X", {"id": boxed(-1)}))) == "-1"
    assert extract.calls == asked


def test_endless_new_shapes_are_not_kept_and_soon_not_even_tried() -> None:
    shapes = Shapes(principal_name)
    rounds = 1000
    for number in range(rounds):
        raw = Writer().stream(Obj(f"Evil{number}", {"authentication": user(str(number))}))
        shapes.lookup(raw)

    assert 0 < len(shapes._shapes) <= MAX_SHAPES
    assert 0 <= shapes._credit <= LEARNING_COSTS + HIT_EARNS


def test_a_tagged_value_is_the_value() -> None:
    slot = Slot(0, 7, "s")
    text = tag("alice", (slot,), "s")

    assert isinstance(text, TaggedText)
    assert not slot.looked_at
    assert text
    assert (slot.filled, slot.looked_at) == (True, False)
    assert text == "alice"
    assert slot.looked_at


@pytest.mark.parametrize(
    "look",
    [
        lambda text: "alice" == text,  # noqa: SIM300
        lambda text: {"alice": 1}.get(text),
        lambda text: text in ("bob", "alice"),
        lambda text: text in {"bob": 1},
        lambda text: "ali" in text,
        lambda text: "bob" < text,  # noqa: SIM300
        lambda text: "a" + text,
        lambda text: f"{text}",
        lambda text: "%s" % text,  # noqa: UP031
        lambda text: text[0],
        lambda text: [*text],
        lambda text: sorted([text, "bob"]),
        lambda text: text.casefold(),
    ],
)
def test_looking_at_a_tagged_text_is_noticed(look: Callable[[str], Any]) -> None:
    slot = Slot(0, 7, "s")
    look(tag("alice", (slot,), "s"))

    assert slot.looked_at


@pytest.mark.parametrize(
    "look", [lambda number: number > 3, lambda number: 3 + number, lambda number: number in {5}, bool, lambda number: f"{number}", float]
)
def test_looking_at_a_tagged_number_is_noticed(look: Callable[[int], Any]) -> None:
    slot = Slot(0, 4, "I")
    number = tag(5, (slot,), "I")
    assert isinstance(number, TaggedInt)

    look(number)

    assert slot.looked_at


def test_the_digits_of_a_tagged_number_are_tagged() -> None:
    slot = Slot(0, 4, "I")
    digits = str(tag(5, (slot,), "I"))

    assert isinstance(digits, TaggedText)
    assert not slot.looked_at
    assert digits == "5"
    assert slot.looked_at


def test_truth_is_not_tagged() -> None:
    slot = Slot(0, 1, "Z")

    assert tag(True, (slot,)) is True
    assert slot.looked_at
