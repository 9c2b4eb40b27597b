"""JSON and NDJSON: the documents, and that they are JSON whatever is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.formats import load
from sessionctl.formats.values import TOO_LARGE, json_text
from sessionctl.model import JavaObject, Reference, Undecodable
from sessionctl.report import Field, Kind, Listed, Report

from .samples import FIELDS, PIPE, ROWS, SCREEN, attributes, shown, written

FIRST = (
    '{"id":"3f2a9c1e-0000-4000-8000-000000000001","principal":"alice","state":"active","creationTime":"2026-11-20T04:00:00.123Z",'
    '"maxInactiveInterval":1800,"remaining":1798.860,"size":1434}'
)
SECOND = (
    '{"id":"b4d11e07-0000-4000-8000-000000000002","principal":null,"state":"expired","creationTime":"2026-11-23T07:00:00.123Z",'
    '"maxInactiveInterval":900,"remaining":-300.000,"size":512}'
)
THIRD = (
    '{"id":"77aa0012-0000-4000-8000-000000000003","principal":"zoë","state":"partial","creationTime":null,'
    '"maxInactiveInterval":-1,"remaining":null,"size":null}'
)
TEXT = (FIELDS[1],)


@pytest.mark.parametrize("style", [PIPE, SCREEN])
def test_an_array_has_an_object_a_line(style: Any) -> None:
    assert shown("json", style) == f"[\n{FIRST},\n{SECOND},\n{THIRD}\n]\n"


def test_batches_make_one_array() -> None:
    batches = [Listed(FIELDS, ROWS[:1]), Listed(FIELDS, []), Listed(FIELDS, ROWS[1:])]
    assert written(load("json").lines(Report(FIELDS, batches), PIPE)) == f"[\n{FIRST},\n{SECOND},\n{THIRD}\n]\n"


def test_nothing_is_an_empty_array() -> None:
    assert shown("json", PIPE, []) == "[]\n"
    assert shown("ndjson", PIPE, []) == ""


def test_records_are_an_array_and_a_single_one_is_an_object() -> None:
    assert shown("json", PIPE, ROWS[:1], record=True) == f"[\n{FIRST}\n]\n"
    assert shown("json", PIPE, ROWS[:1], record=True, single=True) == FIRST + "\n"


def test_ndjson_has_an_object_a_line() -> None:
    assert shown("ndjson", PIPE) == f"{FIRST}\n{SECOND}\n{THIRD}\n"


def test_text_is_escaped_where_it_must_be() -> None:
    assert shown("ndjson", PIPE, [('"\\\n\x00é日',), ("100%s",)], TEXT) == ('{"principal":"\\"\\\\\\n\\u0000é日"}\n{"principal":"100%s"}\n')


def test_bytes_that_are_no_utf_8_are_written_as_escapes() -> None:
    text = shown("ndjson", PIPE, [("a\udcff",), ("\ud83d",)], TEXT)
    assert text == '{"principal":"a\\udcff"}\n{"principal":"\\ud83d"}\n'
    assert json.loads(text.splitlines()[0]) == {"principal": "a\udcff"}


def test_on_a_terminal_nothing_is_raw_and_the_document_is_the_same() -> None:
    evil = "\x7f\x9b\u202e\u2028\U000e0041 é"
    text = shown("ndjson", SCREEN, [(evil,)], TEXT)
    assert text == '{"principal":"\\u007f\\u009b\\u202e\\u2028\\udb40\\udc41 é"}\n'
    assert json.loads(text) == {"principal": evil}


VALUES: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "true"),
    (2**64, "18446744073709551616"),
    (1.5, "1.5"),
    (float("nan"), '"NaN"'),
    (float("-inf"), '"-Infinity"'),
    ("dark", '"dark"'),
    (b"\0\1", '{"base64":"AAE="}'),
    ([], "[]"),
    ({}, "{}"),
    ([1, [2, {}], {"a": [], "b": "c"}, 3], '[1,[2,{}],{"a":[],"b":"c"},3]'),
    (
        JavaObject("com.acme.Cart", {"count": 2, "items": ["a"]}, 77),
        '{"@class":"com.acme.Cart","@serialVersionUID":"77","count":2,"items":["a"]}',
    ),
    (JavaObject("com.acme.Point", {"x": 1}, 0), '{"@class":"com.acme.Point","x":1}'),
    (Reference("com.acme.Cart"), '{"@ref":"com.acme.Cart"}'),
    (Undecodable("truncated"), '{"undecodable":"truncated"}'),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_values(value: Any, text: str) -> None:
    assert json_text(value) == text
    assert shown("ndjson", PIPE, [(value,)], (Field("value", "VALUE", Kind.VALUE),)) == f'{{"value":{text}}}\n'


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_values_come_back_as_they_were(value: Any) -> None:
    assert json.loads(json_text(value)) == value


def test_a_deep_value() -> None:
    deep: Any = "end"
    for _ in range(5_000):
        deep = JavaObject("C", {"next": [deep]})
    assert json_text(deep).count("@class") == 5_000


def test_a_value_whose_parts_are_shared_a_lot_is_cut_and_stays_json() -> None:
    shared: Any = ["x" * 100]
    for _ in range(40):
        shared = {"left": shared, "right": shared}
    document = json.loads(text := json_text(shared, limit=10_000))
    assert len(text) < 12_000
    assert TOO_LARGE in text
    assert set(document) <= {"left", "right", TOO_LARGE}


def test_tables_names_and_flags() -> None:
    fields = (Field("a", "A", Kind.TABLE), Field("n", "N", Kind.NAMES), Field("f", "F", Kind.FLAG), Field("c", "C", Kind.COUNT))
    rows = [(attributes(("theme", "T", 1, "dark")), ["x", 'y"'], True, 7), (None, None, None, None)]
    assert shown("ndjson", PIPE, rows, fields) == (
        '{"a":{"theme":"dark"},"n":["x","y\\""],"f":true,"c":7}\n{"a":null,"n":null,"f":null,"c":null}\n'
    )
