"""The table of codecs: each value finds its own."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import CODECS, codec_for, decode_attribute, encode, is_removed
from sessionctl.codecs.jdk import INT_PREFIX, LONG_PREFIX
from sessionctl.model import Attribute, Decoded, JavaObject, Undecodable
from sessionctl.plan import JavaInt, JavaLong, JavaString, JavaValue

CAPTURED = sorted((Path(__file__).parents[1] / "data" / "captured").glob("*.json"))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"\xac\xed\x00\x05t\x00\x01a", "jdk"),
        (b'{"@class":"java.util.HashMap"}', "json"),
        (b"1800", "json"),
        (b"true", "json"),
        (b"dark", "text"),
        (b"\x02\x90\x1c", "opaque"),
        (b"\xac\xed", "opaque"),
        (b"", "opaque"),
    ],
)
def test_a_value_finds_its_codec(raw: bytes, name: str) -> None:
    assert name == codec_for(raw).NAME


def test_an_attribute_has_its_encoding_its_class_and_its_size() -> None:
    assert decode_attribute("visits", INT_PREFIX + b"\0\0\0\x07") == Attribute(
        "visits", 7, "java.lang.Integer", "jdk", 81, INT_PREFIX + b"\0\0\0\x07", 1360826667806852920
    )
    assert decode_attribute("theme", b'"dark"') == Attribute("theme", "dark", None, "json", 6, b'"dark"')
    assert decode_attribute("note", b"by hand") == Attribute("note", "by hand", None, "text", 7, b"by hand")


def test_a_removed_attribute_is_empty() -> None:
    assert is_removed(b"")
    assert not is_removed(b"null")
    assert decode_attribute("theme", b"") == Attribute("theme", None, None, "empty", 0)


def test_an_unreadable_attribute_is_a_value() -> None:
    assert decode_attribute("a", b"[1,").value == Undecodable("no JSON: expecting value at character 3", b"[1,")
    assert decode_attribute("a", b"[1,").encoding == "json"


@pytest.mark.parametrize(
    ("value", "like", "written"),
    [
        (JavaLong(1), LONG_PREFIX + bytes(8), LONG_PREFIX + b"\0\0\0\0\0\0\0\x01"),
        (JavaInt(0), b"1800", b"0"),
        (JavaString("a"), b'"b"', b'"a"'),
        (JavaString("a"), b"b", b"a"),
    ],
)
def test_it_writes_in_the_encoding_of_what_is_there(value: JavaValue, like: bytes, written: bytes) -> None:
    assert encode(value, like) == written


@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_every_value_that_real_applications_wrote_is_read(file: Path) -> None:
    document = json.loads(file.read_text())
    encodings = set()
    for key in document["keys"]:
        for name, raw in key["value"].items() if key["type"] == "hash" else ():
            attribute = decode_attribute(name, base64.b64decode(raw))
            assert not isinstance(attribute.value, Undecodable), (name, attribute.value)
            encodings.add(attribute.encoding)
    assert encodings - {"empty"} == {document["serializer"]}


def test_both_encodings_of_one_cart_are_the_same_value() -> None:
    carts = []
    for file in CAPTURED:
        for key in json.loads(file.read_text())["keys"]:
            if key["type"] == "hash" and "sessionAttr:cart" in key["value"]:
                carts.append(decode_attribute("cart", base64.b64decode(key["value"]["sessionAttr:cart"])).value)
    assert len(carts) >= len(CAPTURED)
    assert all(isinstance(cart, JavaObject) and cart.class_name == "shop.Cart" and cart.fields["currency"] == "EUR" for cart in carts)


@given(st.binary())
def test_any_bytes_give_an_attribute(raw: bytes) -> None:
    assert decode_attribute("a", raw).size == len(raw)
    assert codec_for(raw) in CODECS


@given(st.binary(min_size=1))
def test_what_sniffs_as_text_is_decoded_as_text(raw: bytes) -> None:
    codec = codec_for(raw)
    assert codec.NAME != "text" or isinstance(codec.decode(raw), Decoded)
