"""``sessionctl demo``: any command, on an embedded server of its own."""

from __future__ import annotations

import sys

import pytest

from tests.running import Done, Program

demo = Program("redis://127.0.0.1:1/0")  # nothing listens there
ALICE = "80f67136-29f1-4db0-9003-da0ec6b57213"


@pytest.mark.parametrize(
    "words",
    [
        ("-q", "demo", "ls", "--attr", "theme", "-o", "ids"),
        ("-o", "ids", "-q", "demo", "ls", "--attr", "theme"),
        ("-o", "ids", "demo", "--attr", "theme", "-q"),
        ("demo", "show", "80f6", "-o", "ids"),
    ],
)
def test_options_stand_before_and_after_and_ls_may_be_left_out(words: tuple[str, ...]) -> None:
    assert demo(*words) == Done(0, f"{ALICE}\n", "")


def test_the_exit_code_is_the_commands() -> None:
    assert demo("demo", "show", "nobody").code == 1
    assert demo("demo", "nonsense").code == 2


def test_what_must_be_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("redis", "fakeredis"):
        monkeypatch.setitem(sys.modules, module, None)
    done = demo("demo")
    assert done.code == 2
    assert "hint: pip install 'sessionctl[demo]'" in done.err
