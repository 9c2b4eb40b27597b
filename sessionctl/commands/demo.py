"""``sessionctl demo``: any command on sample sessions in an embedded server."""

from __future__ import annotations

import time

import click
from click.core import ParameterSource

from sessionctl.help import Command
from sessionctl.shared import EXIT_CODE, shared


def commands(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of the commands, as the first word."""
    from sessionctl.cli import COMMANDS

    return [] if context.params.get("words") else [name for name in COMMANDS if name.startswith(incomplete)]


@click.command("demo", cls=Command, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND…]", shell_complete=commands)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Try any command on sample sessions, without a Redis: an embedded server is filled with what two real applications left.

    \b
    Examples:
      sessionctl demo                    the same as sessionctl demo ls
      sessionctl demo show 80f67136      all that is known of one session
      sessionctl demo ls -o json
      sessionctl demo namespaces
    """
    from sessionctl.cli import run
    from sessionctl.demo import embedded_server, fill

    root = context.find_root()
    with embedded_server() as (host, port):
        from redis import Redis  # which is there if the server is

        fill(Redis(host=host, port=port), time.time_ns() // 1_000_000)
        line = [*_given(root), *_with_command(words), "--url", f"redis://{host}:{port}", "--db", "0"]
        context.meta[EXIT_CODE] = run(line, root.obj)


def _given(root: click.Context) -> list[str]:
    """The options that stand before ``demo``, as they may stand before any command."""
    words = []
    for option in root.command.params:
        if root.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
            words.append(option.opts[0] if getattr(option, "is_flag", False) else f"{option.opts[0]}={shared(root)[option.name or '']}")
    return words


def _with_command(words: tuple[str, ...]) -> tuple[str, ...]:
    from sessionctl.cli import COMMANDS

    named = words and (not words[0].startswith("-") or any(word in COMMANDS for word in words))
    return words if named else ("ls", *words)
