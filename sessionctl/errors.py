"""Every way to fail: one sentence of what happened to what, a hint of what to type next, and the exit code.

    SessionctlError
    ├── NotFound       1   the answer is no: no such session, nothing to do
    ├── UsageProblem   2   the command line, a URL or a file given to it makes no sense
    ├── PartlyDone     3   some of it was done, and some spared, refused or gone
    ├── Unreachable    4   no working connection: refused, timed out, name not found, TLS not verified, connection lost, not a Redis,
    │                      or a Redis that can't answer just now (LOADING, MASTERDOWN, CLUSTERDOWN)
    ├── Refused        5   Redis answered, and said no: NOAUTH, WRONGPASS, NOPERM, READONLY, MISCONF, OOM
    ├── Unsafe         6   sessionctl itself refused: not confirmed, or over a cap
    └── Bug           70   an exception that nobody foresaw

Interrupting (130) is no error of this tree; `cli` turns it into its exit code.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, TypedDict


class ExitCode(IntEnum):
    """How a run ended."""

    DONE = 0  # also when the list is empty
    NO = 1  # the answer is no: no such session; findings
    USAGE = 2
    PARTLY = 3  # some spared, refused or gone
    UNREACHABLE = 4
    REFUSED = 5
    UNSAFE = 6  # refused for safety: not confirmed, over a cap
    BUG = 70  # in sessionctl itself (EX_SOFTWARE of sysexits.h)
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class ErrorDocument(TypedDict):
    """An error as JSON, the last line on standard error when JSON was asked for."""

    error: str
    message: str
    hint: str | None
    exit_code: int


class SessionctlError(Exception):
    """The base of the tree. `message` is one sentence without a full stop; `hint` says what to type next."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    kind: ClassVar[str] = "error"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_json(self) -> ErrorDocument:
        """The error as a JSON object: kind, message, hint and exit code."""
        return {"error": self.kind, "message": self.message, "hint": self.hint, "exit_code": int(self.exit_code)}


class NotFound(SessionctlError):
    """The answer is no: there is no such session."""

    exit_code = ExitCode.NO
    kind = "not-found"


class UsageProblem(SessionctlError):
    """What was typed makes no sense, or not for this Redis."""

    exit_code = ExitCode.USAGE
    kind = "usage"


class PartlyDone(SessionctlError):
    """Some of it was done; the message counts what was not, and why."""

    exit_code = ExitCode.PARTLY
    kind = "partly-done"


class Unreachable(SessionctlError):
    """There is no Redis that answers; trying again later may help."""

    exit_code = ExitCode.UNREACHABLE
    kind = "unreachable"


class Refused(SessionctlError):
    """Redis answered, and refused; trying again won't help before something is changed."""

    exit_code = ExitCode.REFUSED
    kind = "refused"


class Unsafe(SessionctlError):
    """sessionctl refused for safety: the change was not confirmed, or is larger than allowed."""

    exit_code = ExitCode.UNSAFE
    kind = "unsafe"


class Bug(SessionctlError):
    """Something that sessionctl didn't foresee; its cause is the exception that was."""

    exit_code = ExitCode.BUG
    kind = "bug"

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"a bug in sessionctl: {type(cause).__name__}: {cause}", "run it again with --debug and report what it prints")
        self.__cause__ = cause
