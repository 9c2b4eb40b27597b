"""The command line: which commands there are, and how a run ends. A command's module is imported only when it runs."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from sessionctl import __version__
from sessionctl.errors import Bug, ExitCode, SessionctlError, UsageProblem
from sessionctl.help import SharedOption, sections
from sessionctl.shared import EXIT_CODE, shared, shared_options

if TYPE_CHECKING:
    from sessionctl.terminal import Terminal

COMMANDS = {
    "ls": "List sessions: who, what state, how long they have left.",
    "show": "Show one session: its times, keys, principal and attributes.",
    "expire": "End sessions as a time-out does.",
    "delete": "End sessions as a logout does.",
    "extend": "Give sessions more time.",
    "export": "Write sessions whole to a file: JSON, NDJSON or CSV.",
    "import": "Bring sessions back from an export or a journal.",
    "diff": "Compare two exports, or one with what is live: lost, new, changed.",
    "purge": "End sessions in bulk, gently, and so that it can be undone.",
    "namespaces": "Find out where in this Redis there are sessions.",
    "demo": "Try any command on sample sessions, without a Redis.",
    "completion": "Print the completion script for bash, zsh or fish.",
}

JSON = ("json", "ndjson")
"""Formats in which an error is a JSON object too."""

EPILOG = """\b
Examples:
  sessionctl ls --user alice                     every session of alice
  sessionctl ls --idle 2h --sort idle            those untouched for two hours
  sessionctl show 3f2a9c1e                       one session, by the start of its id
  sessionctl delete --user alice                 log alice out everywhere
  sessionctl purge --idle 30d                    end what nobody has used for a month
  sessionctl --url redis-sentinel://s1,s2/0#main ls -o json

\b
Exit codes: 0 done, 1 the answer is no, 2 usage, 3 partly done, 4 Redis unreachable, 5 Redis refused,
6 refused for safety, 70 a bug, 130 interrupted."""


class Commands(click.Group):
    """The table of commands as a click group; only the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"sessionctl.commands.{cmd_name}").command
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        groups: dict[str, list[click.Parameter]] = {}
        for parameter in self.get_params(ctx):
            groups.setdefault(parameter.group if isinstance(parameter, SharedOption) else "Other", []).append(parameter)
        sections(formatter, ctx, list(groups.items()))


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="sessionctl %(version)s")
@shared_options
def cli() -> None:
    """Administer the sessions that Spring Session keeps in Redis.

    The options below may stand before or after the command's name; each has a variable SESSIONCTL_….
    """


def run(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Runs one command line and answers its exit code; every way to fail ends here, as one message and one code."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        if completing := os.environ.get("_SESSIONCTL_COMPLETE"):
            from click.shell_completion import shell_complete

            return shell_complete(cli, {}, "sessionctl", "_SESSIONCTL_COMPLETE", completing)
        return _invoke(words, terminal)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        from sessionctl.terminal import close_quietly

        close_quietly(sys.stdout)
        return ExitCode.DONE
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED


def _invoke(words: list[str], terminal: Terminal | None) -> int:
    root: click.Context | None = None
    try:
        with cli.make_context("sessionctl", words, obj=terminal, auto_envvar_prefix="SESSIONCTL") as root:
            cli.invoke(root)
            if root.obj is not None:
                root.obj.flush()
        return int(root.meta.get(EXIT_CODE, ExitCode.DONE))
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        return _tell(_as_usage(error), root, words, terminal)
    except SessionctlError as error:
        return _tell(error, root, words, terminal)
    except (BrokenPipeError, KeyboardInterrupt, click.Abort):
        raise
    except Exception as error:
        return _tell(Bug(error), root, words, terminal)


def _as_usage(error: click.UsageError) -> UsageProblem:
    where = error.ctx.command_path if error.ctx else "sessionctl"
    return UsageProblem(error.format_message().rstrip("."), f"{where} --help shows how it is used")


def _tell(error: SessionctlError, root: click.Context | None, words: list[str], terminal: Terminal | None) -> int:
    """The error on standard error: a sentence and a hint, or one JSON object where JSON was asked for."""
    if terminal is None:
        from sessionctl.terminal import Terminal

        terminal = (root.obj if root else None) or Terminal()
    values = shared(root) if root else {}
    as_json = values.get("format") in JSON or _format_in(words) in JSON
    terminal.flush()
    if values.get("debug") or os.environ.get("SESSIONCTL_DEBUG"):
        import traceback

        terminal.say("".join(traceback.format_exception(error.__cause__ or error)))
    terminal.error(error, as_json=as_json)
    return int(error.exit_code)


def _format_in(words: list[str]) -> str:
    """The format asked for by words that could not be parsed."""
    found = re.findall(r"(?:^|\0)(?:-o\0?|--format[\0=])(\w+)", "\0".join(words))
    return str(found[-1]) if found else os.environ.get("SESSIONCTL_FORMAT", "")
