"""JSON of Jackson, of fastjson and by hand: what it means, what is refused, what is written."""

from __future__ import annotations

import json as standard_json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import json
from sessionctl.model import Decoded, JavaObject, Undecodable
from sessionctl.plan import JavaInt, JavaLong, JavaString, JavaValue


def value(text: str) -> Any:
    decoded = json.decode(text.encode())
    assert isinstance(decoded, Decoded), decoded
    return decoded.value


def java_class(text: str) -> str | None:
    decoded = json.decode(text.encode())
    assert isinstance(decoded, Decoded), decoded
    return decoded.java_class


def reason(raw: bytes | str) -> str:
    decoded = json.decode(raw.encode() if isinstance(raw, str) else raw)
    assert isinstance(decoded, Undecodable), decoded
    return decoded.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1404360000000", 1404360000000),
        ('"dark"', "dark"),
        ('"\\ud83d\\ude00"', "😀"),
        ("true", True),
        ("null", None),
        ("0.25", 0.25),
        (' {"a": [1, 2]} ', {"a": [1, 2]}),
    ],
)
def test_plain_json_has_no_class(text: str, expected: Any) -> None:
    assert value(text) == expected
    assert java_class(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["java.lang.Long",5]', 5),
        ('["java.util.ArrayList",["a",["java.lang.Long",1]]]', ["a", 1]),
        ('["java.util.Collections$EmptyList",[]]', []),
        ('["java.util.Date",1404360000000]', "2014-07-03T04:00:00.000Z"),
        ('["java.util.Date","2014-07-03T04:00:00.000+00:00"]', "2014-07-03T04:00:00.000Z"),
        ('["java.sql.Timestamp",-1]', "1969-12-31T23:59:59.999Z"),
        ('["java.time.Instant",1404360000.123456789]', "2014-07-03T04:00:00.123456789Z"),
        ('["java.time.Instant","2014-07-03T04:00:00Z"]', "2014-07-03T04:00:00Z"),
        ('["java.time.Duration",5400]', "PT1H30M"),
        ('["java.time.LocalDate",[2014,7,3]]', "2014-07-03"),
        ('["java.time.LocalTime",[4,0]]', "04:00"),
        ('["java.time.LocalDateTime",[2014,7,3,4,0,5,1000000]]', "2014-07-03T04:00:05.001"),
        ('["java.util.UUID","265b0ed5-b9c5-4f63-8f68-2e4d0f9022c1"]', "265b0ed5-b9c5-4f63-8f68-2e4d0f9022c1"),
        ('["java.math.BigDecimal",12345678901234567890.120]', "12345678901234567890.120"),
        ('["java.math.BigDecimal",5]', "5"),
        ('["java.math.BigInteger",123456789012345678901234567890]', 123456789012345678901234567890),
        ('["[B","aGk="]', b"hi"),
        ('["[Ljava.lang.String;",["a","b"]]', ["a", "b"]),
        ('["java.lang.Class","shop.Cart"]', "shop.Cart"),
        ('["java.util.EnumSet<shop.Role>",["ADMIN"]]', ["ADMIN"]),
    ],
)
def test_jacksons_array_of_class_and_value_is_the_value(text: str, expected: Any) -> None:
    assert value(text) == expected
    assert java_class(text) == standard_json.loads(text)[0]


def test_a_map_class_is_a_dict_and_any_other_an_object() -> None:
    assert value('{"@class":"java.util.HashMap","n":["java.lang.Long",3]}') == {"n": 3}
    assert value('{"@class":"java.util.Collections$UnmodifiableMap"}') == {}
    assert value('["java.util.LinkedHashMap",{"a":["shop.Item",{"price":1.5}]}]') == {"a": JavaObject("shop.Item", {"price": 1.5})}
    assert value('{"@class":"shop.Cart","items":["java.util.ArrayList",[]]}') == JavaObject("shop.Cart", {"items": []})
    assert java_class('{"@class":"shop.Cart"}') == "shop.Cart"


def test_the_constant_of_an_enum_is_its_name_and_another_scalar_keeps_its_class() -> None:
    assert value('{"@class":"shop.Cart","state":["shop.State","PAID"]}') == JavaObject("shop.Cart", {"state": "PAID"})
    assert value('{"@class":"shop.Cart","id":["shop.Id",7]}') == JavaObject("shop.Cart", {"id": JavaObject("shop.Id", {"value": 7})})


@pytest.mark.parametrize(
    "text",
    [
        '["shop.Cart","shop.Item"]',  # nothing around it says that the mapper writes classes
        '["shop.Cart","a text"]',
        '["a.b","c"]',
        '["java.util.Date","java.util.UUID"]',
        '{"classes":["shop.Cart","PAID"]}',
        '["java.util.ArrayList",null]',
    ],
)
def test_a_list_of_the_applications_own_stays_a_list(text: str) -> None:
    assert value(text) == standard_json.loads(text)


def test_a_list_inside_its_wrapper_is_not_taken_for_a_wrapper() -> None:
    assert value('["java.util.ArrayList",["shop.Cart","PAID"]]') == ["shop.Cart", "PAID"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5L", 5),
        ("-1.5F", -1.5),
        ('{"@type":"java.util.HashMap","a":5L,"b":[2D,3S,4B],"text":"5L"}', {"a": 5, "b": [2, 3, 4], "text": "5L"}),
        ('{"@type":"java.util.Date","val":1404360000000}', "2014-07-03T04:00:00.000Z"),
        ('{"@type":"shop.Cart","tags":Set["a","b"],"counts":{1:2L}}', JavaObject("shop.Cart", {"tags": ["a", "b"], "counts": {"1": 2}})),
        ('{"@type":"Person"}', {"@type": "Person"}),  # JSON-LD, not fastjson
    ],
)
def test_fastjson(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"9" * 1_000_000, "a number of more than 4000 digits"),
        (b"[0." + b"1" * 1_000_000 + b"]", "a number of more than 4000 digits"),
        (b"[" * 100_000, "nested deeper than 500 brackets"),
        (b'{"a":' * 100_000, "nested deeper than 500 brackets"),
        (b"[" * 300 + b"]" * 300, "nested deeper than 200 values"),
        (b"[" + b"0," * 300_000 + b"0]", "more than 200000 values"),
        (b"[" + b'"",' * 1_000_000 + b'""]', "more than 200000 values"),
        (b'"' + b"a" * (100 << 20) + b'"', "larger than 16 MiB"),
        (b'"' + b'\\"' * (8 << 20), "larger than 16 MiB"),
        (b'"' + b'\\"' * (7 << 20), "no JSON: unterminated string starting at character 0"),
        (b'{"a":', "no JSON: expecting value at character 5"),
        (b'"a" b', "no JSON: extra data at character 4"),
        (b"[1L 2]", "no JSON: expecting ',' delimiter at character 2"),
        (b'{"a":1,"a":2}', "an object has the same key twice"),
        (b'"\\ud800"', "a text has half of a surrogate pair"),
        (b'"\\udc00\\ud800"', "a text has half of a surrogate pair"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b"", "no JSON: expecting value at character 0"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_is_refused_says_why_and_keeps_the_bytes(raw: bytes, expected: str) -> None:
    assert reason(raw) == expected
    assert json.decode(raw) == Undecodable(expected, raw)


def test_a_text_may_hold_what_would_exceed_a_limit_outside() -> None:
    text = "[" * 1000 + "," * 300_000 + '\\"' + "9" * 5000
    assert value(standard_json.dumps(text)) == text
    assert value('"\\\\ud800"') == "\\ud800"


@pytest.mark.parametrize(
    ("text", "is_json"), [("[]", True), ("12 apples", False), ("2014-07-03", False), ("[INFO] started", False), ("nullable", False)]
)
def test_only_what_can_be_json_looks_like_it(text: str, is_json: bool) -> None:
    assert json.sniff(text.encode()) is is_json


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"1404360000000", 1404360000000),
        (b"-1", -1),
        (b"0", 0),
        (b'["java.lang.Long",5]', 5),
        (b"5L", 5),
        (b"9223372036854775807", 2**63 - 1),
        (b"9223372036854775808", None),
        (b"12345678901234567890", None),
        (b"1_000", None),
        (b" 1", None),
        (b"1\n", None),
        (b"007", None),
        (b"1.0", None),
        (b"1e3", None),
        (b"true", None),
        (b'"1"', None),
        (b"\xd9\xa1", None),  # an Arabic digit
        (b'["java.lang.Long",5', None),
        (b"", None),
    ],
)
def test_long_of(raw: bytes, number: int | None) -> None:
    assert json.long_of(raw) == number


@pytest.mark.parametrize(
    ("new", "like", "written"),
    [
        (JavaLong(1404360000000), b"1404000000000", b"1404360000000"),
        (JavaLong(1404360000000), b'["java.lang.Long",1404000000000]', b'["java.lang.Long",1404360000000]'),
        (JavaLong(5), b'["java.lang.Long",1404000000000]', b'["java.lang.Long",5]'),
        (JavaLong(5), b"7L", b"5L"),
        (JavaLong(1404360000000), b"7L", b"1404360000000"),
        (JavaInt(1800), b"600", b"1800"),
        (JavaInt(0), b"1800", b"0"),
        (JavaString('a"\\\n\x1f/ü'), b'""', '"a\\"\\\\\\n\\u001F/ü"'.encode()),
        (JavaString("\\u00ab"), b'""', b'"\\\\u00ab"'),
        (JavaString("😀"), b'""', b'"\\uD83D\\uDE00"'),  # Jackson 2
        (JavaString("😀"), '"😎"'.encode(), '"😀"'.encode()),  # Jackson 3
    ],
)
def test_it_writes_in_the_style_that_is_there(new: JavaValue, like: bytes, written: bytes) -> None:
    assert json.encode(new, like) == written


@pytest.mark.parametrize("value", [JavaLong(1), JavaLong(-(2**31)), JavaLong(2**63), JavaInt(2**31)])
def test_a_number_that_would_come_back_as_another_class_is_refused(value: JavaValue) -> None:
    with pytest.raises(ValueError, match=r"would come back as an Integer|does not fit"):
        json.encode(value, b"1404360000000")


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from([b"1404360000000", b'["java.lang.Long",1404360000000]', b"7L"]))
def test_a_long_that_was_written_is_read_again(number: int, like: bytes) -> None:
    try:
        written = json.encode(JavaLong(number), like)
    except ValueError:
        assert -(2**31) <= number < 2**31
    else:
        assert json.long_of(written) == number
        assert json.decode(written) == Decoded(number, "java.lang.Long" if like.startswith(b"[") else None)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from([b'""', '"😎"'.encode()]))
def test_a_text_that_was_written_is_read_again(text: str, like: bytes) -> None:
    assert json.decode(json.encode(JavaString(text), like)) == Decoded(text)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["java.util.Date", "shop.Cart", "@class", "[B", "A"])
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@class", "@type", "val", "a"]), inner, max_size=3),
)


@given(_JSON)
def test_any_document_is_decoded_without_an_exception(document: Any) -> None:
    assert isinstance(json.decode(standard_json.dumps(document).encode()), Decoded | Undecodable)


@given(st.binary())
def test_any_bytes_are_decoded_without_an_exception(raw: bytes) -> None:
    assert isinstance(json.decode(raw), Decoded | Undecodable)
