"""README.md says what the program says."""

from __future__ import annotations

import re

from sessionctl.cli import COMMANDS
from tests.readme import README, generated

TEXT = README.read_text("utf-8")


def without_times(text: str) -> str:
    """Times pass while the sample sessions are shown; and a table's columns are as wide as their values."""
    text = re.sub(r"(?<=:expirations:)\d+", "MINUTE", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "INSTANT", text)
    return re.sub(r" +|-+", " ", re.sub(r"-?(\d+(ms|d|h|m|s) ?)+", "T ", text))


def test_its_blocks_are_what_the_program_prints() -> None:
    assert without_times(generated(TEXT)) == without_times(TEXT)


def test_it_has_every_command_and_both_commands_for_a_fresh_machine() -> None:
    assert all(f"sessionctl {name}" in TEXT for name in COMMANDS)
    assert "pip install '.[demo]' && sessionctl demo ls" in TEXT
    assert "pip install '.[test]' && pytest" in TEXT
