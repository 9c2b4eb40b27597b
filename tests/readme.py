"""The generated blocks of README.md: ``python -m tests.readme`` rewrites them, test_readme.py compares them with the program."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from sessionctl.cli import COMMANDS, run
from sessionctl.columns import DOCUMENT, TABLE
from sessionctl.demo import embedded_server, fill
from sessionctl.errors import ExitCode
from sessionctl.fields import ALL
from sessionctl.formats import FORMATS
from sessionctl.terminal import Terminal
from tests.rights import RIGHTS

README = Path(__file__).parents[1] / "README.md"
MEANINGS = {
    ExitCode.DONE: "done; an empty list too",
    ExitCode.NO: "the answer is no: no such session",
    ExitCode.USAGE: "usage: the command line makes no sense, or an id fits several sessions",
    ExitCode.PARTLY: "partly done: some sessions were spared, refused or gone",
    ExitCode.UNREACHABLE: "Redis can't be reached, timed out, or went away midway",
    ExitCode.REFUSED: "Redis refused: login, ACL, read-only",
    ExitCode.UNSAFE: "refused for safety: not confirmed, or over a cap",
    ExitCode.BUG: "a bug in sessionctl",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
}


def output(*words: str, person: bool = True) -> str:
    """What the program prints for these words on a terminal of 100 columns, without colour."""
    out, err = io.BytesIO(), io.StringIO()
    terminal = Terminal("never", stdin=io.BytesIO(), stdout=out, stderr=err, person=person, person_on_stderr=False, width=100, environ={})
    run(list(words), terminal)
    return (out.getvalue().decode() + err.getvalue()).rstrip()


def help_of(*words: str) -> str:
    import click
    from click.testing import CliRunner

    from sessionctl.cli import cli

    assert isinstance(cli, click.Command)
    return CliRunner().invoke(cli, [*words, "--help"], prog_name="sessionctl", terminal_width=100, env={"COLUMNS": "100"}).output.rstrip()


def demo(*lines: str) -> str:
    """Command lines and what they print on the sample sessions."""
    with embedded_server() as (host, port), Redis(host=host, port=port) as client:
        fill(client, time.time_ns() // 1_000_000)
        shown = [f"$ sessionctl {line}\n{output(*line.split(), '--url', f'redis://{host}:{port}/0')}" for line in lines]
        return "\n\n".join(shown).replace(f"{host}:{port}", "localhost:6379")


def columns() -> str:
    rows = ["| name | heading | | in the table | in the document |", "|---|---|---|---|---|"]
    for field in ALL:
        marks = ["✓" if field in group else "" for group in (TABLE, DOCUMENT)]
        rows.append(f"| `{field.name}` | {field.heading} | {field.description} | {marks[0]} | {marks[1]} |")
    return "\n".join(rows)


def exit_codes() -> str:
    return "\n".join(["| code | meaning |", "|---|---|", *(f"| {int(code)} | {MEANINGS[code]} |" for code in ExitCode)])


def formats() -> str:
    return "\n".join(["| `-o` | |", "|---|---|", *(f"| `{name}` | {summary} |" for name, summary in FORMATS.items())])


def rights() -> str:
    rows = ["| command | the least rule: `ACL SETUSER user on >password ~NAMESPACE:* …` |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{name}` | `{_cell(rule)}` |" for name, rule in RIGHTS.items())])


def _cell(rule: tuple[str, ...]) -> str:
    return " ".join(rule).replace("|", "\\|")


def fenced(text: str) -> str:
    return f"```text\n{text}\n```"


BLOCKS: dict[str, Callable[[], str]] = {
    "picture": lambda: fenced(demo("ls", "show 80f67136 --columns id,principal,authorities,remoteAddress,state,deadline,ttl,layout,keys")),
    "formats": formats,
    "columns": columns,
    "exit codes": exit_codes,
    "rights": rights,
    "help": lambda: fenced(help_of()),
    **{f"help {name}": (lambda name=name: fenced(help_of(name))) for name in COMMANDS},  # type: ignore[misc]  # the default binds the name
}


def generated(text: str) -> str:
    """`text` with every block between ``<!-- NAME -->`` and ``<!-- /NAME -->`` made anew."""
    for name, make in BLOCKS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        assert len(pattern.findall(text)) == 1, f"README.md needs one block {name!r}"
        text = pattern.sub(lambda found, make=make: found[1] + make() + found[2], text)  # type: ignore[misc]  # the default binds `make`
    return text


if __name__ == "__main__":
    README.write_text(generated(README.read_text("utf-8")), "utf-8")
