"""The tree of errors: its docstring, its exit codes and its JSON say the same."""

from __future__ import annotations

import re

import pytest

from sessionctl import errors
from sessionctl.errors import Bug, ExitCode, NotFound, PartlyDone, Refused, SessionctlError, Unreachable, Unsafe, UsageProblem

TREE: list[type[SessionctlError]] = [NotFound, UsageProblem, PartlyDone, Unreachable, Refused, Unsafe, Bug]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"[├└]── (\w+) +(\d+)", errors.__doc__ or "")
    assert drawn == [(error.__name__, str(int(error.exit_code))) for error in TREE]
    assert SessionctlError.__subclasses__() == TREE


def test_exit_codes_are_the_promised_ones() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "NO": 1,
        "USAGE": 2,
        "PARTLY": 3,
        "UNREACHABLE": 4,
        "REFUSED": 5,
        "UNSAFE": 6,
        "BUG": 70,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("error", TREE)
def test_each_error_has_a_kind_and_a_code_of_its_own(error: type[SessionctlError]) -> None:
    others = [other for other in TREE if other is not error]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.kind)
    assert error.kind not in [other.kind for other in others]
    assert error.exit_code not in [other.exit_code for other in others]


def test_an_error_as_json() -> None:
    error = Unreachable("localhost:6379 refuses connections", "check that Redis runs")
    assert error.as_json() == {
        "error": "unreachable",
        "message": "localhost:6379 refuses connections",
        "hint": "check that Redis runs",
        "exit_code": 4,
    }
    assert NotFound("no session abc").as_json()["hint"] is None


def test_a_bug_names_its_cause() -> None:
    cause = KeyError("x")
    bug = Bug(cause)
    assert (bug.message, bug.__cause__) == ("a bug in sessionctl: KeyError: 'x'", cause)
    assert "--debug" in str(bug.hint)


def test_an_error_as_text_is_its_message() -> None:
    assert str(Refused("no", "ask")) == "no"
