"""Every kind of column in its three forms, and the tables of kinds and formats."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.formats import FORMATS, load
from sessionctl.formats.cells import CELLS
from sessionctl.formats.escape import printable
from sessionctl.formats.times import MOST_MINUTES, Instants
from sessionctl.report import Kind
from sessionctl.units import rfc3339

from .samples import NOW, attributes

KINDS: list[tuple[Kind, Any, str, str, str]] = [
    (Kind.TEXT, "zoë", '"zoë"', "zoë", "zoë"),
    (Kind.TEXT, None, "null", "", "-"),
    (Kind.ID, "3f2a9c1e-0000", '"3f2a9c1e-0000"', "3f2a9c1e-0000", "3f2a9c1e-0000"),
    (Kind.STATE, "active", '"active"', "active", "active"),
    (Kind.INSTANT, NOW - 300_000, '"2026-11-23T07:55:00.123Z"', "2026-11-23T07:55:00.123Z", "5m ago"),
    (Kind.INSTANT, 2**62, '"4611686018427387904"', "4611686018427387904", "in 53375974803d 7h"),
    (Kind.INSTANT, None, "null", "", "-"),
    (Kind.DURATION, 1_798_860, "1798.860", "1798.860", "29m 58s"),
    (Kind.DURATION, -5, "-0.005", "-0.005", "-5ms"),
    (Kind.DURATION, None, "null", "", "-"),
    (Kind.INTERVAL, 1800, "1800", "1800", "30m"),
    (Kind.INTERVAL, -1, "-1", "-1", "never"),
    (Kind.BYTES, 1434, "1434", "1434", "1.4 KiB"),
    (Kind.COUNT, 12345, "12345", "12345", "12,345"),
    (Kind.FLAG, True, "true", "true", "yes"),
    (Kind.FLAG, False, "false", "false", "no"),
    (Kind.FLAG, None, "null", "", "-"),
    (Kind.NAMES, ["a", "b"], '["a","b"]', "a,b", "a, b"),
    (Kind.NAMES, [], "[]", "", "-"),
    (Kind.TABLE, attributes(("a", "T", 1, 2)), '{"a":2}', '{"a":2}', '{"a":2}'),
    (Kind.VALUE, {"a": [1]}, '{"a":[1]}', '{"a":[1]}', '{"a":[1]}'),
    (Kind.VALUE, "dark", '"dark"', "dark", "dark"),
    (Kind.VALUE, None, "null", "", "-"),
    (Kind.DOCUMENT, '{"a":[1]}', '{"a":[1]}', '{"a":[1]}', '{"a":[1]}'),
    (Kind.DOCUMENT, None, "null", "", "-"),
]


@pytest.mark.parametrize(("kind", "value", "json", "plain", "human"), KINDS)
def test_the_three_forms(kind: Kind, value: Any, json: str, plain: str, human: str) -> None:
    cells = CELLS[kind]
    assert (cells.json([value]), cells.plain([value]), cells.human([value], NOW)) == ([json], [plain], [human])


def test_every_kind_has_its_row() -> None:
    assert set(CELLS) == set(Kind)


def test_every_format_is_there() -> None:
    assert all(callable(load(name).lines) for name in FORMATS)


@given(st.lists(st.none() | st.integers(NOW - 10**9, NOW) | st.integers(-(2**63), 2**63 - 1)))
def test_columns_of_instants_are_as_single_ones(column: list[int | None]) -> None:
    expected = ["-" if value is None else f"'{rfc3339(value)}'" for value in column]
    assert Instants("'", "-")(column) == expected


def test_the_cache_of_minutes_stays_small() -> None:
    instants = Instants("", "")
    for start in range(0, 3 * MOST_MINUTES, 100):
        instants([minute * 60_000 for minute in range(start, start + 100)])
    assert len(instants.minutes) <= MOST_MINUTES + 100


@given(st.text(st.characters()))
def test_what_is_printable_has_no_control_no_surrogate_and_no_direction(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert not set(shown) & {chr(code) for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
