"""What sessionctl writes is byte for byte what Java writes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import jdk
from sessionctl.codecs.jdk import utf
from sessionctl.model import Decoded
from sessionctl.plan import JavaInt, JavaLong, JavaString
from tests.codecs.java_corpus import captured, corpus


@pytest.mark.parametrize("value", [0, 1, -1, -(2**63), 2**63 - 1, 1404360000000])
def test_a_long_is_written_as_java_writes_it(value: int) -> None:
    [entry] = [entry for entry in corpus() if entry.name == f"long {value}"]

    assert jdk.encode(JavaLong(value), b"") == entry.raw == jdk.LONG_PREFIX + struct.pack(">q", value)


@pytest.mark.parametrize("value", [0, -1, 1800, -(2**31), 2**31 - 1])
def test_an_int_is_written_as_java_writes_it(value: int) -> None:
    [entry] = [entry for entry in corpus() if entry.name == f"int {value}"]

    assert jdk.encode(JavaInt(value), b"") == entry.raw == jdk.INT_PREFIX + struct.pack(">i", value)


def test_a_string_is_written_as_java_writes_it() -> None:
    texts = [entry for entry in corpus() if isinstance(entry.expected, str) and entry.name.startswith("text ")]

    assert len(texts) > 10
    for entry in texts:
        assert jdk.encode(JavaString(entry.expected), b"") == entry.raw


def test_the_prefixes_have_their_published_lengths() -> None:
    assert len(jdk.LONG_PREFIX) == 74
    assert len(jdk.INT_PREFIX) == 77
    assert any(raw.startswith(jdk.LONG_PREFIX) for raw in captured())
    assert any(raw.startswith(jdk.INT_PREFIX) for raw in captured())


@pytest.mark.parametrize(("value", "message"), [(JavaLong(2**63), "no Java long"), (JavaInt(-(2**31) - 1), "no Java int")])
def test_a_number_out_of_range_is_refused(value: JavaLong | JavaInt, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jdk.encode(value, b"")


@pytest.mark.parametrize("length", [65535, 65536])
def test_a_long_string_changes_its_type_at_65536_bytes(length: int) -> None:
    raw = jdk.encode(JavaString("x" * length), b"")

    assert raw[4] == (0x74 if length == 65535 else 0x7C)
    assert jdk.decode(raw) == Decoded("x" * length, "java.lang.String")


anything = st.text(st.characters(categories=None))


@given(anything)
def test_any_text_survives(text: str) -> None:
    joined = utf.join_surrogates(text)

    assert jdk.decode(jdk.encode(JavaString(text), b"")) == Decoded(joined, "java.lang.String")


@given(anything)
def test_modified_utf8_has_no_zero_and_no_four_byte_sequences(text: str) -> None:
    chunk = utf.encode(text)

    assert b"\0" not in chunk
    assert not [byte for byte in chunk if byte >= 0xF0]


def test_only_streams_of_java_are_taken_for_one() -> None:
    assert jdk.sniff(jdk.encode(JavaLong(1), b""))
    assert not jdk.sniff(b"1404360000000")
    assert not jdk.sniff(b"\xac\xed\x00")
