"""Asking ahead: the next question is out before the answer to the one before is worked on, and answers come in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sessionctl.lanes import ahead


def test_the_next_one_is_begun_before_an_answer_is_handed_out() -> None:
    events: list[str] = []

    def begin(item: int) -> Callable[[], int]:
        def take() -> int:
            events.append(f"take {item}")
            return item * 10

        events.append(f"ask {item}")
        return take

    for answer in ahead(range(3), begin):
        events.append(f"work on {answer}")
    assert events == ["ask 0", "ask 1", "take 0", "work on 0", "ask 2", "take 1", "work on 10", "take 2", "work on 20"]


@pytest.mark.parametrize("count", [0, 1])
def test_few_items(count: int) -> None:
    assert list(ahead(range(count), lambda item: lambda: item)) == list(range(count))
