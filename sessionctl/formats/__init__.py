"""How a report becomes lines. A member is imported only when it is asked for: rich and tabulate are slow to start."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from sessionctl.formats.base import Format

FORMATS: Final = {
    "table": "aligned columns",
    "json": "one array, an object a line",
    "ndjson": "one object a line",
    "csv": "comma-separated values with a header",
    "markdown": "a table for a document",
    "ids": "ids only, for another command",
}
"""Each format's name and what it is in a few words."""


def load(name: str) -> Format:
    """The format called `name`, one of `FORMATS`."""
    return cast("Format", import_module(f"{__name__}.{name}"))
