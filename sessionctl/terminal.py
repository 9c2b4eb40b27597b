"""The only owner of standard input, output and error: what is a terminal, how wide, in which colours; writing, asking, progress."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import IO, Any, Final, Literal, Protocol, TextIO

from sessionctl.errors import ErrorDocument, PartlyDone, UsageProblem
from sessionctl.formats.escape import printable
from sessionctl.report import Style
from sessionctl.units import human_duration

Color = Literal["auto", "always", "never"]
PATIENCE: Final = 0.7  # seconds before anything is shown
_PIECE: Final = 4096  # characters that are encoded at once: those that are all ASCII take a tenth of the time
INTERVAL: Final = 0.1  # seconds between two drawings
_CODES: Final = {"": "", "bold": "\x1b[1m", "dim": "\x1b[2m", "red": "\x1b[1;31m", "yellow": "\x1b[33m", "green": "\x1b[32m"}
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class Failure(Protocol):
    """What can be told as an error: `sessionctl.errors.SessionctlError`, or its like."""

    message: str
    hint: str | None

    def as_json(self) -> ErrorDocument:
        """The error as an object for JSON."""


class Progress:
    """Counts, and draws now and then. `draw` replaces the line (None: nobody looks), `clear` takes it away, `clock` is in seconds."""

    def __init__(
        self,
        description: str,
        total: int | None,
        draw: Callable[[str], None] | None,
        clear: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self.description = description
        self.total = total
        self.count = 0
        self.draw = draw
        self.clear = clear
        self.clock = clock

    def __enter__(self) -> Progress:
        self.start = self.clock()
        self.next = self.start + PATIENCE
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.clear()

    def advance(self, count: int = 1) -> None:
        """So much more is done; cheap enough to be called for every batch."""
        self.count += count
        if self.draw is not None and (now := self.clock()) >= self.next:
            self.next = now + INTERVAL
            self.draw(self._line(now - self.start))

    def _line(self, seconds: float) -> str:
        """``reading sessions: 120,000 of 1,000,000 (12%), 45,000/s, 19s left``"""
        rate = self.count / seconds if seconds else 0.0
        if not self.total:
            return f"{self.description}: {self.count:,}, {rate:,.0f}/s"
        left = f", {human_duration(round((self.total - self.count) / rate) * 1000)} left" if rate and self.count < self.total else ""
        return f"{self.description}: {self.count:,} of {self.total:,} ({100 * self.count // self.total}%), {rate:,.0f}/s{left}"


class Terminal:
    """Where a run reads and writes. Every argument has its default in the process itself, so that a test gives what it wants.

    Environment: NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM and COLUMNS. `keyboard` is where a person answers: standard input, or
    ``/dev/tty`` where that is a pipe. `quiet` shows no progress.
    """

    def __init__(
        self,
        color: Color | str = "auto",
        *,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        stderr: TextIO | None = None,
        keyboard: TextIO | None = None,
        person: bool | None = None,
        person_on_stderr: bool | None = None,
        width: int | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
        quiet: bool = False,
    ) -> None:
        self.stdin = stdin or getattr(sys.stdin, "buffer", None) or _nowhere("rb")
        self.stdout = stdout or getattr(sys.stdout, "buffer", None) or _nowhere("wb")
        self.stderr = stderr or sys.stderr or _nowhere("w")
        self.person = self.stdout.isatty() if person is None else person
        self.person_on_stderr = self.stderr.isatty() if person_on_stderr is None else person_on_stderr
        self.color = color
        self.environ = environ
        self.clock = clock
        self.quiet = quiet
        self._keyboard = keyboard
        self._width = width
        self._progress_drawn = False

    # --- how things look ---

    @property
    def width(self) -> int:
        """In columns."""
        if self._width is None:
            columns = self.environ.get("COLUMNS", "")
            self._width = int(columns) if columns.isdecimal() and int(columns) else _columns_of(self.stdout if self.person else self.stderr)
        return self._width

    def style(self) -> Style:
        """How reports look here: for a person on a terminal, for a program in a pipe."""
        width = self.width if self.person else None
        return Style(person=self.person, colour=self.coloured(self.person), width=width, whole_ids=not self.person)

    def coloured(self, terminal: bool) -> bool:
        """Whether to write colour to a stream that is, or isn't, a terminal (no-color.org, bixense.com/clicolors)."""
        if self.color != "auto":
            return self.color == "always"
        if self.environ.get("NO_COLOR"):
            return False
        if any(self.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
            return True
        return terminal and self.environ.get("TERM") != "dumb"

    # --- standard output ---

    def write(self, lines: Iterable[str]) -> None:
        """Data to standard output: each text is one or more lines without the last newline, or ends in NUL.

        Written at once, so that a reader sees what there is. Raises BrokenPipeError where nobody reads any more, PartlyDone where there
        is no room.
        """
        for text in lines:
            self._write(encoded(text if text.endswith("\0") else text + "\n"))

    def write_bytes(self, data: bytes) -> None:
        """Raw bytes to standard output; on a terminal escaped, as one line."""
        self._write(encoded(printable(data.decode("utf-8", "surrogateescape")) + "\n") if self.person else data)

    def _write(self, data: bytes) -> None:
        self.clear_progress()
        rest = memoryview(data)
        try:
            while rest:  # an unbuffered stream (PYTHONUNBUFFERED) may take a part only
                rest = rest[self.stdout.write(rest) :]
            self.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            close_quietly(self.stdout)
            raise PartlyDone(f"not everything could be written to standard output: {error.strerror}") from error

    def flush(self) -> None:
        """Everything out. Raises BrokenPipeError where nobody reads any more."""
        self.stdout.flush()
        self.stderr.flush()

    # --- standard error ---

    def say(self, message: str, style: str = "") -> None:
        """A remark for the person."""
        self._tell(f"{self._painted(line, style)}\n" for line in map(printable, message.split("\n")))

    def warn(self, message: str) -> None:
        """A warning for the person."""
        self._tell([f"{self._painted('warning:', 'yellow')} {printable(message)}\n"])

    def error(self, error: Failure, as_json: bool = False) -> None:
        """How the run failed: a sentence and a hint, or one JSON object."""
        if as_json:
            from json import dumps

            self._tell([dumps(error.as_json()) + "\n"])
            return
        self._tell([f"{self._painted('error:', 'red')} {printable(error.message)}\n"])
        if error.hint:
            self._tell([f"{self._painted('hint:', 'bold')} {printable(error.hint)}\n"])

    def progress(self, description: str, total: int | None = None) -> Progress:
        """A context manager that shows how far it is, but only to a person who has waited for a moment."""
        visible = self.person_on_stderr and not self.quiet and self.environ.get("TERM") != "dumb"
        return Progress(description, total, self._draw_progress if visible else None, self.clear_progress, self.clock)

    def _draw_progress(self, line: str) -> None:
        self.stderr.write(f"\r\x1b[K{printable(line)[: self.width - 1]}")
        self.stderr.flush()
        self._progress_drawn = True

    def clear_progress(self) -> None:
        """Takes the progress line away; it comes back when it changes."""
        if self._progress_drawn:
            self.stderr.write("\r\x1b[K")
            self.stderr.flush()
            self._progress_drawn = False

    def _tell(self, lines: Iterable[str]) -> None:
        self.clear_progress()
        self.stderr.writelines(lines)
        self.stderr.flush()

    def _painted(self, text: str, style: str) -> str:
        return f"{_CODES[style]}{text}\x1b[0m" if style and self.coloured(self.person_on_stderr) else text

    # --- the person and standard input ---

    @property
    def interactive(self) -> bool:
        """Whether a person sees a question, and can answer it."""
        return self.person_on_stderr and self._open_keyboard() is not None

    def ask(self, question: str) -> str | None:
        """The answer, without spaces around it; None where nobody can be asked, or the person ends the input."""
        keyboard = self._open_keyboard() if self.person_on_stderr else None
        if keyboard is None:
            return None
        self._tell([printable(question)])
        answer = keyboard.readline()
        if not answer:
            self._tell(["\n"])
        return answer.strip() if answer else None

    def confirm(self, question: str, default: bool = False) -> bool:
        """Whether the person says yes; no where nobody can be asked."""
        choices = "[Y/n]" if default else "[y/N]"
        while (answer := self.ask(f"{question} {choices} ")) is not None:
            word = answer.casefold()
            if word in ("", "y", "yes", "n", "no"):
                return word.startswith("y") if word else default
            self.say("please answer y or n")
        return False

    def ask_secret(self, question: str) -> str:
        """What the person types without seeing it. Raises UsageProblem where nobody can be asked."""
        if not self.interactive:
            raise UsageProblem(
                "there is no terminal to ask for the password on", "use --password-file, or the variable SESSIONCTL_PASSWORD"
            )
        from getpass import getpass

        self.clear_progress()
        return getpass(question, self.stderr)

    def read_ids(self) -> Iterator[str]:
        """The ids on standard input as they come: one a line, or ended with NUL where the first piece has one."""
        read: Callable[[int], bytes] = getattr(self.stdin, "read1", self.stdin.read)
        rest, separator = b"", b""
        while piece := read(65536):
            separator = separator or (b"\0" if b"\0" in piece else b"\n")
            *whole, rest = (rest + piece).split(separator)
            yield from _ids(whole, separator)
        yield from _ids([rest], separator)

    def _open_keyboard(self) -> TextIO | None:
        if self._keyboard is None:
            try:
                name: Any = self.stdin.fileno() if self.stdin.isatty() else "/dev/tty"
                self._keyboard = open(name, encoding="utf-8", errors="surrogateescape", closefd=isinstance(name, str))  # noqa: SIM115
            except (OSError, ValueError):
                return None
        return self._keyboard


def encoded(text: str) -> bytes:
    """UTF-8; bytes that were none come out as they were; half a surrogate pair, which Java allows, becomes U+FFFD."""
    try:
        return b"".join([text[at : at + _PIECE].encode("utf-8", "surrogateescape") for at in range(0, len(text), _PIECE)])
    except UnicodeEncodeError:
        return _NO_BYTE.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def close_quietly(stream: IO[Any]) -> None:
    """After an error: keeps Python from complaining again when it flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _nowhere(mode: str) -> Any:
    """What stands for a stream that the shell has closed (``<&-``)."""
    return open(os.devnull, mode)


def _columns_of(stream: Any) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _ids(parts: Iterable[bytes], separator: bytes) -> Iterator[str]:
    for part in parts:
        id = (part.strip() if separator == b"\n" else part).decode("utf-8", "surrogateescape")
        if id:
            yield id
