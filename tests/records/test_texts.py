"""Attributes as JSON text: learnt or not, it is the text of `attributes.table`, and no secret slips through what was learnt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl import attributes
from sessionctl.formats import values
from sessionctl.formats.values import json_text
from sessionctl.layouts.reads import ATTRIBUTE, SECURITY_CONTEXT
from sessionctl.records import texts as texts_module
from sessionctl.records.texts import MOST_NAMES, Texts
from sessionctl.secrets import MASK
from tests.codecs.java_corpus import captured, corpus, samples
from tests.codecs.java_writer import Obj, Writer, boxed, instant, list_of, map_of, string

STREAMS = [*captured(), *samples().values(), *(entry.raw for entry in corpus())]
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


def as_listed(hash: dict[str, bytes]) -> str:
    return json_text(attributes.table(attributes.decoded(hash), False).document)


def stream(value: Any) -> bytes:
    return Writer().stream(value)


def user(name: str, note: str, visits: int = 1, seconds: int = 0) -> bytes:
    return stream(
        Obj("shop.User", {"name": name, "note": note, "visits": boxed(visits), "seen": instant(seconds), "roles": list_of("A", name)})
    )


def test_every_stream_there_is_three_times_over() -> None:
    texts = Texts()
    for _ in range(3):
        for raw in STREAMS:
            hash = {SECURITY_CONTEXT: raw, ATTRIBUTE + "cart": raw, ATTRIBUTE + "removed": b"", "creationTime": b"1"}
            assert texts.document(hash) == as_listed(hash)


contents = st.text(max_size=30) | st.sampled_from([TOKEN, "Bearer abc", "https://me:secret@host/?token=x&page=2", "plain", ""])


@given(st.lists(st.tuples(contents, contents, st.integers(-(2**31), 2**31 - 1), st.integers(0, 10**9)), min_size=2, max_size=20))
def test_any_contents_in_what_was_learnt(users: list[tuple[str, str, int, int]]) -> None:
    texts = Texts()
    for one in users:
        hash = {ATTRIBUTE + "user": user(*one)}
        assert texts.document(hash) == as_listed(hash)


def test_a_secret_is_masked_though_harmless_contents_were_learnt() -> None:
    texts = Texts()
    shown = [json.loads(texts.entry("user", user("alice", note))) for note in ("hello", "hello again", TOKEN, "Bearer abc", "bye")]
    assert [one["value"]["note"] for one in shown] == ["hello", "hello again", MASK, MASK, "bye"]


def test_a_part_that_is_secret_by_its_name_is_masked_whatever_it_holds() -> None:
    texts = Texts()
    for password in ("one", "two", "", "three"):
        entry = json.loads(texts.entry("account", stream(map_of({"password": password, "page": password}))))
        assert entry["value"] == {"password": MASK if password else "", "page": password}


@pytest.mark.parametrize("raw", [b'{"theme":"dark"}', b"\xac\xed", b"\xac\xed\x00\x05sr\x00", b"text", b"\x00\x01\x02"])
def test_what_is_no_java_object(raw: bytes) -> None:
    hash = {ATTRIBUTE + "a": raw}
    assert Texts().document(hash) == as_listed(hash)


def test_more_attributes_than_are_learnt() -> None:
    texts = Texts()
    for number in range(MOST_NAMES + 3):
        hash = {f"{ATTRIBUTE}{number}": user("alice", "")}
        assert texts.document(hash) == as_listed(hash)


def test_several_objects_in_a_stream_are_of_no_class() -> None:
    texts = Texts()
    for raw in (user("alice", ""), user("bob", ""), user("carol", "") + string("another")):
        hash = {ATTRIBUTE + "user": raw}
        assert texts.document(hash) == as_listed(hash)


@pytest.mark.parametrize("names", ["a", "ab"])
def test_what_is_too_large_to_show(monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    """A text that is referred to again and again, in one attribute or in two."""
    monkeypatch.setattr(texts_module, "LARGE", 50_000)
    monkeypatch.setattr(values.json_text, "__defaults__", (100_000,))
    monkeypatch.setattr(values.json_pieces, "__defaults__", (100_000, None, None))
    texts = Texts()
    for text in ("x" * 600, "y" * 601, "z" * 700):
        hash = {ATTRIBUTE + name: stream(list_of(*[text] * (200 // len(names)))) for name in names}
        assert texts.document(hash) == as_listed(hash)
        assert "too large to show" in texts.document(hash)
