"""``sessionctl completion``: the script that teaches a shell what to offer."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from sessionctl.help import Command
from sessionctl.shared import terminal_of

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      source <(sessionctl completion bash)                                      this bash
      sessionctl completion zsh > "${fpath[1]}/_sessionctl"                     every zsh
      sessionctl completion fish > ~/.config/fish/completions/sessionctl.fish   every fish

    Options, values, columns and session ids complete; for ids, SESSIONCTL_URL or --url on the line says where Redis is.
    """
    terminal_of(context).write([script(context.find_root().command, shell)])


def script(program: click.Command, shell: str) -> str:
    """The completion script for `shell`."""
    kind = get_completion_class(shell)
    assert kind is not None, shell
    return kind(program, {}, "sessionctl", "_SESSIONCTL_COMPLETE").source().rstrip("\n")
