"""``sessionctl extend``: gives sessions more time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sessionctl.errors import UsageProblem
from sessionctl.help import Command
from sessionctl.options import NEVER, Span, change_options, take_selection
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App

MEASURES = ("by", "for", "timeout")


@click.command("extend", cls=Command)
@change_options
@click.option("--by", type=Span(), help="So much more than now is left.")
@click.option("--for", type=Span(), help="So much from now on, where less is left.")
@click.option("--timeout", "timeout_", type=Span(never=True), help="A new timeout, counted from each last access.")
@click.option("--revive", is_flag=True, help="Also sessions that are past their deadline already.")
@pass_app
def command(app: App, revive: bool, **values: Any) -> int:
    """Give sessions more time, by a new timeout (maxInactiveInterval) of their own.

    \b
    Examples:
      sessionctl extend 3f2a9c1e --by 30m              half an hour more than is left
      sessionctl extend --user alice --for 2h          two hours from now
      sessionctl extend --attr tenant=acme --timeout 4h --yes
      sessionctl extend 3f2a9c1e --timeout 8h --dry-run -v

    The deadline that Spring obeys is the last access plus the timeout. So the timeout is what changes, and every TTL, bucket and sorted set
    with it; a longer TTL alone would extend nothing. Each later request of the application gives the session its new timeout again, counted
    from that request: after --for 2h an active session doesn't end two hours from now, but two hours after it was last used, or a bit
    later. Times are rounded up to seconds. `never` is refused where Spring would destroy such a session. (How long sessionctl waits for an
    answer of Redis stands before the command here: sessionctl --timeout 5 extend …)
    """
    from sessionctl import changing

    given = {name: value for name in MEASURES if (value := values.pop("timeout_" if name == "timeout" else name)) is not None}
    if len(given) != 1:
        raise UsageProblem("extend wants one of --by, --for and --timeout", "for example: sessionctl extend ID --by 30m")
    [(measure, span)] = given.items()
    if span == 0:
        raise UsageProblem(f"--{measure} 0 gives no time", "sessionctl expire ends sessions")
    return changing.extend(app, take_selection(values), measure, None if span == NEVER else span, revive=revive, **values)
