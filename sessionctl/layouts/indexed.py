"""RedisIndexedSessionRepository (before 2.2 RedisOperationsSessionRepository), with minute buckets or a sorted set."""

from __future__ import annotations

from collections.abc import Sequence

from sessionctl.layouts.base import Companion, Facts
from sessionctl.layouts.keys import Keys

NAME = "indexed"
GRACE = 300_000


def companions(keys: Keys, session: Facts) -> Sequence[Companion]:
    """The expires key, the minute's bucket or the sorted set of deadlines, and the principal's index."""
    found = [Companion(keys.expires(session.id), "expires key")]
    if session.deadline is not None:
        bucket = keys.bucket(session.deadline)
        found.append(Companion(bucket, "minute bucket", f"expires:{session.id}", "set"))
        found.append(Companion(bucket, "minute bucket", session.id, "set"))  # Spring Session 1.0
    found.append(Companion(keys.expirations, "sorted set of deadlines", session.id, "zset"))
    if session.principal is not None:
        found.append(Companion(keys.principal_index(session.principal), "principal index", session.id, "set"))
    return found


def index(keys: Keys, principal: str) -> bytes | None:
    return keys.principal_index(principal)
