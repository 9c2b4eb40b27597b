"""How help looks: examples first, a command's own options next, and the options that all commands share in one place, the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click


class SharedOption(click.Option):
    """An option that all commands take, before and after their name. `group` is the section of the help that it is in."""

    def __init__(self, *arguments: Any, group: str, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.group = group


def sections(formatter: click.HelpFormatter, context: click.Context, groups: Sequence[tuple[str, Sequence[click.Parameter]]]) -> None:
    """A section of options for each group that has any to show."""
    for title, parameters in groups:
        options = [parameter for parameter in parameters if isinstance(parameter, click.Option)]
        rows = [row for option in options if (row := option.get_help_record(context)) is not None]
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


class Command(click.Command):
    """A command whose help shows its own options, and says where the shared ones are.

    Where an option of its own has the name of a shared one, the shared one stands only before the command's name.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        own = {name for parameter in self.params if not isinstance(parameter, SharedOption) for name in parameter.opts}
        self.params = [one for one in self.params if not (isinstance(one, SharedOption) and own & set(one.opts))]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [parameter for parameter in self.get_params(ctx) if not isinstance(parameter, SharedOption)]
        sections(formatter, ctx, [("Options", own)])
        if len(own) < len(self.get_params(ctx)):
            formatter.write_paragraph()
            formatter.write_text("Connection and output options (--url, --namespace, -o, --columns, …): sessionctl --help")
