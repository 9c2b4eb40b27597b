"""``sessionctl purge``: ends sessions in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sessionctl.errors import UsageProblem
from sessionctl.help import Command
from sessionctl.options import Span, bulk_selection_options, event_option, take_selection
from sessionctl.shared import pass_app

if TYPE_CHECKING:
    from sessionctl.app import App


@click.command("purge", cls=Command)
@bulk_selection_options
@click.option("--all", "everything", is_flag=True, help="All sessions of the namespace; wants the namespace typed, or --confirm.")
@click.option("--confirm", metavar="NAMESPACE", help="With --all: the namespace, instead of typing it.")
@click.option("--max", "most", type=click.IntRange(0), help="Refuse if more sessions than that are selected.")
@click.option("--max-percent", "most_percent", type=click.FloatRange(0, 100), help="Refuse if more of all sessions than that are selected.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Show what is selected, and do nothing.")
@event_option("deleted")
@click.option("--journal", type=click.Path(), metavar="FILE", help="Record the sessions here. [default: a new file in the state directory]")
@click.option("--no-journal", is_flag=True, help="Record nothing: what has ended can't be brought back.")
@click.option("--plan", type=click.Path(), metavar="FILE", help="Write the selection for review, and do nothing.")
@click.option("--apply", type=click.Path(), metavar="FILE", help="End exactly the sessions of a plan that are still as they were.")
@click.option(
    "--batch", type=click.IntRange(1, 1000), default=20, show_default=True, help="Sessions a message; more is quicker, and felt by others."
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N sessions a second.")
@click.option("--wait", type=Span(), default="2s", show_default=True, help="How long requests in flight get before a last look.")
@pass_app
def command(app: App, **values: Any) -> int:
    """End sessions in bulk, as delete does, so gently that others hardly feel it; every session is recorded first, to be taken back.

    \b
    Examples:
      sessionctl purge --idle 30d --dry-run            what that would be
      sessionctl purge --idle 30d                      asks, ends, and says how to undo it
      sessionctl purge --idle                          what Redis should have removed long ago, and did not
      sessionctl purge --user '!*' --size 100KiB --yes --max-percent 5
      sessionctl purge --all --confirm spring:session --event none
      sessionctl purge --idle 7d --plan friday.ndjson  for a second pair of eyes; then purge --apply friday.ndjson

    Each session is judged again in the moment in which it ends: one that has been used meanwhile is spared. Ctrl-C finishes what is under
    way; the same command again goes on. Exit code 3 where not all ended.

    What events cost: each node of every application reads the ended session and cleans up after it (two to four commands), and on a Cluster
    each event is 2.3 KB to every other node of Redis (measured, 7.0). The summary counts them. For very many sessions, --event none is the
    quick way, which leaves no tombstone either.

    How gentle it is: messages are so small that others hardly feel them. Where nobody else is at work, --batch 100 takes about two thirds
    of the time.
    """
    from sessionctl import bulk, journal
    from sessionctl.plan import Event
    from sessionctl.purging import Purge

    where = take_selection(values)
    _check(where, values)
    path = None if values["no_journal"] else journal.chosen(values["journal"], app.terminal.environ, app.now)
    pace = {"rate": values["rate"], "batch": values["batch"]}
    work = Purge(app, Event(values["event"]), where, patience=values["wait"], journal=path, **pace)
    names = ("yes", "dry_run", "everything", "confirm", "most", "most_percent", "plan", "apply")
    return bulk.purge(app, work, bulk.Caution(**{name: values[name] for name in names}))


def _check(where: tuple[Any, ...], values: dict[str, Any]) -> None:
    """Raises UsageProblem where what is to be ended isn't said, or said twice."""
    ways = [bool(where), values["everything"], values["apply"] is not None]
    if not any(ways):
        choices = "--idle, --age, --remaining, --ttl, --size, --user, --state or --attr"
        raise UsageProblem("nothing is selected", f"choose with {choices}; --idle alone: what is overdue; --all: everything")
    if sum(ways) > 1:
        raise UsageProblem("--all and --apply stand alone", "leave the selection out, or them")
    if values["confirm"] is not None and not values["everything"]:
        raise UsageProblem("--confirm belongs to --all", "--yes confirms a selection")
    if values["journal"] and values["no_journal"]:
        raise UsageProblem("--journal and --no-journal exclude each other")
    if values["apply"] is not None and (values["plan"] or values["dry_run"]):
        raise UsageProblem("--apply acts on a plan; it has no --plan and no --dry-run", "the plan itself is the dry run")
    if values["apply"] is not None and values["most_percent"] is not None:
        raise UsageProblem("--max-percent is of a selection; a plan has its number already", "--max refuses a plan with more sessions")
    if values["plan"] and values["dry_run"]:
        raise UsageProblem("--plan and --dry-run exclude each other", "neither changes anything: --plan writes, --dry-run shows")
