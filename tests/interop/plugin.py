"""When the tests with real applications run, and what becomes of their results: part of tests/conftest.py.

They run when asked for by ``-m interop``; any other run says that it has left them out. ``--interop-table`` writes the results of a whole
run into README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from tests.interop import table

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

COMMAND = "pytest -m interop"
REASON = f"real Spring Boot applications; {COMMAND} starts them"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--interop-table", action="store_true", help="With -m interop: write the results into README.md.")


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    if "interop" not in config.option.markexpr:
        for item in items:
            if item.get_closest_marker("interop"):
                item.add_marker(pytest.mark.skip(reason=REASON))


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """In the process that the user has started, also where workers run the tests."""
    skipped = [report for report in _reports(terminalreporter, "skipped") if REASON in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests with real applications were left out; {COMMAND} runs them")
    if config.option.interop_table:
        reports = [report for outcome in ("passed", "failed", "error") for report in _reports(terminalreporter, outcome)]
        table.write({report.nodeid: report.passed for report in reports if report.when == "call" or not report.passed})


def _reports(reporter: TerminalReporter, outcome: str) -> Iterable[Any]:
    return reporter.stats.get(outcome, ())
