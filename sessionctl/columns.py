"""Which columns to show: the defaults of each format, and what ``--columns`` and ``--sort`` name (any case; the short headings too)."""

from __future__ import annotations

from collections.abc import Iterable

from sessionctl import fields
from sessionctl.app import App
from sessionctl.errors import UsageProblem
from sessionctl.report import Field

TABLE = (fields.ID, fields.PRINCIPAL, fields.STATE, fields.CREATION_TIME, fields.IDLE, fields.REMAINING, fields.TTL)
DOCUMENT = (
    fields.ID,
    fields.PRINCIPAL,
    fields.STATE,
    fields.CREATION_TIME,
    fields.LAST_ACCESSED_TIME,
    fields.MAX_INACTIVE_INTERVAL,
    fields.DEADLINE,
    fields.EXPIRED,
    fields.TTL,
)
DEFAULTS = {"table": TABLE, "markdown": TABLE, "ids": (fields.ID,)}


def chosen(app: App) -> tuple[Field, ...]:
    """The fields that this run shows of a session."""
    defaults = DEFAULTS.get(app.format_name, DOCUMENT)
    if app.columns is None or app.format_name == "ids":
        return defaults
    return of(app.columns, defaults)


def of(names: Iterable[str], defaults: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields called `names`; where the first begins with ``+``, they come after `defaults`."""
    known = {field.name.casefold(): field for field in defaults}
    wanted = list(defaults) if next(iter(names), "").startswith("+") else []
    for name in names:
        bare = name.removeprefix("+").strip()
        field = known.get(bare.casefold()) or named(bare)
        if field not in wanted:
            wanted.append(field)
    return tuple(wanted)


def named(name: str) -> Field:
    """The field with this name or heading. Raises UsageProblem that lists them all."""
    try:
        return fields.ALIASES[name.strip().casefold()]
    except KeyError:
        known = ", ".join(field.name for field in fields.ALL)
        raise UsageProblem(f"there is no column {name!r}", f"the columns are {known}") from None
