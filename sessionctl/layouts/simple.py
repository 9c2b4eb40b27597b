"""One hash a session and nothing else: RedisSessionRepository, ReactiveRedisSessionRepository."""

from __future__ import annotations

from collections.abc import Sequence

from sessionctl.layouts.base import Companion, Facts
from sessionctl.layouts.keys import Keys

NAME = "simple"
GRACE = 0


def companions(keys: Keys, session: Facts) -> Sequence[Companion]:
    """There are none."""
    return ()


def index(keys: Keys, principal: str) -> bytes | None:
    """There is none: finding a user's sessions means reading all."""
    return None
