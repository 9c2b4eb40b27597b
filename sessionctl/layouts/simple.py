"""One hash a session and nothing else: RedisSessionRepository, ReactiveRedisSessionRepository."""

from __future__ import annotations

from collections.abc import Sequence

from sessionctl.layouts.base import Companion, Ending, Extension, Facts, Stored
from sessionctl.layouts.keys import Keys
from sessionctl.layouts.reads import MAX_INACTIVE_INTERVAL
from sessionctl.plan import JavaInt, Keep, Plan, Refusal, Remove, Write

NAME = "simple"
GRACE = 0
REMOVE = Remove()


def companions(keys: Keys, session: Facts) -> Sequence[Companion]:
    """There are none."""
    return ()


def index(keys: Keys, principal: str) -> bytes | None:
    """There is none: finding a user's sessions means reading all."""
    return None


def end(keys: Keys, session: Stored, how: Ending) -> Plan:
    """The hash goes; these repositories publish no event, and save nothing where the hash is gone."""
    return Plan(session.id, keys.session(session.id), "remove the hash", session.guard, REMOVE, ends=True)


def extend(keys: Keys, session: Stored, how: Extension) -> Plan | Refusal:
    """As RedisSessionRepository.save does it: PEXPIREAT to the deadline."""
    if how.max_inactive < 0:
        reason = "the application would delete it at its next request: RedisSessionRepository has no sessions without end"
        return Refusal(session.id, f"{reason}; a long --timeout, say 3650d, is safe")
    assert session.accessed is not None
    deadline = session.accessed + how.max_inactive * 1000
    change = Keep({MAX_INACTIVE_INTERVAL: JavaInt(how.max_inactive)}, (b"PEXPIREAT", deadline))
    return Plan(session.id, keys.session(session.id), "set the timeout", session.guard, change)


def restore(keys: Keys, session: Stored, now: int) -> tuple[Write, ...]:
    """There is nothing beside the hash."""
    return ()
