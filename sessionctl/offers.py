"""What the shell offers that needs no Redis: names of columns, values of filters. Nothing is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import click

Completer = Callable[[click.Context, click.Parameter, str], list[str]]

SPANS = ("5m", "30m", "1h", "2h", "1d", "7d", "..5m", "1h..2h")
STATES = ("active", "expired", "deleted", "partial")
VALUES: dict[str, tuple[str, ...]] = {
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
    """Offers values of the filter ``--kind``, one after another where it takes several."""
    return states if kind == "state" else lambda context, parameter, incomplete: _beginning(VALUES.get(kind, SPANS), incomplete)


def states(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """States that begin with what stands after ``!`` and the last comma."""
    head, comma, last = incomplete.rpartition(",")
    negation = "!" if not comma and last.startswith("!") else ""
    return [f"{head}{comma}{negation}{state}" for state in _beginning(STATES, last.removeprefix(negation))]


def _beginning(values: tuple[str, ...], incomplete: str) -> list[str]:
    return [value for value in values if value.startswith(incomplete)]
