"""How changes are told: what would be done, what was done with each session, and all of it in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sessionctl import fields
from sessionctl.app import App
from sessionctl.columns import among
from sessionctl.layouts.base import Stored
from sessionctl.plan import Outcome, Plan, Result
from sessionctl.report import Field, Kind, Listed, Report, Table

if TYPE_CHECKING:
    from sessionctl.apply import Applier
    from sessionctl.changes import Changes

OUTCOME = Field("outcome", "OUTCOME", Kind.STATE, "done, gone (it had ended already), spared (it has changed) or refused")
REASON = Field("reason", "REASON", Kind.TEXT, "why, where it isn't plainly done")
EVENT = Field("event", "EVENT", Kind.TEXT, "what the applications were told: deleted, expired, or nothing")
PLAN = Field("plan", "PLAN", Kind.TEXT, "what would be done")
COMMANDS = Field("commands", "COMMANDS", Kind.TABLE, "every command of the plan, as Redis would get it")
TARGET = Field("target", "TARGET", Kind.TEXT)
COMMAND = Field("command", "COMMAND", Kind.TEXT)

ENDED = (fields.ID, fields.PRINCIPAL, fields.LAYOUT, OUTCOME, EVENT, REASON)
EXTENDED = (fields.ID, fields.PRINCIPAL, fields.LAYOUT, OUTCOME, fields.MAX_INACTIVE_INTERVAL, fields.DEADLINE, REASON)
PLANNED = (fields.ID, fields.PRINCIPAL, fields.LAYOUT, fields.STATE, OUTCOME, PLAN, REASON)


def batches(results: Iterable[Sequence[Result]], columns: Sequence[Field]) -> Iterator[Listed]:
    """Results as rows of the columns."""
    for some in results:
        yield Listed(columns, [[_known(result).get(field.name) for field in columns] for result in some])


def _known(result: Result) -> dict[str, object]:
    return {**result.detail, "id": result.id, "outcome": result.outcome.value, "reason": result.reason}


def planned(app: App, plans: Iterable[Sequence[tuple[Stored, Plan] | Result]], applier: Applier, verbose: bool) -> Report:
    """What would be done with each session; with every command of it if `verbose`."""
    columns = among(app, (*PLANNED, COMMANDS) if verbose else PLANNED)
    results = ([one if isinstance(one, Result) else _would_be(*one, applier, verbose) for one in some] for some in plans)
    return Report(columns, batches(results, columns), record=verbose)


def _would_be(session: Stored, plan: Plan, applier: Applier, verbose: bool) -> Result:
    detail: dict[str, object] = {
        "principal": session.principal,
        "layout": session.layout,
        "state": session.state.value,
        "plan": plan.wants,
    }
    if verbose:
        detail["commands"] = commands_table(applier.commands(plan))
    return Result(session.id, Outcome.DONE, None, detail)


def commands_table(commands: Iterable[tuple[str, Sequence[bytes]]]) -> Table:
    """Commands, each after what it is for, as a person would type them."""
    rows = [(target, " ".join(map(quoted, words))) for target, words in commands]
    return Table((TARGET, COMMAND), rows, [{"target": target, "command": command} for target, command in rows])


def quoted(word: bytes) -> str:
    """A word as redis-cli takes it."""
    plain = word.decode("ascii", "replace")
    if plain.isascii() and plain.isprintable() and plain and not set(plain) & set(" \"'\\"):
        return plain
    signs = {0x22: '\\"', 0x5C: "\\\\"}
    return '"' + "".join(signs.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}") for byte in word) + '"'


def summary(changes: Changes) -> str:
    """One line for the person: ``3 sessions: 2 done, 1 spared; 2 events sent``."""
    total = changes.outcomes.total()
    many = "1 session" if total == 1 else f"{total:,} sessions"
    parts = [f"{many}: " + ", ".join(f"{count:,} {outcome}" for outcome, count in changes.outcomes.most_common())] if total else [many]
    if changes.events:
        parts.append("1 event sent" if changes.events == 1 else f"{changes.events:,} events sent")
    if changes.last_look.mended:
        parts.append(f"{changes.last_look.mended:,} put right again after requests in flight")
    if changes.last_look.undone:
        parts.append(f"{changes.last_look.undone:,} as they were again, for Redis has lost the last changes (a failover?): run this again")
    return "; ".join(parts)
