"""The one way in which every command changes sessions: look, ask, change, look again, tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessionctl import columns, outcomes
from sessionctl.app import App
from sessionctl.changes import Changes
from sessionctl.endings import Endings
from sessionctl.errors import ExitCode, Unsafe, UsageProblem
from sessionctl.extensions import Extensions, Measure, More
from sessionctl.model import SessionId
from sessionctl.plan import Event, Outcome, Result
from sessionctl.query import Condition
from sessionctl.report import Field, Report
from sessionctl.selecting import Choice, Preview, Selection
from sessionctl.snapshots import BATCH
from sessionctl.units import human_duration

SHOWN = 5  # users that a preview names


@dataclass(frozen=True)
class Orders:
    """How a change was asked for. `does` finishes the sentence "This …", as in "logs out"."""

    choice: Choice
    does: str
    columns: tuple[Field, ...]
    yes: bool = False
    dry_run: bool = False
    verbose: bool = False


def end(
    app: App,
    where: tuple[Condition, ...],
    *,
    ids: tuple[str, ...],
    spared: tuple[str, ...],
    event: str,
    wait: int,
    does: str,
    yes: bool,
    dry_run: bool,
    verbose: bool,
) -> ExitCode:
    """Ends the sessions that are named and selected, so that the applications hear of `event`; `wait` in milliseconds."""
    choice = Choice(ids, where, spared)
    few = len(ids) <= BATCH and "-" not in ids
    endings = Endings(app, Event(event), where, patience=wait, thorough=few)
    orders = Orders(choice, does, outcomes.ENDED, yes, dry_run, verbose)
    code = carry_out(app, endings, orders)
    if endings.applier.farewells.native:
        app.terminal.warn(unheard(app))
    return code


def extend(
    app: App,
    where: tuple[Condition, ...],
    measure: str,
    milliseconds: int | None,
    *,
    ids: tuple[str, ...],
    spared: tuple[str, ...],
    wait: int,
    revive: bool,
    yes: bool,
    dry_run: bool,
    verbose: bool,
) -> ExitCode:
    """Extends the sessions that are named and selected, by a measure of `extensions.Measure`; None milliseconds: for ever."""
    extensions = Extensions(app, More(Measure(measure), milliseconds), where, patience=wait, revive=revive)
    orders = Orders(Choice(ids, where, spared), "extends", outcomes.EXTENDED, yes, dry_run, verbose)
    return carry_out(app, extensions, orders)


def unheard(app: App) -> str:
    """What it means that this user may not publish."""
    cluster = ", which on a Cluster reach only some applications" if app.topology.mode == "cluster" else ""
    return (
        f"this user may not publish, so the events were left to Redis's own notifications{cluster}; "
        f"ACL SETUSER {app.topology.target.username or 'default'} +publish '&__keyevent@*' changes that"
    )


def carry_out(app: App, changes: Changes, orders: Orders) -> ExitCode:
    """Changes the sessions, and shows what became of each. Raises UsageProblem where none is chosen, and Unsafe where nobody agreed."""
    if not orders.choice.named and not orders.choice.where:
        raise UsageProblem(
            "no session is chosen", "name sessions by ID, or choose some with --user, --idle, --state, …; all options: --help"
        )
    selection = Selection(app, orders.choice, changes.snapshots)
    if orders.dry_run:
        app.show(outcomes.planned(app, changes.plans(selection.read()), changes.applier, orders.verbose))
        app.say(f"a dry run, nothing was changed: {outcomes.summary(changes)}")
        return _code(changes)
    shown = columns.among(app, orders.columns)
    if not orders.choice.is_one and not orders.yes and not _agreed(app, orders, selection):
        app.say("no session meets the selection")
        return ExitCode.DONE
    with changes.interrupts:
        _show(app, shown, _watched(app, changes, selection))
        changes.finish()
    app.say(outcomes.summary(changes))
    return ended(app, changes)


def _agreed(app: App, orders: Orders, selection: Selection) -> bool:
    """Whether the person agrees to what there is; False where there is nothing. Raises Unsafe where the person doesn't, or isn't there."""
    if not app.terminal.interactive:
        raise Unsafe(
            "several sessions would be changed, and nobody is there to confirm it", "add --yes; --dry-run shows what would be done"
        )
    preview = selection.look()
    if not preview.count:
        return bool(orders.choice.named)
    app.terminal.say("\n".join(described(app, preview, orders.does)))
    if not app.terminal.confirm("Go on?"):
        raise Unsafe("not confirmed; nothing was changed", "--dry-run shows what would be done")
    return True


def described(app: App, preview: Preview, does: str) -> Iterator[str]:
    """What is about to happen, for the person who has to agree."""
    many = "1 session" if preview.count == 1 else f"{preview.count:,} sessions"
    yield f"This {does} {many} of {preview.total:,} in namespace {app.namespace} at {app.topology.display}:"
    yield "  state      " + _counted((state, count) for state, count in preview.states.most_common())
    users = preview.users.most_common()
    rest = f", and {len(users) - SHOWN:,} more" if len(users) > SHOWN else ""
    yield "  user       " + _counted((name or "nobody", count) for name, count in users[:SHOWN]) + rest
    if preview.oldest is not None and preview.newest is not None:
        newest, oldest = (human_duration(max(0, app.now - time)) for time in (preview.newest, preview.oldest))
        yield f"  last used  {oldest} ago" if newest == oldest else f"  last used  between {oldest} and {newest} ago"
    yield "  such as    " + ", ".join(_short(id) + (f" ({name})" if name else "") for id, name in preview.sample)


def _counted(items: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in items)


def _short(id: SessionId) -> str:
    """The beginning of an id: a whole one is a bearer credential."""
    return id if len(id) <= 8 else id[:8] + "…"


def _watched(app: App, changes: Changes, selection: Selection) -> Iterator[list[Result]]:
    """The results as they come, with progress on standard error when it takes longer than a moment."""
    with app.terminal.progress("changing sessions", selection.expected) as progress:
        for results in changes.run(selection.read()):
            progress.advance(len(results))
            yield results


def _show(app: App, columns: tuple[Field, ...], results: Iterator[list[Result]]) -> None:
    """Shows the results; when nobody reads them any more, the work goes on all the same."""
    try:
        app.show(Report(columns, outcomes.batches(results, columns)))
    except BrokenPipeError:
        for _ in results:
            pass


def ended(app: App, changes: Changes) -> ExitCode:
    """The exit code of a run that is over. Raises what ended it early."""
    if changes.failure is not None:
        raise changes.failure
    if changes.interrupts.asked:
        raise KeyboardInterrupt
    return _code(changes)


def _code(changes: Changes) -> ExitCode:
    return ExitCode.DONE if changes.outcomes.keys() <= {Outcome.DONE} else ExitCode.PARTLY
