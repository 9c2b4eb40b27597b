"""``sessionctl demo``: any command on sample sessions in an embedded server."""

from __future__ import annotations

import time

import click

from sessionctl.help import Command
from sessionctl.shared import EXIT_CODE


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
      sessionctl demo show alice         how a session is found, and what is known of it
      sessionctl demo ls -o json
      sessionctl demo namespaces
    """
    from redis import Redis

    from sessionctl.cli import run
    from sessionctl.demo import embedded_server, fill

    with embedded_server() as (host, port):
        fill(Redis(host=host, port=port), time.time_ns() // 1_000_000)
        context.meta[EXIT_CODE] = run([*(words or ("ls",)), "--url", f"redis://{host}:{port}/0"], context.find_root().obj)
