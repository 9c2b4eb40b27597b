"""``sessionctl export``: writes sessions whole, so that they can be restored, compared and looked into elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sessionctl import completion
from sessionctl.errors import UsageProblem
from sessionctl.help import Command
from sessionctl.options import selection_options, take_selection
from sessionctl.shared import given, pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("export", cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID…]", shell_complete=completion.ids)
@selection_options
@click.option(
    "--output", metavar="FILE", type=click.Path(), help="Write to FILE, whole or not at all, mode 0600; compressed if it ends in .gz."
)
@click.option("--no-raw", is_flag=True, help="Leave the raw bytes out: only for reading, not for import.")
@click.option("--redact", is_flag=True, help="For others to see: ids hashed, secrets masked, no raw bytes; no import takes it.")
@pass_app
def command(app: App, ids: tuple[str, ...], output: str | None, no_raw: bool, redact: bool, **values: Any) -> int:
    """Write sessions whole: what is known of them, their attributes decoded, and every byte of them and of what lies beside them.

    \b
    Examples:
      sessionctl export --output sessions.ndjson.gz        everything, to be imported again
      sessionctl export --user alice -o json               the sessions of alice, as an array
      sessionctl export 3f2a9c1e --no-raw                  one session, decoded, secrets masked
      sessionctl export --redact --output for-support.ndjson
      sessionctl export -o csv --no-raw --output sessions.csv

    One JSON object a line unless -o says json or csv. The raw bytes of a session are all of it, passwords and tokens too, and its id is
    enough to act as its user: keep the file as a secret. Without them (--no-raw) secrets are masked, unless --reveal. A session of more
    than 16 MiB is reported, and left out (exit code 3). sessionctl/record.schema.json describes the format.
    """
    if redact and app.reveal:
        raise UsageProblem("--redact masks secrets, and --reveal shows them", "leave one of them out")
    if app.columns is not None:
        raise UsageProblem("an export has every column", "sessionctl ls --columns … -o ndjson lists some")
    from sessionctl import exports

    format = app.format_name
    if format not in exports.FORMATS:
        if given(click.get_current_context(), "format"):
            raise UsageProblem(f"an export can't be a {format}", f"-o {', '.join(exports.FORMATS)}")
        format = exports.FORMATS[0]
    wishes = exports.Wishes(ids, take_selection(values), raw=not no_raw, redact=redact, output=output)
    return exports.Export(app, wishes, format).run()
