"""``sessionctl namespaces``: where in a database there are sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sessionctl.help import Command
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("namespaces", cls=Command)
@pass_app
def command(app: App) -> None:
    """Find out in which namespaces there are sessions, how many, and in which layout.

    \b
    Examples:
      sessionctl namespaces
      sessionctl namespaces -o json
      sessionctl ls --namespace "$(sessionctl namespaces -o ids | tail -n 1)"

    The whole database is scanned, in small steps that other clients hardly notice.
    """
    from sessionctl import columns, discovery
    from sessionctl.report import Listed, Report

    fields = columns.among(app, discovery.FIELDS)
    rows = [list(row) for row in discovery.namespaces(app)]
    app.show(Report(fields, [Listed(discovery.FIELDS, rows)] if rows else []))
    app.say(discovery.summary(rows))
