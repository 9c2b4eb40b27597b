"""The terminal: what goes to which stream, in which colours, and what a person is asked."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from sessionctl.errors import NotFound, PartlyDone, UsageProblem
from sessionctl.report import Style
from sessionctl.terminal import Terminal, encoded

ROOT = Path(__file__).parents[1]


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def terminal(
    person: bool = True, keys: str | None = None, stdin: bytes = b"", environ: dict[str, str] | None = None, **more: Any
) -> Terminal:
    """A terminal of 60 columns on which `keys` are typed; with `person` false, pipes."""
    return Terminal(
        stdin=BytesIO(stdin),
        stdout=BytesIO(),
        stderr=StringIO(),
        keyboard=None if keys is None else StringIO(keys),
        person=person,
        person_on_stderr=person,
        width=60,
        environ={"NO_COLOR": "1"} if environ is None else environ,
        **more,
    )


def out(terminal: Terminal) -> bytes:
    assert isinstance(terminal.stdout, BytesIO)
    return terminal.stdout.getvalue()


def err(terminal: Terminal) -> str:
    assert isinstance(terminal.stderr, StringIO)
    return terminal.stderr.getvalue()


def test_data_goes_to_standard_output_and_remarks_to_standard_error() -> None:
    both = terminal()
    both.write(["a\nb", "c"])
    both.say("3 sessions")
    both.warn("one is odd")
    assert out(both) == b"a\nb\nc\n"
    assert err(both) == "3 sessions\nwarning: one is odd\n"


def test_text_that_ends_in_nul_gets_no_newline() -> None:
    pipe = terminal(person=False)
    pipe.write(["a\0b\0"])
    assert out(pipe) == b"a\0b\0"


def test_every_text_is_written_at_once() -> None:
    pipe = terminal(person=False)
    seen: list[bytes] = []

    def lines() -> Iterator[str]:
        yield "first"
        seen.append(out(pipe))
        yield "second"

    pipe.write(lines())
    assert seen == [b"first\n"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_as_one() -> None:
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(PartlyDone, match="No space left on device"):
        Terminal(stdout=full, environ={}).write(["a"])


class Narrow(BytesIO):
    """Takes three bytes at a time, as an unbuffered stream may."""

    def write(self, data: Any) -> int:
        return super().write(bytes(data[:3]))


def test_what_is_taken_in_parts_is_written_in_whole() -> None:
    out = Narrow()
    Terminal(stdout=out, environ={}).write(["0123456789"])
    assert out.getvalue() == b"0123456789\n"


@pytest.mark.parametrize(("text", "raw"), [("é", b"\xc3\xa9"), ("a\udcff", b"a\xff"), ("\ud83d\udcff", b"\xef\xbf\xbd\xff")])
def test_bytes_that_are_no_utf_8_come_out_as_they_were(text: str, raw: bytes) -> None:
    assert encoded(text) == raw
    assert encoded(text * 10_000) == raw * 10_000
    assert encoded("plain " * 10_000 + text) == b"plain " * 10_000 + raw


def test_raw_bytes_are_escaped_on_a_terminal_only() -> None:
    pipe, screen = terminal(person=False), terminal()
    for one in (pipe, screen):
        one.write_bytes(b"\xac\xed\x00\x05t\x1b[2J")
    assert out(pipe) == b"\xac\xed\x00\x05t\x1b[2J"
    assert out(screen) == b"\\xac\\xed\\x00\\x05t\\x1b[2J\n"


def test_remarks_are_safe_and_may_have_several_lines() -> None:
    screen = terminal()
    screen.say("no session 'a\x1b[2J'\nin namespace b\u202e")
    assert err(screen) == "no session 'a\\x1b[2J'\nin namespace b\\u202e\n"


def test_an_error_is_a_sentence_and_a_hint() -> None:
    screen, coloured = terminal(), terminal(environ={})
    error = NotFound("there is no session 'x'", "sessionctl ls lists them")
    screen.error(error)
    coloured.error(error)
    assert err(screen) == "error: there is no session 'x'\nhint: sessionctl ls lists them\n"
    assert err(coloured) == "\x1b[1;31merror:\x1b[0m there is no session 'x'\n\x1b[1mhint:\x1b[0m sessionctl ls lists them\n"


def test_an_error_is_one_json_object_where_json_was_asked_for() -> None:
    pipe = terminal(person=False)
    pipe.error(NotFound("there is no session 'é\udcff'"), as_json=True)
    assert err(pipe) == '{"error": "not-found", "message": "there is no session \'\\u00e9\\udcff\'", "hint": null, "exit_code": 1}\n'


def test_the_style_of_a_terminal_and_of_a_pipe() -> None:
    assert terminal(environ={}).style() == Style(person=True, colour=True, width=60, whole_ids=False)
    assert terminal(person=False, environ={}).style() == Style()


@pytest.mark.parametrize(
    ("color", "person", "environ", "coloured"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(color: str, person: bool, environ: dict[str, str], coloured: bool) -> None:
    assert terminal(person, environ=environ, color=color).style().colour is coloured


def test_the_width_comes_from_columns_first() -> None:
    assert Terminal(stdin=BytesIO(), stdout=BytesIO(), stderr=StringIO(), environ={"COLUMNS": "132"}).width == 132
    assert Terminal(stdin=BytesIO(), stdout=BytesIO(), stderr=StringIO(), environ={}).width == 80


def test_progress_appears_after_a_moment_and_is_gone_at_the_end() -> None:
    clock = Clock()
    screen = terminal(clock=clock)
    with screen.progress("reading sessions") as progress:
        for clock.now in (0.2, 0.6, 1.0, 1.05, 2.0):
            progress.advance(500)
    assert err(screen) == "\r\x1b[Kreading sessions: 1,500, 1,500/s\r\x1b[Kreading sessions: 2,500, 1,250/s\r\x1b[K"


def test_progress_with_a_total_tells_what_is_left() -> None:
    clock = Clock()
    screen = terminal(clock=clock)
    with screen.progress("deleting", total=1000) as progress:
        clock.now = 2.0
        progress.advance(250)
    assert err(screen) == "\r\x1b[Kdeleting: 250 of 1,000 (25%), 125/s, 6s left\r\x1b[K"


def test_progress_makes_way_for_data() -> None:
    clock = Clock()
    screen = terminal(clock=clock)
    with screen.progress("reading") as progress:
        clock.now = 1.0
        progress.advance()
        screen.write(["row"])
        shown = err(screen)
    assert shown == err(screen) == "\r\x1b[Kreading: 1, 1/s\r\x1b[K"


@pytest.mark.parametrize("make", [lambda: terminal(person=False), lambda: terminal(quiet=True), lambda: terminal(environ={"TERM": "dumb"})])
def test_no_progress_where_nobody_looks(make: Callable[[], Terminal]) -> None:
    none = make()
    none.clock = clock = Clock()
    with none.progress("reading", total=2) as progress:
        clock.now = 5.0
        progress.advance()
    assert err(none) == ""


@pytest.mark.parametrize(
    ("keys", "default", "answer"),
    [("y\n", False, True), ("YES\n", False, True), ("n\n", True, False), ("\n", False, False), ("\n", True, True), ("", True, False)],
)
def test_a_person_confirms(keys: str, default: bool, answer: bool) -> None:
    screen = terminal(keys=keys)
    assert screen.confirm("Delete 3 sessions?", default) is answer
    assert err(screen).startswith(f"Delete 3 sessions? {'[Y/n]' if default else '[y/N]'} ")


def test_a_person_who_answers_something_else_is_asked_again() -> None:
    screen = terminal(keys="what\ny\n")
    assert screen.confirm("Delete?")
    assert err(screen) == "Delete? [y/N] please answer y or n\nDelete? [y/N] "


def test_nobody_is_asked_in_a_pipe() -> None:
    pipe = terminal(person=False, keys="y\n")
    assert not pipe.interactive
    assert pipe.confirm("Delete?", default=True) is False
    assert pipe.ask("How many?") is None
    with pytest.raises(UsageProblem, match="there is no terminal to ask for the password on"):
        pipe.ask_secret("Password: ")
    assert err(pipe) == ""


def test_an_answer() -> None:
    assert terminal(keys=" 42 \n").ask("How many? ") == "42"
    assert terminal(keys="").ask("How many? ") is None


@pytest.mark.parametrize(
    ("stdin", "ids"),
    [
        (b"", []),
        (b"a\nb\r\n\n c ", ["a", "b", "c"]),
        (b"a b\nc\xff\n", ["a b", "c\udcff"]),
        (b"a\nb\0c\0", ["a\nb", "c"]),
        (b"x" * 70_000 + b"\n" + b"y" * 70_000, ["x" * 70_000, "y" * 70_000]),
    ],
)
def test_ids_from_standard_input(stdin: bytes, ids: list[str]) -> None:
    assert list(terminal(stdin=stdin).read_ids()) == ids


def test_a_real_terminal_is_found_out() -> None:
    master, slave = pty.openpty()
    with open(slave, "wb", buffering=0) as stdout, open(os.dup(slave), "w") as stderr, open(os.dup(slave), "rb") as stdin:
        real = Terminal(stdin=stdin, stdout=stdout, stderr=stderr, environ={})
        os.write(master, b"y\n")
        assert (real.person, real.interactive, real.confirm("Sure?")) == (True, True, True)
        shown = b""
        while b"Sure? [y/N] " not in shown:  # the echo of the answer may come on its own
            shown += os.read(master, 1000)
        assert real.style() == Style(person=True, colour=True, width=80, whole_ids=False)
    os.close(master)


def test_a_closed_pipe_ends_quietly() -> None:
    code = """
import sys
from sessionctl.terminal import Terminal, close_quietly
try:
    Terminal().write("line" for _ in range(1_000_000))
except BrokenPipeError:
    close_quietly(sys.stdout)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert child.stdout
    assert child.stderr
    assert child.stdout.readline() == b"line\n"
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 0


def test_the_terminal_starts_light() -> None:
    code = "import sys, sessionctl.terminal; print(sorted({'rich', 'tabulate', 'json', 'getpass', 'shutil'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_closed_streams_are_no_reason_to_fail() -> None:
    code = "from sessionctl.terminal import Terminal; t = Terminal(); t.write(['x']); t.say('y'); t.flush(); assert not list(t.read_ids())"
    subprocess.run(["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code], check=True, cwd=ROOT)
