"""What the shell offers that needs no Redis: names of columns, values of filters. Nothing is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import click

Completer = Callable[[click.Context, click.Parameter, str], list[str]]

SPANS = ("5m", "30m", "1h", "2h", "1d", "7d", "..5m", "1h..2h")
VALUES = {
    "state": ("active", "expired", "deleted", "partial"),
    "size": ("1KiB", "10KiB", "100KiB", "1MiB", "..1KiB"),
    "user": (),
    "attr": (),
}


def columns(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of columns that begin with what stands after the last comma."""
    from sessionctl.fields import ALL

    head, comma, last = incomplete.rpartition(",")
    plus = "+" if last.startswith("+") else ""
    return [f"{head}{comma}{plus}{field.name}" for field in ALL if field.name.casefold().startswith(last.removeprefix("+").casefold())]


def of(kind: str) -> Completer:
    """Offers values of the filter ``--kind``."""
    return lambda context, parameter, incomplete: [value for value in VALUES.get(kind, SPANS) if value.startswith(incomplete)]
