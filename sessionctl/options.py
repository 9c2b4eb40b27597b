"""Click types and decorators that commands share: the selection of sessions, and what completes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from sessionctl import completion, offers

Command = TypeVar("Command", bound=Callable[..., Any])


class Selection(click.ParamType):  # type: ignore[type-arg]  # click before 8.2 has no type parameter here
    """A filter as a person writes it; what it means is in `filters`, which is imported only when one is given."""

    name = "text"

    def __init__(self, kind: str, metavar: str) -> None:
        self.kind = kind
        self.metavar = metavar

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # click before 8.2 has no ctx
        return self.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from sessionctl import filters

        try:
            return filters.condition(self.kind, value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


SELECTION = (
    ("idle", "SPAN", "Not touched for 2h (at least), ..5m (at most), 1h..2h."),
    ("age", "SPAN", "Created that long ago."),
    ("remaining", "SPAN", "Time left to the deadline that Spring obeys; ..0s is past it."),
    ("ttl", "SPAN", "Time left until Redis removes the key."),
    ("size", "SIZE", "Memory in Redis: 10KiB (at least), ..1MiB (at most)."),
    ("user", "NAME", "Logged in as NAME, a glob ('al*'), or not so ('!bob')."),
    ("state", "STATE", "active, expired, deleted, partial; several with commas; ! negates."),
    ("attr", "NAME[=VALUE]", "Has the attribute, with this value (a glob); ! negates."),
)


def selection_options(command: Command) -> Command:
    """The filters; given several, all must hold. `take_selection` makes one tuple of them."""
    return _selection(command, {})


def bulk_selection_options(command: Command) -> Command:
    """The same, where ``--idle`` may stand alone: what is overdue."""
    text = "Not touched for 2h (at least), ..5m, 1h..2h. Alone: past its own timeout and grace period."
    bare = {"is_flag": False, "flag_value": OVERDUE, "help": text, "metavar": "[SPAN]"}
    return _selection(command, {"idle": bare})


def _selection(command: Command, others: dict[str, dict[str, Any]]) -> Command:
    for kind, metavar, text in reversed(SELECTION):
        settings: dict[str, Any] = {"metavar": metavar, "help": text, "shell_complete": offers.of(kind)}
        kept = {"type": Selection(kind, metavar), "multiple": True}
        command = click.option(f"--{kind}", f"where_{kind}", **{**settings, **kept, **others.get(kind, {})})(command)
    return command


class Span(click.ParamType):  # type: ignore[type-arg]  # as above
    """A duration, in milliseconds; with `never`, also that word, which gives None."""

    name = "span"

    def __init__(self, never: bool = False) -> None:
        self.never = never

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # click before 8.2 has no ctx
        return "SPAN|never" if self.never else "SPAN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from sessionctl.units import parse_duration

        if self.never and value == "never":
            return NEVER
        try:
            milliseconds = parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if milliseconds < 0:
            self.fail(f"{value!r} is negative", param, ctx)
        return milliseconds


NEVER = "never"
OVERDUE = "overdue"

CHANGE = (
    click.argument("ids", nargs=-1, metavar="[ID…]", shell_complete=completion.ids),
    click.option("--except", "spared", metavar="ID", multiple=True, help="Spare this one.", shell_complete=completion.ids),
    click.option("--yes", "-y", is_flag=True, help="Don't ask: several sessions may be changed."),
    click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
    click.option("--verbose", "-v", is_flag=True, help="With --dry-run: every command, as Redis would get it."),
    click.option(
        "--wait",
        type=Span(),
        default="2s",
        show_default=True,
        help="How long requests in flight get before what they have left behind is looked for.",
    ),
)


def change_options(command: Command) -> Command:
    """What all commands that change sessions take: ids, the selection, and how careful to be."""
    ids, *others = CHANGE
    for option in reversed(others):
        command = option(command)
    return ids(selection_options(command))


def event_option(default: str) -> Callable[[Command], Command]:
    """Which event the applications hear of."""
    return click.option(
        "--event",
        type=click.Choice(("deleted", "expired", "none")),
        default=default,
        show_default=True,
        help="What the applications hear: SessionDeletedEvent, SessionExpiredEvent or nothing.",
    )


def take_selection(values: dict[str, Any]) -> tuple[Any, ...]:
    """Takes the filters out of a command's keyword arguments."""
    return tuple(condition for kind, _, _ in SELECTION for condition in values.pop(f"where_{kind}"))
