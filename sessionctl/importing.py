"""An import from the question to the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain

from sessionctl import columns, fields, outcomes
from sessionctl.app import App
from sessionctl.archives import Line, records
from sessionctl.errors import ExitCode, Unsafe, UsageProblem
from sessionctl.imports import Import
from sessionctl.plan import Outcome, Result
from sessionctl.records.read import Record
from sessionctl.report import Field, Kind, Listed, Report
from sessionctl.returns import Wishes

LINE = Field("line", "LINE", Kind.COUNT, "where it stands in the file")
SHOWN = (LINE, fields.ID, fields.NAMESPACE, fields.LAYOUT, outcomes.OUTCOME, outcomes.REASON)
PLANNED = (LINE, fields.ID, fields.NAMESPACE, fields.LAYOUT, outcomes.OUTCOME, outcomes.PLAN, outcomes.REASON)


def bring_back(app: App, path: str, wishes: Wishes, *, yes: bool = False, dry_run: bool = False, verbose: bool = False) -> ExitCode:
    """Brings the sessions of a file back, and shows what became of each; a table shows only those that didn't come back.

    Raises UsageProblem where the file can't be imported at all, and Unsafe where nobody agreed to overwrite sessions.
    """
    with closing(records(path, app.terminal.stdin)) as lines:
        return _bring_back(app, path, importable(path, lines), wishes, yes, dry_run, verbose)


def _bring_back(app: App, path: str, lines: Iterator[list[Line]], wishes: Wishes, yes: bool, dry_run: bool, verbose: bool) -> ExitCode:
    run = Import(app, wishes)
    if dry_run:
        planned = (*PLANNED, outcomes.COMMANDS) if verbose else PLANNED
        app.show(Report(columns.among(app, planned), _rows(run.plans(lines, verbose), planned), record=verbose))
        app.say(f"a dry run, nothing was written: {summary(run)}")
        return _code(run)
    if wishes.replace and not yes:
        _ask(app, path)
    wanted = columns.among(app, SHOWN)
    with run.interrupts:
        _show(app, wanted, _watched(app, run, lines))
    app.say(summary(run))
    if run.failure is not None:
        raise run.failure
    if run.interrupts.asked:
        raise KeyboardInterrupt
    return _code(run)


def importable(path: str, lines: Iterator[list[Line]]) -> Iterator[list[Line]]:
    """`lines`, if the first record of them can be imported. Raises UsageProblem."""
    first = next(lines, [])
    record = next((record for _, record in first if isinstance(record, Record)), None)
    if record is not None and record.redacted:
        raise UsageProblem(f"{path} is redacted: its ids are hashed, and its raw bytes left out", "export without --redact")
    if record is not None and record.hash is None:
        raise UsageProblem(f"{path} has no raw bytes to restore", "export without --no-raw")
    return chain([first], lines)


def summary(run: Import) -> str:
    """One line for the person: ``3 sessions: 2 done, 1 spared; into namespace shop``."""
    total = run.outcomes.total()
    if not total:
        return "no session in it"
    many = "1 session" if total == 1 else f"{total:,} sessions"
    line = f"{many}: " + ", ".join(f"{run.outcomes[outcome]:,} {outcome}" for outcome in Outcome if run.outcomes[outcome])
    if run.namespaces:
        line += f"; into namespace {', '.join(run.namespaces)}"
        line += "" if run.wishes.namespace else ", where they were; --namespace NAME would rename"
    return line


def _ask(app: App, path: str) -> None:
    if not app.terminal.interactive:
        raise Unsafe("sessions would be overwritten, and nobody is there to confirm it", "add --yes; --dry-run shows what would be done")
    if not app.terminal.confirm(f"Sessions that exist already are overwritten with those of {path}. Go on?"):
        raise Unsafe("not confirmed; nothing was changed", "--dry-run shows what would be done")


def _watched(app: App, run: Import, lines: Iterable[list[Line]]) -> Iterator[list[Result]]:
    with app.terminal.progress("importing sessions") as progress:
        for results in run.run(lines):
            progress.advance(len(results))
            yield results


def _show(app: App, wanted: tuple[Field, ...], results: Iterator[list[Result]]) -> None:
    """Shows the results; when nobody reads them any more, the work goes on all the same."""
    if app.format_name == "table":
        results = ([result for result in some if result.outcome != Outcome.DONE] for some in results)
    try:
        app.show(Report(wanted, _rows(results, wanted)))
    except BrokenPipeError:
        for _ in results:
            pass


def _rows(results: Iterable[list[Result]], wanted: tuple[Field, ...]) -> Iterator[Listed]:
    """Results as rows; a line that is no record has no id."""
    for some in results:
        known = [{**one.detail, "id": one.id or None, "outcome": one.outcome.value, "reason": one.reason} for one in some]
        if known:
            yield Listed(wanted, [[row.get(field.name) for field in wanted] for row in known])


def _code(run: Import) -> ExitCode:
    return ExitCode.DONE if run.outcomes.keys() <= {Outcome.DONE} else ExitCode.PARTLY
