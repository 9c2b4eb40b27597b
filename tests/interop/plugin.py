"""When the tests with real applications run, and what becomes of their results: part of tests/conftest.py.

They run when asked for by ``-m interop`` (``-n 2``: on two processors); any other run says that it has left them out. ``--interop-table``
writes the results of a whole run into README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from tests.interop import table

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

COMMAND = "pytest -m interop"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--interop-table", action="store_true", help="With -m interop: write the results into README.md.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests out but one, which stands for all of them and is skipped."""
    applications = [item for item in items if item.get_closest_marker("interop")]
    if applications and "interop" not in config.option.markexpr:
        first, *others = applications
        first.add_marker(pytest.mark.skip(reason=f"{len(applications)} tests with real Spring Boot applications: {COMMAND} runs them"))
        items[:] = [item for item in items if item is first or item not in set(others)]
        config.hook.pytest_deselected(items=others)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """In the process that the user has started, also where workers run the tests."""
    for report in _reports(terminalreporter, "skipped"):
        if isinstance(report.longrepr, tuple) and COMMAND in report.longrepr[2]:
            terminalreporter.write_line(report.longrepr[2].removeprefix("Skipped: "))
    if config.option.interop_table:
        reports = [report for outcome in ("passed", "failed", "error") for report in _reports(terminalreporter, outcome)]
        table.write({report.nodeid: report.passed for report in reports if report.when == "call" or not report.passed})


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """All tests of a place go to one worker, where its application runs."""
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):  # type: ignore[misc]  # untyped in pytest-xdist
        def _split_scope(self, nodeid: str) -> str:
            place = re.search(r"\[([\d.]+(-\w+){3})", nodeid)
            return place[1] if place else nodeid

    return ByPlace(config, log) if "interop" in config.option.markexpr else None


def _reports(reporter: TerminalReporter, outcome: str) -> Iterable[Any]:
    return reporter.stats.get(outcome, ())
