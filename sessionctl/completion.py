"""What the shell offers: values, columns, session ids. It never prompts, never complains, and gives up before anybody notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import click

from sessionctl.model import State
from sessionctl.options import make_app, shared

PATIENCE = 0.15  # seconds for connecting, and for each answer
MOST = 50  # ids that are offered
STEPS = 60  # SCANs; a large database can't be read to its end at every press of the tab key
SPANS = ("5m", "30m", "1h", "2h", "1d", "7d", "..5m", "1h..2h")
SIZES = ("1KiB", "10KiB", "100KiB", "1MiB", "..1KiB")


def columns(incomplete: str) -> list[str]:
    """Names of columns that begin with what stands after the last comma."""
    from sessionctl.fields import ALL

    head, comma, last = incomplete.rpartition(",")
    plus = "+" if last.startswith("+") else ""
    return [f"{head}{comma}{plus}{field.name}" for field in ALL if field.name.casefold().startswith(last.removeprefix("+").casefold())]


def selection(kind: str, context: click.Context, incomplete: str) -> list[str]:
    """Values of a filter."""
    known = {"state": [state.value for state in State], "size": SIZES, "user": (), "attr": ()}.get(kind, SPANS)
    return [value for value in known if value.startswith(incomplete)]


def ids(context: click.Context, incomplete: str) -> list[str]:
    """Ids of sessions that begin with what is typed; none where Redis isn't there, or not at once."""
    with suppress(Exception):
        values = shared(context)
        if values["ask_password"] or values["password_file"] == "-":
            return []
        values |= {"timeout": PATIENCE, "connect_timeout": PATIENCE}
        return sorted(islice(_ids(context, incomplete), MOST))
    return []


def _ids(context: click.Context, incomplete: str) -> Iterator[str]:
    app = make_app(context)
    for names in app.store.hashes(app.store.keys.pattern(incomplete), STEPS):
        yield from map(app.store.keys.id, names)
