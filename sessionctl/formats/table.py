"""Aligned columns: for a person by rich, in a pipe by tabulate, and as blocks where each row is a record."""

from __future__ import annotations

from collections.abc import Iterator

from sessionctl.report import Report, Style


def lines(report: Report, style: Style) -> Iterator[str]:
    """The header and the rows; nothing at all where there are no rows."""
    if report.record:
        from sessionctl.formats import record

        return record.lines(report, style)
    if style.person:
        from sessionctl.formats import screen

        return screen.lines(report, style)
    from sessionctl.formats import piped

    return piped.lines(report, style)
