"""ReactiveRedisIndexedSessionRepository (Spring Session 3.3 and later)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sessionctl.layouts.base import Companion, Ending, Extension, Facts, Stored
from sessionctl.layouts.indexed import ended, expiring, farewell, longer, words_for
from sessionctl.layouts.keys import Keys, text
from sessionctl.layouts.reads import MAX_INACTIVE_INTERVAL
from sessionctl.model import SessionId
from sessionctl.plan import Event, Farewell, JavaInt, JavaString, Keep, Plan, Refusal, Spellings, Write

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


def end(keys: Keys, session: Stored, how: Ending) -> Plan:
    """The listener (ReactiveRedisIndexedSessionRepository.onMessage) loads the session, ended or not, and removes all of it.

    maxInactiveInterval 0 logs the user out until then, and where no application listens a tombstone stays for the grace period, so that
    what a request in flight still saves lands on a session that has ended.
    """
    change, told = ended(session, how, GRACE), farewell(keys, session, how)
    return Plan(session.id, keys.session(session.id), words_for(change), session.guard, change, tuple(_removals(keys, session)), told, True)


def _removals(keys: Keys, session: Stored) -> Iterator[Write]:
    indexes = set(session.indexes) | ({keys.reactive_index(session.principal)} if session.principal is not None else set())
    for index in sorted(indexes):
        yield Write(index, (b"SREM", index, Spellings(session.id)))
    back = keys.back_references(session.id)
    yield Write(back, (b"UNLINK", back))
    yield Write(keys.expirations, (b"ZREM", keys.expirations, Spellings(session.id)))


def extend(keys: Keys, session: Stored, how: Extension) -> Plan | Refusal:
    """As ReactiveRedisIndexedSessionRepository.save does it: hash, expires key and sorted set to the new deadline.

    A session without end has no expires key. It goes without an event: the listener would take its end for the session's.
    """
    key, sorted_set = keys.session(session.id), keys.expirations
    if how.max_inactive < 0:
        change = Keep({MAX_INACTIVE_INTERVAL: JavaInt(-1)}, (b"PERSIST",))
        removal = (Write(sorted_set, (b"ZREM", sorted_set, Spellings(session.id))),)
        silently = Farewell(keys.expires(session.id), Event.NONE)
        return Plan(session.id, key, "let it never expire", session.guard, change, removal, silently)
    change, writes = longer(keys, session, how, GRACE)
    if session.sorted_member is None:
        assert session.accessed is not None
        deadline = session.accessed + how.max_inactive * 1000
        writes += (Write(sorted_set, (b"ZADD", sorted_set, deadline, JavaString(session.id))),)
    if how.revive and session.principal is not None:
        writes += _indexed(keys, session.id, session.principal)
    return Plan(session.id, key, "set the timeout", session.guard, change, writes)


def restore(keys: Keys, session: Stored, now: int) -> tuple[Write, ...]:
    """As ReactiveRedisIndexedSessionRepository.save does it for a new session; one without end has neither expires key nor deadline."""
    writes: tuple[Write, ...] = ()
    if session.deadline is not None:
        member: bytes | JavaString = session.sorted_member or JavaString(session.id)
        writes = (expiring(keys, session, now), Write(keys.expirations, (b"ZADD", keys.expirations, session.deadline, member)))
    return writes if session.principal is None else writes + _indexed(keys, session.id, session.principal)


def _indexed(keys: Keys, id: SessionId, principal: str) -> tuple[Write, ...]:
    """The entry in the principal's index, and the reference back to it."""
    index, back = keys.reactive_index(principal), keys.back_references(id)
    return Write(index, (b"SADD", index, JavaString(id))), Write(back, (b"SADD", back, JavaString(text(index))))
