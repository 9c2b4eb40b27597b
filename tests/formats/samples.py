"""A few rows, and how to run a format on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sessionctl.formats import load
from sessionctl.report import Field, Kind, Listed, Report, Style, Table

NOW = 1_795_420_800_123  # 2026-11-23T08:00:00.123Z
PIPE = Style(now=NOW)
SCREEN = Style(person=True, width=80, now=NOW, whole_ids=False)
COLOUR = Style(person=True, colour=True, width=80, now=NOW, whole_ids=False)

FIELDS = (
    Field("id", "ID", Kind.ID),
    Field("principal", "PRINCIPAL", Kind.TEXT),
    Field("state", "STATE", Kind.STATE),
    Field("creationTime", "CREATED", Kind.INSTANT),
    Field("maxInactiveInterval", "TIMEOUT", Kind.INTERVAL),
    Field("remaining", "REMAINING", Kind.DURATION),
    Field("size", "SIZE", Kind.BYTES),
)
ROWS: Sequence[Sequence[Any]] = (
    ("3f2a9c1e-0000-4000-8000-000000000001", "alice", "active", NOW - 273_600_000, 1800, 1_798_860, 1434),
    ("b4d11e07-0000-4000-8000-000000000002", None, "expired", NOW - 3_600_000, 900, -300_000, 512),
    ("77aa0012-0000-4000-8000-000000000003", "zoë", "partial", None, -1, None, None),
)

ATTRIBUTE_FIELDS = (
    Field("name", "NAME", Kind.TEXT),
    Field("class", "TYPE", Kind.TEXT),
    Field("size", "SIZE", Kind.BYTES),
    Field("value", "VALUE", Kind.VALUE),
)


def attributes(*rows: Sequence[Any]) -> Table:
    return Table(ATTRIBUTE_FIELDS, rows, {row[0]: row[-1] for row in rows})


def shown(name: str, style: Style, rows: Sequence[Sequence[Any]] = ROWS, fields: tuple[Field, ...] = FIELDS, **how: Any) -> str:
    """What format `name` prints, with the newlines that the terminal adds."""
    return written(load(name).lines(Report(fields, [Listed(fields, rows)], **how), style))


def written(texts: Iterator[str]) -> str:
    return "".join(text if text.endswith("\0") else text + "\n" for text in texts)
