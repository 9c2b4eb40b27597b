"""What is usual beside an indexed session: the same companions, asked for and written, as those of any other session."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import encode
from sessionctl.layouts import indexed
from sessionctl.layouts.base import Facts
from sessionctl.layouts.keys import Keys
from sessionctl.plan import JavaInt, JavaString
from sessionctl.records.beside import GONE, Beside
from sessionctl.records.usual import Names

JDK = encode(JavaInt(1800), b"\xac\xed\x00\x05")
DEADLINE = 1_800_000_000_000

ids = st.text(st.sampled_from("0123456789abcdef-._:"), min_size=1, max_size=40)
names = st.none() | st.sampled_from(("alice", "", "zoë 日本", 'a"b\\c', "a/b=c%s{x}", "😀")) | st.text(max_size=10)
namespaces = st.sampled_from(("spring:session", "{shop}:session", 'a"b', "ü"))
replies = st.tuples(st.sampled_from((GONE, -1, 0, 5, 1_799_999)), st.sampled_from((0, 1)), st.sampled_from((0, 1)))


def one_by_one(keys: Keys, id: str, principal: str | None) -> list[Beside]:
    """The same as the layout tells it, but for what the servlet's repository has only in other settings."""
    found = []
    for one in indexed.companions(keys, Facts(id, DEADLINE, principal)):
        if one.kind != "zset" and (one.role != "minute bucket" or one.member != id):
            members = () if one.member is None else (encode(JavaString(one.member), JDK),)
            found.append(Beside(one.key, one.kind, one.role, None, members))
    return found


@given(namespaces, ids, names, replies)
def test_it_is_what_one_by_one_would_be(namespace: str, id: str, principal: str | None, answers: tuple[Any, ...]) -> None:
    keys = Keys(namespace)
    usual = Names(keys).usual(id, DEADLINE, principal, JDK)
    if usual is None:
        assert principal is not None
        assert not principal.isprintable()
        return
    candidates = one_by_one(keys, id, principal)
    assert list(usual) == candidates
    assert list(usual.questions()) == [one.question for one in candidates]
    found = usual.held(iter(answers))
    assert list(found) == [held for one, reply in zip(candidates, answers, strict=False) if (held := one.held(reply)) is not None]
    if found is usual:
        assert usual.text() == ",".join([one.text() for one in usual])


@pytest.mark.parametrize(
    ("id", "deadline", "principal", "like"),
    [
        ("a b", DEADLINE, None, JDK),  # its spelling isn't plain
        ("ü", DEADLINE, None, JDK),
        ("", DEADLINE, None, JDK),
        ("x" * 0x8000, DEADLINE, None, JDK),
        ("a", None, None, JDK),  # it never ends
        ("a", DEADLINE, "\ud800", JDK),
        ("a", DEADLINE, None, b"1800"),  # by another serializer
        ("a", DEADLINE, None, b""),
    ],
)
def test_what_is_nothing_usual(id: str, deadline: int | None, principal: str | None, like: bytes) -> None:
    assert Names(Keys()).usual(id, deadline, principal, like) is None
