"""``sessionctl import``: brings sessions back from an export or a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sessionctl.help import Command
from sessionctl.shared import given, pass_app

if TYPE_CHECKING:
    from sessionctl.app import App

LAYOUTS = ("simple", "indexed", "reactive-indexed")


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(), metavar="FILE")
@click.option("--layout", type=click.Choice(LAYOUTS), help="Convert: write them as this sort of repository does. Default: as recorded.")
@click.option("--replace", is_flag=True, help="Overwrite sessions that exist already.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask: sessions may be overwritten (with --replace).")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--verbose", "-v", is_flag=True, help="With --dry-run: every command, as Redis would get it.")
@pass_app
def command(app: App, file: str, layout: str | None, replace: bool, yes: bool, dry_run: bool, verbose: bool) -> int:
    """Bring sessions back from an export (JSON or NDJSON, also compressed) or from the journal of a purge.

    \b
    Examples:
      sessionctl import sessions.ndjson.gz                    what isn't there, as it was
      sessionctl import sessions.ndjson --dry-run -v          what would be done, command by command
      sessionctl -n shop import sessions.ndjson               into another namespace
      sessionctl import sessions.ndjson --layout indexed      for an application that changes its repository
      sessionctl export -u redis://old | sessionctl -u redis://new import -

    Hashes come back byte for byte, with the time that was left of them when they were read, less what has passed since. Sessions past their
    deadline stay away, and so do tombstones. A session that is there already is kept, unless --replace; a tombstone in its place is not.
    Doing it again changes nothing, and completes what was interrupted.

    They come back into the namespace they are from; only --namespace on the command line renames, SESSIONCTL_NAMESPACE doesn't. A table
    lists what did not come back; -o ndjson has every line's outcome: done, gone (its time has passed), spared (there is one already) or
    refused. Exit code 3 where not all were done.
    """
    from sessionctl.importing import bring_back
    from sessionctl.returns import Wishes

    namespace = app.namespace if given(click.get_current_context(), "namespace") else None
    return bring_back(app, file, Wishes(namespace, layout, replace), yes=yes, dry_run=dry_run, verbose=verbose)
