"""Which columns to show: the defaults of each format, and what ``--columns`` and ``--sort`` name (any case; the short headings too)."""

from __future__ import annotations

from collections.abc import Sequence

from sessionctl import fields
from sessionctl.app import App
from sessionctl.errors import UsageProblem
from sessionctl.report import Field, Kind

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
    return of(app.columns, defaults, fields.ALL)


def among(app: App, defaults: tuple[Field, ...], others: tuple[Field, ...] = ()) -> tuple[Field, ...]:
    """The fields that this run shows of something that has `defaults`, and `others` where they are asked for."""
    return defaults if app.columns is None else of(app.columns, defaults, (*defaults, *others))


def of(names: Sequence[str], defaults: tuple[Field, ...], known: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of `known` called `names`; where the first begins with ``+``, they come after `defaults`."""
    wanted = list(defaults) if names[0].startswith("+") else []
    for name in names:
        field = named(name.removeprefix("+"), known)
        if field not in wanted:
            wanted.append(field)
    return tuple(wanted)


def named(name: str, known: tuple[Field, ...] = fields.ALL) -> Field:
    """The field of `known` with this name or heading. Raises UsageProblem that lists them all."""
    called = {field.heading.casefold(): field for field in reversed(known)} | {field.name.casefold(): field for field in known}
    try:
        return called[name.strip().casefold()]
    except KeyError:
        names = ", ".join(dict.fromkeys(field.name for field in known))
        raise UsageProblem(f"there is no column {name.strip()!r}", f"the columns are {names}") from None


def sorting(name: str) -> Field:
    """The field to sort by. Raises UsageProblem for one that doesn't exist, or whose values have no order."""
    field = named(name)
    if field.kind is Kind.TABLE:
        raise UsageProblem(f"column {field.name!r} has no order", f"sort by {fields.ATTRIBUTE_COUNT.name} or {fields.SIZE.name}")
    return field
