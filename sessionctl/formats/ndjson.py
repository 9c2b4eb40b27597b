"""One JSON object a line: what a program reads while it comes in."""

from __future__ import annotations

from collections.abc import Iterator

from sessionctl.formats.cells import interleaved, json_columns
from sessionctl.formats.escape import printable_json
from sessionctl.formats.values import quoted
from sessionctl.report import Report, Style


def lines(report: Report, style: Style) -> Iterator[str]:
    """A batch of objects at a time."""
    for text in objects(report, "\n"):
        yield printable_json(text) if style.person else text


def objects(report: Report, separator: str) -> Iterator[str]:
    """The rows of each batch as JSON objects with `separator` between."""
    keys = [("," if place else "{") + quoted(field.name) + ":" for place, field in enumerate(report.fields)]
    for batch in report.batches:
        if len(batch):
            yield interleaved([*keys, "}" + separator], json_columns(report.fields, batch))[: -len(separator)]
