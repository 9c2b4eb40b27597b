"""One JSON array, an object a line, written while the batches come in; a single object where there is just one row."""

from __future__ import annotations

from collections.abc import Iterator

from sessionctl.formats.escape import printable_json
from sessionctl.formats.ndjson import objects
from sessionctl.report import Report, Style


def lines(report: Report, style: Style) -> Iterator[str]:
    """The whole document; ``[]`` where there is nothing."""
    for text in objects(report, "\n") if report.single else _array(report):
        yield printable_json(text) if style.person else text


def _array(report: Report) -> Iterator[str]:
    held: str | None = None  # whether a comma follows is known only with the next batch
    for text in objects(report, ",\n"):
        yield "[" if held is None else held + ","
        held = text
    if held is None:
        yield "[]"
    else:
        yield held
        yield "]"
