"""The purge from its beginning to its end: look, check the caps, ask, end, tell how to take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from sessionctl import outcomes, planfile
from sessionctl.app import App
from sessionctl.changing import described, ended, unheard
from sessionctl.columns import among
from sessionctl.errors import ExitCode, Unsafe, UsageProblem
from sessionctl.plan import Outcome, Result
from sessionctl.planfile import PlanFile
from sessionctl.purging import Purge
from sessionctl.report import Field, Kind, Listed, Report
from sessionctl.selecting import Choice, Preview, Selection
from sessionctl.snapshots import Snapshot

SHOWN = 5  # reasons of refusals that are told, and users that are named
Refused = dict[str, tuple[int, str]]
"""How many sessions were refused for a reason, and the first of them."""

TOLD = (
    *(Field(outcome.value, outcome.value.upper(), Kind.COUNT) for outcome in Outcome),
    Field("events", "EVENTS", Kind.COUNT, "events that the applications were sent"),
    Field("journal", "JOURNAL", Kind.TEXT, "where the ended sessions are recorded"),
)
PREVIEWED = (
    Field("namespace", "NAMESPACE", Kind.TEXT),
    Field("redis", "REDIS", Kind.TEXT),
    Field("sessions", "SESSIONS", Kind.COUNT, "how many there are"),
    Field("selected", "SELECTED", Kind.COUNT, "how many would end"),
    Field("states", "STATES", Kind.NAMES),
    Field("users", "USERS", Kind.NAMES, "who has the most of them"),
    Field("oldest", "OLDEST", Kind.INSTANT, "the longest ago that one of them was used"),
    Field("newest", "NEWEST", Kind.INSTANT),
    Field("sample", "SAMPLE", Kind.NAMES),
)


@dataclass(frozen=True)
class Caution:
    """What keeps a purge from doing more than was meant. `everything`: all sessions, if `confirm` is the namespace, or it is typed."""

    yes: bool = False
    dry_run: bool = False
    everything: bool = False
    confirm: str | None = None
    most: int | None = None
    most_percent: float | None = None
    plan: str | None = None
    apply: str | None = None


def purge(app: App, work: Purge, caution: Caution) -> ExitCode:
    """Ends what is selected. Raises Unsafe where it is more than allowed, or nobody agreed."""
    if caution.apply is not None:
        return _apply(app, work, PlanFile.read(caution.apply), caution)
    if caution.confirm not in (None, app.namespace):
        raise Unsafe(f"--confirm {caution.confirm} isn't the namespace {app.namespace}; nothing was done", "--namespace names another")
    selection = Selection(app, Choice((), tuple(work.snapshots.where)), work.snapshots)
    asks = not (caution.confirm == app.namespace if caution.everything else caution.yes)
    if asks and not (caution.dry_run or caution.plan or app.terminal.interactive):
        raise Unsafe("sessions would be ended, and nobody is there to confirm it", _how_to_agree(app, caution))
    if asks or caution.dry_run or caution.plan or caution.most is not None or caution.most_percent is not None:
        preview = selection.look()
        if caution.dry_run:
            app.show(_preview(app, preview))
            return ExitCode.DONE
        _check_caps(preview, caution)
        if caution.plan is not None:
            return _save(app, work, selection, caution.plan)
        if not preview.count:
            app.say("no session meets the selection")
            return ExitCode.DONE
        if asks:
            _agree(app, preview, caution)
    return _end(app, work, lambda: _within(selection.read(), caution.most), selection.expected)


def _how_to_agree(app: App, caution: Caution) -> str:
    option = f"--confirm {app.namespace}" if caution.everything else "--yes"
    return f"add {option}; --dry-run shows what would be done"


def _check_caps(preview: Preview, caution: Caution) -> None:
    if caution.most is not None and preview.count > caution.most:
        raise Unsafe(f"{preview.count:,} sessions are selected, more than --max {caution.most:,}; nothing was done", "narrow the selection")
    percent = 100 * preview.count / preview.total if preview.total else 0
    if caution.most_percent is not None and percent > caution.most_percent:
        found = f"{preview.count:,} of {preview.total:,} sessions are selected"
        raise Unsafe(f"{found}, more than --max-percent {caution.most_percent:g}; nothing was done", "narrow the selection")


def _within(snapshots: Iterator[Snapshot], most: int | None) -> Iterator[Snapshot]:
    """The same, as long as they are no more than allowed: of very many, others may have come since the look at them. Raises Unsafe."""
    count = 0
    for snapshot in snapshots:
        count += snapshot.selected
        if most is not None and count > most:
            raise Unsafe(
                f"by now more sessions are selected than --max {most:,}", "what has ended until here is told above; narrow the selection"
            )
        yield snapshot


def _agree(app: App, preview: Preview, caution: Caution) -> None:
    """Asks the person. Raises Unsafe where the answer is no."""
    app.terminal.say("\n".join(described(app, preview, "ends")))
    if caution.everything:
        agreed = app.terminal.ask("These are all. Type the namespace to end them: ") == app.namespace
    else:
        agreed = app.terminal.confirm("Go on?")
    if not agreed:
        raise Unsafe("not confirmed; nothing was changed", "--dry-run shows what would be done")


def _preview(app: App, preview: Preview) -> Report:
    users = [f"{name or 'nobody'} {count:,}" for name, count in preview.users.most_common(SHOWN)]
    states = [f"{state} {count:,}" for state, count in preview.states.most_common()]
    sample = [id[:8] + ("…" if len(id) > 8 else "") for id, _ in preview.sample]
    row = (app.namespace, app.topology.display, preview.total, preview.count, states, users, preview.oldest, preview.newest, sample)
    return Report(among(app, PREVIEWED), [Listed(PREVIEWED, [row])], record=True, single=True)


def _save(app: App, work: Purge, selection: Selection, path: str) -> ExitCode:
    count = planfile.save(path, app, [condition.text for condition in work.snapshots.where] or ["all"], selection.batches(planfile.NEED))
    app.say(f"{count:,} sessions planned; nothing was changed. To end exactly these: sessionctl purge --apply {quote(path)}")
    return ExitCode.DONE


def _apply(app: App, work: Purge, plan: PlanFile, caution: Caution) -> ExitCode:
    if plan.namespace != app.namespace:
        raise UsageProblem(f"the plan is of namespace {plan.namespace}, not {app.namespace}", f"add --namespace {plan.namespace}")
    if caution.most is not None and plan.count > caution.most:
        raise Unsafe(f"{plan.count:,} sessions are planned, more than --max {caution.most:,}; nothing was done", "narrow the selection")
    if not caution.yes:
        if not app.terminal.interactive:
            raise Unsafe("sessions would be ended, and nobody is there to confirm it", "add --yes")
        told = f"as planned at {plan.planned_at} on {plan.redis} ({', '.join(plan.selection)})"
        app.terminal.say(f"This ends {plan.count:,} sessions of {plan.namespace}, {told}.")
        if not app.terminal.confirm("Go on?"):
            raise Unsafe("not confirmed; nothing was changed")
    return _end(app, work, lambda: plan.snapshots(work.snapshots), plan.count)


def _end(app: App, work: Purge, read: Callable[[], Iterator[Snapshot]], expected: int | None) -> ExitCode:
    refused: Refused = {}
    try:
        with work.interrupts, app.terminal.progress("ending sessions", expected) as progress:
            done = 0
            for results in work.run(read()):
                done, before = work.outcomes.total(), done
                progress.advance(done - before)
                _note_refused(refused, results)
            work.finish()
    finally:  # whatever happened: what was done must be known, and how to take it back
        work.close()
        _tell(app, work, refused)
    return ended(app, work)


def _note_refused(refused: Refused, results: Sequence[Result]) -> None:
    """Counts the sessions that were refused for the same reason; there are few reasons, or only some are told."""
    for id, reason in ((result.id, result.reason or "") for result in results if result.outcome == Outcome.REFUSED):
        if reason in refused or len(refused) < SHOWN:
            count, first = refused.get(reason, (0, id))
            refused[reason] = count + 1, first


def _tell(app: App, work: Purge, refused: Refused) -> None:
    journal = str(work.recorder.path) if work.recorder is not None and work.recorder.count else None
    row = [*(work.outcomes[outcome] for outcome in Outcome), work.events, journal]
    app.show(Report(among(app, TOLD), [Listed(TOLD, [row])], single=True))
    for reason, (count, id) in refused.items():
        many = "session" if count == 1 else f"{count:,} sessions, such as"
        app.terminal.warn(f"{many} {id[:8]}…: {reason}")
    app.say(outcomes.summary(work))
    if work.stopped:
        app.say("it ended early; the same command again goes on")
    if journal:
        app.say(f"recorded in {journal}; sessionctl import {quote(journal)} brings back those whose deadline hasn't passed")
    if work.applier.farewells.native:
        app.terminal.warn(unheard(app))
