"""The table of cells and their results in README.md, as ``pytest -m interop --interop-table`` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from tests.interop.cells import CELLS, REPOSITORIES, SERIALIZERS, VERSIONS, WHERE, Cell
from tests.readme import README

BLOCK: Final = re.compile(r"(<!-- interop -->\n).*?(\n<!-- /interop -->)", re.DOTALL)

CHECKS: Final = {
    "`ls`, `show`": r"/test_listing\.py",
    "`delete`": r"test_(a_session_ends|listeners\w*)\[.*delete|test_(what|whom|everywhere)_",
    "`expire`": r"test_(a_session_ends|listeners\w*)\[.*expire",
    "in flight": r"test_a_request",
    "`extend`": r"/test_extending\.py",
}
"""What is checked in every cell, and the tests that do it, by their names."""

HEAD: Final = ["repository", "Spring Boot", "on", *CHECKS]


def write(results: Mapping[str, bool]) -> None:
    """Puts the results (whether a test has passed, by its name) into README.md."""
    text = README.read_text("utf-8")
    README.write_text(BLOCK.sub(lambda found: found[1] + table(results) + found[2], text), "utf-8")


def table(results: Mapping[str, bool]) -> str:
    """A row for each repository, version and topology; in it the serializers with which all tests of a check have passed."""
    rows = [HEAD, ["---"] * len(HEAD), *_rows(results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rows(results: Mapping[str, bool]) -> Iterator[list[str]]:
    for repository, what in REPOSITORIES.items():
        for version in VERSIONS:
            cells = [cell for cell in CELLS if (cell.repository, cell.version) == (repository, version)]
            for where in WHERE if cells else ():
                yield [what, version, WHERE[where], *(_passed(results, cells, where, tests) for tests in CHECKS.values())]


def _passed(results: Mapping[str, bool], cells: list[Cell], where: str, tests: str) -> str:
    return ", ".join(SERIALIZERS[cell.serializer] + _mark(results, f"{cell}-{where}", tests) for cell in cells)


def _mark(results: Mapping[str, bool], place: str, tests: str) -> str:
    outcomes = [passed for name, passed in results.items() if re.search(tests, name) and re.search(rf"\b{re.escape(place)}\b", name)]
    return " –" if not outcomes else " ✓" if all(outcomes) else " ✗"
