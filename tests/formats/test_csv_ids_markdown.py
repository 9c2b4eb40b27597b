"""CSV, ids and Markdown, letter by letter."""

from __future__ import annotations

import csv
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sessionctl.report import Field, Kind

from .samples import FIELDS, PIPE, SCREEN, attributes, shown

ID = FIELDS[:1]


def test_csv_has_a_header_and_plain_cells() -> None:
    assert shown("csv", PIPE) == (
        "id,principal,state,creationTime,maxInactiveInterval,remaining,size\n"
        "3f2a9c1e-0000-4000-8000-000000000001,alice,active,2026-11-20T04:00:00.123Z,1800,1798.860,1434\n"
        "b4d11e07-0000-4000-8000-000000000002,,expired,2026-11-23T07:00:00.123Z,900,-300.000,512\n"
        "77aa0012-0000-4000-8000-000000000003,zoë,partial,,-1,,\n"
    )


def test_csv_has_a_header_even_for_nothing() -> None:
    assert shown("csv", PIPE, [], FIELDS[:2]) == "id,principal\n"


def test_csv_quotes_and_changes_nothing() -> None:
    fields = (FIELDS[1], Field("n", "N", Kind.NAMES))
    rows = [('say "hi", all', ["a", "b"]), ("two\nlines", []), ("=1+1", ["-x"])]
    assert shown("csv", PIPE, rows, fields) == ('principal,n\n"say ""hi"", all","a,b"\n"two\nlines",\n"=1+1","-x"\n')


@given(st.lists(st.tuples(st.text(), st.text()), max_size=3))
def test_csv_comes_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    text = shown("csv", PIPE, rows, (FIELDS[0], FIELDS[1]))
    _, *again = csv.reader(line + "\n" for line in text.split("\n")[:-1])
    assert [tuple(row) for row in again] == rows


def test_a_csv_of_one_empty_cell_is_no_empty_line() -> None:
    assert shown("csv", PIPE, [(None,)], FIELDS[1:2]) == 'principal\n""\n'


def test_csv_on_a_terminal_is_escaped() -> None:
    assert shown("csv", SCREEN, [("a\x1b[2J\nb",)], FIELDS[1:2]) == "principal\na\\x1b[2J\\nb\n"


def test_ids() -> None:
    assert shown("ids", PIPE) == (
        "3f2a9c1e-0000-4000-8000-000000000001\nb4d11e07-0000-4000-8000-000000000002\n77aa0012-0000-4000-8000-000000000003\n"
    )
    assert shown("ids", PIPE, []) == ""


def test_ids_ended_with_nul() -> None:
    assert shown("ids", replace(PIPE, separator="\0"), [("a",), ("b\nc",)], ID) == "a\0b\nc\0"


def test_an_id_is_never_read_as_two() -> None:
    assert shown("ids", PIPE, [("a\nb",), ("c\x1b",)], ID) == "a\\nb\nc\x1b\n"
    assert shown("ids", replace(PIPE, separator="\0"), [("a\0b",)], ID) == "a\\x00b\0"


def test_ids_on_a_terminal_are_whole_and_escaped() -> None:
    assert shown("ids", SCREEN, [("3f2a9c1e-0000-4000",), ("c\x1b",)], ID) == "3f2a9c1e-0000-4000\nc\\x1b\n"


def test_ids_of_a_report_without_ids_are_its_first_column() -> None:
    assert shown("ids", PIPE, [("spring:session", 7)], (FIELDS[1], Field("sessions", "SESSIONS", Kind.COUNT))) == "spring:session\n"


def test_markdown() -> None:
    fields = (FIELDS[1], FIELDS[6], Field("attributes", "VALUES", Kind.TABLE))
    rows = [("a|b\n<i>", 1434, attributes(("theme", "T", 1, "dark"))), (None, None, None)]
    assert shown("markdown", PIPE, rows, fields) == (
        "| PRINCIPAL    |   SIZE | VALUES           |\n"
        "|:-------------|-------:|:-----------------|\n"
        '| a\\|b\\n&lt;i> |   1434 | {"theme":"dark"} |\n'
        "|              |        |                  |\n"
    )


def test_markdown_of_nothing_is_its_header() -> None:
    assert shown("markdown", PIPE, [], FIELDS[:2]) == "| ID   | PRINCIPAL   |\n|------|-------------|\n"
