"""Ids and nothing else, for another command: one a line, or ended with NUL for ``xargs -0``."""

from __future__ import annotations

from collections.abc import Iterator

from sessionctl.formats.escape import printable, printables
from sessionctl.formats.plain import texts
from sessionctl.report import Kind, Report, Style


def lines(report: Report, style: Style) -> Iterator[str]:
    """A batch of ids at a time; without a column of ids, the first column.

    An id that contains the separator is escaped: as it is, it would be read as the ids of other sessions.
    """
    field = next((field for field in report.fields if field.kind is Kind.ID), report.fields[0])
    end = "" if style.separator == "\n" else style.separator
    for batch in report.batches:
        ids = texts(batch.column(field))
        if style.person:
            ids = printables(ids)
        elif "".join(ids).count(style.separator):
            ids = [printable(id) if style.separator in id else id for id in ids]
        if len(ids):
            yield style.separator.join(ids) + end
