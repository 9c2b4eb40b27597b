"""``sessionctl show``: everything about one session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sessionctl import completion
from sessionctl.errors import ExitCode, NotFound, UsageProblem
from sessionctl.help import Command
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("show", cls=Command)
@click.argument("ids", nargs=-1, required=True, metavar="ID…", shell_complete=completion.ids)
@click.option("--attr", "attribute", metavar="NAME", help="Show only this attribute's value.")
@click.option("--raw", is_flag=True, help="With --attr: the stored bytes as they are (escaped on a terminal).")
@pass_app
def command(app: App, ids: tuple[str, ...], attribute: str | None, raw: bool) -> int:
    """Show everything about a session: its times, every key it has, who is logged in, its attributes.

    \b
    Examples:
      sessionctl show 3f2a9c1e                       by the start of its id
      sessionctl show M2YyYTljMWUtNGI3…              by the value of the browser's cookie
      sessionctl show 3f2a9c1e --attr cart -o json   one attribute
      sessionctl show 3f2a9c1e --attr cart --raw | xxd
      sessionctl ls --user alice -o ids | sessionctl show -

    ID is a session id, the start of one, a Redis key, or the value of the session cookie; - reads them from standard input. With one ID,
    JSON is an object; with several, an array.
    """
    if raw and attribute is None:
        raise UsageProblem("--raw shows one attribute's bytes", "add --attr NAME")
    if attribute is not None:
        return _show_attribute(app, ids, attribute, raw)
    from sessionctl import columns, detail, fields
    from sessionctl.report import Report

    missing: list[NotFound] = []
    chosen = columns.among(app, detail.SCREEN if app.format_name == "table" else detail.RECORD, (*detail.RECORD, *fields.ALL))
    app.show(Report(chosen, detail.described(app, ids, chosen, missing), record=True, single=len(ids) == 1 and ids[0] != "-"))
    for error in missing:
        app.terminal.error(error, as_json=app.format_name in ("json", "ndjson"))
    return ExitCode.NO if missing else ExitCode.DONE


def _show_attribute(app: App, ids: tuple[str, ...], name: str, raw: bool) -> int:
    from sessionctl import columns, detail
    from sessionctl.resolve import resolve

    if len(ids) != 1:
        raise UsageProblem("--attr shows one attribute of one session", "name one session")
    id = resolve(app, ids[0])
    if raw:
        app.terminal.write_bytes(detail.stored(app, id, name))
    else:
        app.show(detail.attribute(app, id, name, columns.among(app, detail.VALUE_FIELDS)))
    return ExitCode.DONE
