"""What is made of sets of names is made once, and what is kept of it is bounded."""

from __future__ import annotations

import pytest

from sessionctl import remembered
from sessionctl.remembered import LONGEST, Remembered


def test_it_is_made_once() -> None:
    made: list[tuple[str, ...]] = []

    def length(names: tuple[str, ...]) -> int:
        made.append(names)
        return len(names)

    lengths = Remembered(length)
    assert [lengths["a", "b"], lengths["b", "a"], lengths["a", "b"], lengths[()]] == [2, 2, 2, 0]
    assert made == [("a", "b"), ("b", "a"), ()]


def test_what_raises_is_not_kept() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Remembered[str, int](lambda names: int("no number"))["a",]


def test_large_sets_are_not_kept() -> None:
    joined = Remembered[str, str]("".join)
    for names in (("x" * (LONGEST + 1),), ("x",) * (LONGEST + 1)):
        assert joined[names] == "x" * (LONGEST + 1)
    assert not joined


def test_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    joined = Remembered[bytes, bytes](b"".join)
    for number in range(10):
        assert joined[b"%d" % number, b"x"] == b"%dx" % number
        assert len(joined) <= 3
