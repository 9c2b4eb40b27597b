"""Waiting for a state that comes by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.live.servers import wait_for


def becomes(expected: object, state: Callable[[], object], shown: Callable[[], Any] | None = None) -> None:
    """Passes as soon as `state` is as expected, and fails showing it, or what `shown` answers, if it never is."""
    with suppress(TimeoutError):
        wait_for("as expected", lambda: state() == expected)
    assert state() == expected, (shown or state)()
