"""``sessionctl expire``: ends sessions as a time-out does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sessionctl.help import Command
from sessionctl.options import change_options, event_option, take_selection
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("expire", cls=Command)
@change_options
@event_option("expired")
@pass_app
def command(app: App, **values: Any) -> int:
    """End sessions as a time-out does: the user is logged out at once, and the applications hear SessionExpiredEvent.

    \b
    Examples:
      sessionctl expire 3f2a9c1e                       one session, by the start of its id
      sessionctl expire M2YyYTljMWUtNGI3…              by the value of the browser's cookie
      sessionctl expire --user bob --idle 1h           those of bob that nobody has touched for an hour
      sessionctl expire --attr tenant=acme --dry-run   which those would be

    It differs from delete only in the event: SessionExpiredEvent is what applications take for a time-out, SessionDeletedEvent for a
    logout. What goes, what stays and what is checked is the same; sessionctl delete --help tells.
    """
    from sessionctl import changing

    return changing.end(app, take_selection(values), **values, does="logs out and ends")
