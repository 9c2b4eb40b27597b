"""The table of results in README.md."""

from __future__ import annotations

from tests.interop.cells import CELLS
from tests.interop.table import BLOCK, CHECKS, HEAD, table
from tests.readme import README


def test_a_row_names_the_serializers_with_which_all_has_passed() -> None:
    results = {
        "tests/interop/test_ending.py::test_a_session_ends[2.7-indexed-jdk-single-delete]": True,
        "tests/interop/test_ending.py::test_a_session_ends[2.7-indexed-jdk-single-expire]": False,
        "tests/interop/test_ending.py::test_everywhere_but_here[2.7-indexed-jdk-single]": True,
        "tests/interop/test_ending.py::test_everywhere_but_here[2.7-rindexed-jdk-single]": False,
        "tests/interop/test_listing.py::test_a_user_is_found_by_name[2.7-indexed-json-single]": True,
    }
    [row] = [
        row for row in table(results).splitlines() if row.startswith("| RedisIndexedSessionRepository, minute buckets | 2.7 | one Redis")
    ]
    assert row.split(" | ")[3:] == ["JDK –, JSON ✓", "JDK ✓, JSON –", "JDK ✗, JSON –", "JDK –, JSON –", "JDK –, JSON – |"]


def test_the_table_of_the_readme_has_every_cell_and_no_failure() -> None:
    [block] = BLOCK.finditer(README.read_text("utf-8"))
    rows = [line for line in block[0].splitlines() if line.startswith("|")]
    assert rows[0].strip("| ").split(" | ") == HEAD
    assert "\n".join(rows).count("✓") == len(CELLS) * 2 * len(CHECKS)
    assert "✗" not in block[0]
