"""Blocks of one record each, letter by letter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sessionctl.formats.values import MAX_SHOWN, TOO_LARGE
from sessionctl.model import JavaObject, Reference, Undecodable
from sessionctl.report import Field, Kind, Table

from .samples import COLOUR, FIELDS, NOW, PIPE, ROWS, SCREEN, attributes, shown

ID = ROWS[0][0]
NAMES = Field("warnings", "WARNINGS", Kind.NAMES)
VALUES = Field("attributes", "VALUES", Kind.TABLE)
CART: Any = [
    {"sku": "A1", "tags": [], "sizes": [["s", "m"], []]},
    JavaObject("com.acme.Item", {"name": "x\x1b[2J", "raw": b"\0\1", "cart": Reference("com.acme.Cart")}, 77),
]
KEYS = Table(
    (Field("key", "KEY", Kind.TEXT), Field("ttl", "TTL", Kind.DURATION), Field("note", "AGAINST THE DEADLINE", Kind.TEXT)),
    [
        (f"spring:session:sessions:{ID}", 1_798_860, "at the deadline"),
        ("spring:session:index:a.very.long.name.of.an.index.of.principals:alice", None, "no TTL: it is shared by many sessions"),
    ],
    [],
)


def test_a_record_on_a_terminal() -> None:
    rows = [(*ROWS[0], [], attributes(("theme", "java.lang.String", 11, "dark"), ("cart", "java.util.ArrayList", 3120, CART)))]
    assert shown("table", SCREEN, rows, (*FIELDS, NAMES, VALUES), record=True) == (
        "id:                   3f2a9c1e\n"
        "principal:            alice\n"
        "state:                active\n"
        "creationTime:         2026-11-20T04:00:00.123Z (3d 4h ago)\n"
        "maxInactiveInterval:  30m\n"
        "remaining:            29m 58s\n"
        "size:                 1.4 KiB\n"
        "warnings:             -\n"
        "attributes:\n"
        "  NAME   TYPE                    SIZE  VALUE\n"
        "  theme  java.lang.String        11 B  dark\n"
        "  cart   java.util.ArrayList  3.0 KiB\n"
        "      - sku: A1\n"
        "        tags: []\n"
        "        sizes:\n"
        "          - - s\n"
        "            - m\n"
        "          - []\n"
        "      - @class: com.acme.Item\n"
        "        name: x\\x1b[2J\n"
        "        raw: 2 bytes: AAE=\n"
        "        cart: (the com.acme.Cart above)\n"
    )


def test_a_record_in_a_pipe_is_plain_and_records_are_apart() -> None:
    assert shown("table", PIPE, [row[:4] for row in ROWS[1:]], FIELDS[:4], record=True) == (
        "id:            b4d11e07-0000-4000-8000-000000000002\n"
        "principal:     -\n"
        "state:         expired\n"
        "creationTime:  2026-11-23T07:00:00.123Z\n"
        "\n"
        "id:            77aa0012-0000-4000-8000-000000000003\n"
        "principal:     zoë\n"
        "state:         partial\n"
        "creationTime:  -\n"
    )


def test_names_and_states_are_coloured() -> None:
    assert shown("table", COLOUR, [("expired",)], FIELDS[2:3], record=True) == "\x1b[1mstate:\x1b[0m  \x1b[33mexpired\x1b[0m\n"


def test_a_long_list_has_a_line_for_each_element() -> None:
    warnings = ["its deadline has passed: the application takes it for expired", "its hash has no TTL: Redis will never remove it"]
    assert shown("table", SCREEN, [("active", warnings)], (FIELDS[2], NAMES), record=True) == (
        "state:     active\n"
        "warnings:  its deadline has passed: the application takes it for expired\n"
        "           its hash has no TTL: Redis will never remove it\n"
    )


def test_ids_are_short_wherever_they_stand_and_a_narrow_screen_keeps_the_ends_of_keys() -> None:
    keys = Field("keys", "KEYS", Kind.TABLE)
    assert shown("table", SCREEN, [(ID, KEYS)], (FIELDS[0], keys), record=True) == (
        "id:    3f2a9c1e\n"
        "keys:\n"
        "  KEY                                                  TTL      AGAINST THE DEADLINE\n"
        "  spring:session:sessions:3f2a9c1e…                    29m 58s  at the deadline\n"
        "  spring:sessi…g.name.of.an.index.of.principals:alice  -\n"
        "      no TTL: it is shared by many sessions\n"
    )
    assert ID in shown("table", replace(SCREEN, reveal=True, width=200), [(ID, KEYS)], (FIELDS[0], keys), record=True)


def test_what_could_not_be_read_says_why() -> None:
    rows = [(attributes(("cart", "jdk", 3, Undecodable("truncated at byte 3")), ("none", "jdk", 0, None)),)]
    assert shown("table", PIPE, rows, (VALUES,), record=True) == (
        "attributes:\n"  #
        "  NAME  TYPE  SIZE  VALUE\n"
        "  cart  jdk      3  (can't be read: truncated at byte 3)\n"
        "  none  jdk      0  -\n"
    )


def test_a_value_of_its_own() -> None:
    value = Field("value", "VALUE", Kind.VALUE)
    assert shown("table", PIPE, [({"a": 1, "b": [True, None]},)], (value,), record=True) == "value:\n  a: 1\n  b:\n    - true\n    - null\n"
    assert shown("table", PIPE, [({},)], (value,), record=True) == "value:  {}\n"


def test_no_value_floods_the_screen() -> None:
    value = Field("value", "VALUE", Kind.VALUE)
    text = shown("table", SCREEN, [("x" * 1_000_000,)], (value,), record=True)
    assert text.endswith(TOO_LARGE + "\n")
    assert len(text) < MAX_SHOWN + 100
    text = shown("table", SCREEN, [(["x" * 1000] * 100_000,)], (value,), record=True)
    assert text.endswith(f"  - {TOO_LARGE}\n")
    assert len(text) < MAX_SHOWN + 1000


def test_an_empty_table_is_a_dash() -> None:
    assert shown("table", PIPE, [(attributes(),)], (VALUES,), record=True) == "attributes:  -\n"


def test_times_are_against_the_present() -> None:
    assert shown("table", SCREEN, [(NOW + 60_000,)], FIELDS[3:4], record=True) == "creationTime:  2026-11-23T08:01:00.123Z (in 1m)\n"
