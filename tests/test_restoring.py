"""The script that writes a session's hash, as it is called a hundred thousand times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import encode
from sessionctl.layouts.keys import raw, text
from sessionctl.plan import JavaInt, JavaLong
from sessionctl.restoring import SCRIPT, TOMBSTONES, Restoration
from sessionctl.times import number
from sessionctl.topologies.base import Request
from sessionctl.wire import pack

END = 1_800_000_000_000
JDK_LONG = encode(JavaLong(END), b"\xac\xed\0\5")


@given(st.binary(), st.dictionaries(st.binary().map(text), st.binary()), st.none() | st.integers(0, END), st.booleans(), st.booleans())
def test_a_call_from_a_template_is_the_call(key: bytes, hash: dict[str, bytes], end: int | None, replace: bool, whole: bool) -> None:
    arguments = [b"replace" if replace else b"keep", b"" if end is None else b"%d" % end]
    fields = [word for name, value in hash.items() for word in (raw(name), value)]
    assert Restoration(key, hash, end, replace).request(whole) == Request(key, pack(*SCRIPT.words((key,), [*arguments, *fields], whole)))


@pytest.mark.parametrize("like", [JDK_LONG, b'["java.lang.Long",1]', b'["java.lang.Integer",1]', b"1", b"1L"])
def test_a_tombstone_is_known_in_whatever_way_an_application_writes_it(like: bytes) -> None:
    assert encode(JavaInt(0), like) in TOMBSTONES


@pytest.mark.parametrize("interval", TOMBSTONES)
def test_what_is_taken_for_a_tombstone_is_one_everywhere(interval: bytes) -> None:
    assert number(interval) == 0
