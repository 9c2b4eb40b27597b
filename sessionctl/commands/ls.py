"""``sessionctl ls``: the sessions that meet the selection, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sessionctl import offers
from sessionctl.help import Command
from sessionctl.options import selection_options, take_selection
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("ls", cls=Command)
@selection_options
@click.option("--sort", "-s", metavar="COLUMN", help="Sort by a column (unknown values last).", shell_complete=offers.columns)
@click.option("--reverse", "-r", is_flag=True, help="Sort the other way round.")
@click.option("--limit", "-l", type=click.IntRange(0), help="Show at most so many.")
@click.option("--count", is_flag=True, help="Print only how many there are.")
@click.option("--no-index", is_flag=True, help="With --user: scan all sessions (ended ones are no longer in the principal index).")
@pass_app
def command(app: App, sort: str | None, reverse: bool, limit: int | None, count: bool, no_index: bool, **values: Any) -> None:
    """List sessions, one row each.

    \b
    Examples:
      sessionctl ls                                  every session
      sessionctl ls --user alice                     those of alice
      sessionctl ls --user '!*' --idle 1h            nobody logged in, untouched for an hour
      sessionctl ls --sort size -r -l 10 -c +size    the ten largest
      sessionctl ls --state expired,partial -o ids   ids for another command
      sessionctl ls --attr theme=dark --count        how many have the attribute theme = dark

    A SPAN is 90s, 30m, 2h, 7d: at least that much; ..5m at most; 1h..2h between.
    """
    from sessionctl import columns, pipeline
    from sessionctl.query import Query

    fields = () if count else columns.chosen(app)
    query = Query(fields, take_selection(values), columns.sorting(sort) if sort else None, reverse, limit)
    tally = pipeline.Tally()
    report = pipeline.select(app, query, tally, None if no_index else pipeline.from_index(app, query))
    if count:
        pipeline.drain(report)
        app.terminal.write([str(tally.count)])
        return
    app.show(report)
    app.say(pipeline.summary(tally, query))
    if not tally.count:
        pipeline.tell_where(app, query)
