"""The committed completion scripts are the program's, and what they ask it is answered quickly and silently."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sessionctl.commands.completion import SHELLS
from sessionctl.fields import ALL
from tests.running import Program

FILES = {"bash": "sessionctl.bash", "zsh": "_sessionctl", "fish": "sessionctl.fish"}
ROOT = Path(__file__).parents[1]


def offered(line: str, url: str = "redis://127.0.0.1:1/0") -> list[str]:
    """What bash would offer for the last word of `line`."""
    words = line.split(" ")
    environ = {
        **os.environ,
        "_SESSIONCTL_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "SESSIONCTL_URL": url,
    }
    done = subprocess.run([sys.executable, "-m", "sessionctl"], env=environ, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [answer.partition(",")[2] for answer in done.stdout.splitlines() if answer]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_committed_script_is_the_programs(shell: str, sessionctl: Program) -> None:
    assert (ROOT / "completions" / FILES[shell]).read_text("utf-8") == sessionctl("completion", shell).out


def test_commands_and_options() -> None:
    assert offered("sessionctl n") == ["namespaces"]
    assert offered("sessionctl ls --no") == ["--no-index"]
    assert "--url" in offered("sessionctl show --u")


def test_values() -> None:
    assert offered("sessionctl ls --state e") == ["expired"]
    assert offered("sessionctl ls --state active,e") == ["active,expired"]
    assert offered("sessionctl ls --state !e") == ["!expired"]
    assert offered("sessionctl demo n") == ["namespaces"]
    assert offered("sessionctl ls -o nd") == ["ndjson"]
    assert offered("sessionctl ls --idle 1") == ["1h", "1d", "1h..2h"]
    assert offered("sessionctl completion z") == ["zsh"]


def test_columns_and_of_a_list_the_last_one() -> None:
    assert offered("sessionctl ls --sort ") == [field.name for field in ALL]
    assert offered("sessionctl ls --columns id,cre") == ["id,creationTime"]
    assert offered("sessionctl ls -c +si") == ["+size"]


def test_session_ids(sessionctl: Program) -> None:
    assert offered("sessionctl show 80f6", sessionctl.url) == ["80f67136-29f1-4db0-9003-da0ec6b57213"]
    assert len(offered("sessionctl show ", sessionctl.url)) == 7


def test_without_redis_nothing_is_offered_and_nothing_is_said() -> None:
    assert offered("sessionctl show 80f6") == []
    assert offered("sessionctl --ask-password show 80f6") == []
