"""Click types and decorators that commands share: the selection of sessions, and what completes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from sessionctl import offers

Command = TypeVar("Command", bound=Callable[..., Any])


class Selection(click.ParamType):  # type: ignore[type-arg]  # click before 8.2 has no type parameter here
    """A filter as a person writes it; what it means is in `filters`, which is imported only when one is given."""

    name = "text"

    def __init__(self, kind: str, metavar: str) -> None:
        self.kind = kind
        self.metavar = metavar

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
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
    """The filters; given several, all must hold. The command gets them as one tuple, `where`."""
    for kind, metavar, text in reversed(SELECTION):
        command = click.option(
            f"--{kind}",
            f"where_{kind}",
            metavar=metavar,
            type=Selection(kind, metavar),
            multiple=True,
            help=text,
            shell_complete=offers.of(kind),
        )(command)
    return command


def take_selection(values: dict[str, Any]) -> tuple[Any, ...]:
    """Takes the filters out of a command's keyword arguments."""
    return tuple(condition for kind, _, _ in SELECTION for condition in values.pop(f"where_{kind}"))
