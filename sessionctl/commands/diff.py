"""``sessionctl diff``: what has become of the sessions between two looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sessionctl.help import Command
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App

CHANGES = ("lost", "new", "changed", "ended", "timed-out")


@click.command("diff", cls=Command)
@click.argument("before", type=click.Path(), metavar="A")
@click.argument("after", type=click.Path(), metavar="B")
@click.option("--only", type=click.Choice(CHANGES), multiple=True, help="List these changes. Default: lost, new and changed.")
@click.option("--ignore", metavar="FIELD", multiple=True, help="A change of this field is none: attributes.cart, maxInactiveInterval.")
@click.option("--strict", is_flag=True, help="lastAccessedTime and ttl count too, which every request changes.")
@pass_app
def command(app: App, before: str, after: str, only: tuple[str, ...], ignore: tuple[str, ...], strict: bool) -> int:
    """Compare the sessions of two exports, or of an export with what is live: which were lost, are new, have changed.

    \b
    Examples:
      sessionctl export --output before.ndjson.gz          then update, restart, fail over, and
      sessionctl diff before.ndjson.gz live                no session was lost: exit code 0
      sessionctl diff before.ndjson.gz live --only lost -o ids
      sessionctl diff monday.ndjson.gz tuesday.ndjson.gz -o json
      sessionctl diff before.ndjson.gz live --strict       was any of them touched at all?

    A and B are exports or journals (with their raw bytes), or the word live. Sessions are compared by id, and field by field. One that is
    missing is timed-out if its deadline had passed by then, and lost if not; one of which a tombstone is left has ended. Exit code 1 where
    sessions were lost, 3 where lines can't be read.
    """
    from sessionctl.differences import LISTED, NATURAL, Wishes, compare

    ignored = frozenset(ignore) if strict else frozenset((*ignore, *NATURAL))
    return compare(app, before, after, Wishes(ignored, frozenset(only or LISTED)))
