"""Values by hand, and values that nothing here reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import opaque, text
from sessionctl.model import Decoded, Undecodable
from sessionctl.plan import JavaInt, JavaLong, JavaString

KRYO_LONG = bytes.fromhex("09 80 88 88 a6 df 51")  # 1404360000000
KRYO_INT = bytes.fromhex("02 90 1c")  # 1800


@pytest.mark.parametrize("raw", [b"dark", "Grüße 😀".encode(), b"two\nlines\there", b"2014-07-03", b"[INFO] started"])
def test_readable_text_is_text(raw: bytes) -> None:
    assert text.sniff(raw)
    assert text.decode(raw) == Decoded(raw.decode())


@pytest.mark.parametrize("raw", [b"", b"1800", b'"quoted"', b"\x00", b"a\x7f", b"\xff", b"\xed\xa0\x80", KRYO_LONG, KRYO_INT, b"\t@"])
def test_json_numbers_and_binary_data_are_not(raw: bytes) -> None:
    assert not text.sniff(raw)


def test_what_is_no_text_says_where() -> None:
    assert text.decode(b"ab\xff") == Undecodable("not UTF-8 at byte 2", b"ab\xff")
    assert text.decode(b"ab\x00") == Undecodable("no text: a control character at position 2", b"ab\x00")


def test_a_text_is_written_as_it_is_and_a_number_not_at_all() -> None:
    assert text.encode(JavaString("Grüße"), b"dark") == "Grüße".encode()
    with pytest.raises(ValueError, match="can't be written as plain text"):
        text.encode(JavaLong(1), b"dark")


@pytest.mark.parametrize(
    ("raw", "writer"),
    [
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x28\xb5\x2f\xfd\x00", "zstd"),
        (b"\x04\x22\x4d\x18\x00", "LZ4"),
        (b"\xac\xed\x00\x06", "Java serialization of another version"),
        (b"\x92\x00", "fastjson2 JSONB"),
        (KRYO_LONG, "Kryo"),
        (KRYO_INT, "Kryo"),
        (b"\x01\x00shop.Car\xf4\x01", "Kryo"),
        (b"\x80\x04\x95", "unknown"),
    ],
)
def test_the_likely_writer_is_named(raw: bytes, writer: str) -> None:
    assert opaque.likely_writer(raw) == writer
    assert f"looks like {writer}" in opaque.decode(raw).reason


def test_the_reason_tells_length_and_first_bytes() -> None:
    assert opaque.decode(KRYO_INT).reason == "opaque bytes: looks like Kryo; 3 bytes, 02 90 1c"
    assert opaque.decode(b"\x1f\x8b" * 1000).reason == f"opaque bytes: looks like gzip; 2,000 bytes, {'1f 8b ' * 7}1f 8b…"


def test_nothing_is_written_in_an_unknown_encoding() -> None:
    with pytest.raises(ValueError, match=r"1800 can't be written: the application's encoding is unknown \(Kryo\)"):
        opaque.encode(JavaInt(1800), KRYO_INT)


@given(st.binary())
def test_any_bytes_are_decoded_without_an_exception(raw: bytes) -> None:
    assert isinstance(text.decode(raw), Decoded | Undecodable)
    assert opaque.decode(raw).raw == raw
