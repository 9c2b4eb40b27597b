"""The table of cells and their results in README.md, as ``pytest -m interop --interop-table`` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.interop.cells import CELLS, LAYOUTS, REPOSITORIES, VERSIONS, Cell

README: Final = Path(__file__).parents[2] / "README.md"
BLOCK: Final = re.compile(r"(<!-- interop -->\n).*?(\n<!-- /interop -->)", re.DOTALL)

CHECKS: Final = {
    "listed and shown": r"test_listing\.py",
    "`delete`": r"test_a_session_ends\[.*delete|test_whom|test_everywhere",
    "`expire`": r"test_a_session_ends\[.*expire",
    "request in flight": r"test_a_request",
    "`extend`": r"test_extending\.py",
}
"""What is checked in every cell, and the tests of it."""


def write(results: Mapping[str, bool]) -> None:
    """Puts the results (whether a test has passed, by its name) into README.md."""
    text = README.read_text("utf-8")
    README.write_text(BLOCK.sub(lambda found: found[1] + table(results) + found[2], text), "utf-8")


def table(results: Mapping[str, bool]) -> str:
    heads = ["repository", "Spring Boot", *CHECKS]
    rows = [
        [f"`{name}`" if version == VERSIONS[-1] else "", version, *(_checked(results, version, repository, tests) for tests in CHECKS.values())]
        for repository, name in REPOSITORIES.items()
        for version in reversed(VERSIONS)
        if any((cell.version, cell.repository) == (version, repository) for cell in CELLS)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *rows])
