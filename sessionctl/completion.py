"""Session ids that the shell offers. It never prompts, never complains, and gives up before anybody notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import click

from sessionctl.shared import make_app, shared

PATIENCE = 0.15  # seconds for connecting, and for each answer
MOST = 50  # ids that are offered
STEPS = 60  # SCANs; a large database can't be read to its end at every press of the tab key


def ids(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
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
