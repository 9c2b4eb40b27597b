"""Tables on a terminal of 80 columns and in a pipe, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionctl.formats import load
from sessionctl.report import Field, Kind, Listed, Report, Style

from .samples import COLOUR, FIELDS, NOW, PIPE, ROWS, SCREEN, shown, written

_TWO = (FIELDS[0], FIELDS[2])
MANY = [(f"{number * 7919:08x}-id", f"user{number}", "active", NOW - number * 1000, 1800, number * 100, number) for number in range(450)]


def test_on_a_terminal_ids_are_short_and_times_relative() -> None:
    assert shown("table", SCREEN) == (
        "ID        PRINCIPAL  STATE    CREATED    TIMEOUT  REMAINING     SIZE\n"
        "3f2a9c1e  alice      active   3d 4h ago  30m      29m 58s    1.4 KiB\n"
        "b4d11e07  -          expired  1h ago     15m      -5m          512 B\n"
        "77aa0012  zoë        partial  -          never    -                -\n"
    )


def test_colours_tell_the_state() -> None:
    bold, reset = "\x1b[1m", "\x1b[0m"
    assert shown("table", COLOUR, [row[:3] for row in ROWS], FIELDS[:3]) == (
        f"{bold}ID      {reset}{bold}  {reset}{bold}PRINCIPAL{reset}{bold}  {reset}{bold}STATE  {reset}\n"
        "3f2a9c1e  alice      \x1b[32mactive \x1b[0m\n"
        "b4d11e07  -          \x1b[33mexpired\x1b[0m\n"
        "77aa0012  zoë        \x1b[31mpartial\x1b[0m\n"
    )


def test_on_a_narrow_terminal_all_but_the_ids_is_cut() -> None:
    assert shown("table", replace(SCREEN, width=60)) == (
        "ID        PRINC…  STATE   CREATED  TIMEOUT  REMAIN…     SIZE\n"
        "3f2a9c1e  alice   active  3d 4h …  30m      29m 58s  1.4 KiB\n"
        "b4d11e07  -       expir…  1h ago   15m      -5m        512 B\n"
        "77aa0012  zoë     parti…  -        never    -              -\n"
    )


def test_where_no_cutting_helps_lines_are_longer_than_the_terminal() -> None:
    assert (
        shown("table", replace(SCREEN, width=40)).splitlines()[1] == "3f2a9c1e  alice      active   3d 4h ago  30m      29m 58s    1.4 KiB"
    )


def test_in_a_pipe_everything_is_whole_and_every_line_has_as_many_words() -> None:
    assert shown("table", PIPE) == (
        "ID                                    PRINCIPAL  STATE    CREATED                   TIMEOUT  REMAINING  SIZE\n"
        "3f2a9c1e-0000-4000-8000-000000000001  alice      active   2026-11-20T04:00:00.123Z  1800     1798.860   1434\n"
        "b4d11e07-0000-4000-8000-000000000002  -          expired  2026-11-23T07:00:00.123Z  900      -300.000    512\n"
        "77aa0012-0000-4000-8000-000000000003  zoë        partial  -                         -1       -             -\n"
    )


def test_colour_in_a_pipe_where_it_is_asked_for() -> None:
    rows = [("a", "active"), ("b", None)] * 150
    coloured = written(load("table").lines(Report(_TWO, [Listed(_TWO, rows), Listed(_TWO, rows)]), replace(PIPE, colour=True)))
    assert coloured.splitlines()[:3] == ["\x1b[1mID\x1b[0m  \x1b[1mSTATE\x1b[0m", "a   \x1b[32mactive\x1b[0m", "b   -"]
    plain = written(load("table").lines(Report(_TWO, [Listed(_TWO, rows), Listed(_TWO, rows)]), PIPE))
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


@pytest.mark.parametrize("style", [SCREEN, COLOUR, PIPE])
def test_without_rows_nothing_is_printed(style: Style) -> None:
    assert shown("table", style, []) == ""


def test_ids_are_as_long_as_it_takes_to_tell_them_apart() -> None:
    rows = [("aaaaaaaaaa1x",), ("aaaaaaaaaa2x",), ("b",)]
    assert shown("table", SCREEN, rows, FIELDS[:1]) == "ID\naaaaaaaaaa1\naaaaaaaaaa2\nb\n"


@pytest.mark.parametrize("style", [replace(SCREEN, whole_ids=True), replace(SCREEN, reveal=True)])
def test_ids_are_whole_where_they_are_asked_for(style: Style) -> None:
    assert shown("table", style, [("3f2a9c1e-0000-4000",)], FIELDS[:1]) == "ID\n3f2a9c1e-0000-4000\n"


def test_the_widest_text_is_cut_to_fit() -> None:
    fields = (FIELDS[0], FIELDS[1], Field("attributeNames", "ATTRIBUTES", Kind.NAMES))
    rows = [
        ("3f2a9c1e", "a rather long name of a principal", ["cart", "theme", "visits", "SPRING_SECURITY_CONTEXT"]),
        ("b4d11e07", "日本語日本語日本語", []),
    ]
    assert shown("table", replace(SCREEN, width=40), rows, fields) == (
        "ID        PRINCIPAL       ATTRIBUTES\n3f2a9c1e  a rather long…  cart, theme, …\nb4d11e07  日本語日本語…   -\n"
    )


def test_stored_text_never_reaches_a_screen_or_a_line_raw() -> None:
    evil = "a\x1b[2J\nb\u202e\u200b\x9b[bold red]x[/] \udcff\U000e0041"
    for style in (replace(SCREEN, width=200), PIPE):
        assert shown("table", style, [(evil,)], FIELDS[1:2]) == (
            "PRINCIPAL\na\\x1b[2J\\nb\\u202e\\u200b\\x9b[bold red]x[/] \\xff\\U000e0041\n"
        )


@pytest.mark.parametrize("style", [SCREEN, COLOUR, PIPE])
def test_rows_that_stream_look_like_the_first_ones(style: Style) -> None:
    """150 rows are drawn by rich or tabulate, of 450 in batches of 50 only the first 200."""
    fixed = [(*row[:3], NOW - 60_000, 1800, 60_000, 512) for row in MANY]
    short = shown("table", style, fixed[:150]).splitlines()
    batches = [Listed(FIELDS, fixed[start : start + 50]) for start in range(0, 450, 50)]
    long = written(load("table").lines(Report(FIELDS, batches), style)).splitlines()
    assert (len(short), len(long)) == (151, 451)
    assert long[:151] == short
    assert long[201] == long[1].replace("00000000", f"{200 * 7919:08x}").replace("user0  ", "user200")


TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "M", "Zs", "Cc"]), max_size=15)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(["active", "gone", ""]), st.integers(0, 2**40)), min_size=1, max_size=5))
def test_by_hand_is_as_by_rich_and_as_by_tabulate(rows: list[tuple[Any, ...]]) -> None:
    fields = (*FIELDS[:3], FIELDS[6])
    last = ("i" * 8, "p" * 12, "s" * 7, 2**40)
    filler = [last] * 200
    for style in (replace(SCREEN, whole_ids=True, width=None), replace(COLOUR, whole_ids=True, width=40), PIPE):
        rich = shown("table", style, [*rows, *filler, last], fields)
        by_hand = written(load("table").lines(Report(fields, [Listed(fields, [*rows, *filler]), Listed(fields, [*rows, last])]), style))
        count = len(rows)
        assert by_hand.splitlines()[201 + count : 201 + 2 * count] == rich.splitlines()[1 : 1 + count]


def test_the_first_rows_are_shown_before_the_last_are_read() -> None:
    read: list[int] = []

    def batches() -> Iterator[Listed]:
        for start in range(0, 450, 50):
            read.append(start)
            yield Listed(FIELDS, MANY[start : start + 50])

    texts = load("table").lines(Report(FIELDS, batches()), PIPE)
    next(texts)
    assert read == [0, 50, 100, 150]
