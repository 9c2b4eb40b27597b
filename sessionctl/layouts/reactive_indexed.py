"""ReactiveRedisIndexedSessionRepository (Spring Session 3.3 and later)."""

from __future__ import annotations

from collections.abc import Sequence

from sessionctl.layouts.base import Companion, Facts
from sessionctl.layouts.keys import Keys

NAME = "reactive-indexed"
GRACE = 300_000


def companions(keys: Keys, session: Facts) -> Sequence[Companion]:
    """The expires key, the sorted set of deadlines, the principal's index, and the references back to it."""
    found = [
        Companion(keys.expires(session.id), "expires key"),
        Companion(keys.expirations, "sorted set of deadlines", session.id, "zset"),
        Companion(keys.back_references(session.id), "back references", None, "set"),
    ]
    if session.principal is not None:
        found.append(Companion(keys.reactive_index(session.principal), "principal index", session.id, "set"))
    return found


def index(keys: Keys, principal: str) -> bytes | None:
    return keys.reactive_index(principal)
