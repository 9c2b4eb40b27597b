"""``sessionctl delete``: ends sessions as a logout does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sessionctl.help import Command
from sessionctl.options import change_options, event_option, take_selection
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("delete", cls=Command)
@change_options
@event_option("deleted")
@pass_app
def command(app: App, **values: Any) -> int:
    """End sessions as a logout does: the user is logged out at once, and the applications hear SessionDeletedEvent.

    \b
    Examples:
      sessionctl delete 3f2a9c1e                       one session, by the start of its id
      sessionctl delete --user alice                   log alice out everywhere
      sessionctl delete --user alice --except 3f2a9c1e everywhere but here
      sessionctl delete --state partial --dry-run -v   what would be done, command by command
      sessionctl ls --idle 7d -o ids | sessionctl delete - --yes

    Everything that belongs to a session goes: expires key, entries of indexes, buckets and sorted sets. In the indexed layouts a tombstone
    of the hash stays for five minutes, so that listeners find the attributes and a request in flight can't revive the session. Only what
    has not changed since it was judged is ended. Doing it again does no harm, and completes what was interrupted.
    """
    from sessionctl import changing

    return changing.end(app, take_selection(values), **values, does="logs out and ends")
