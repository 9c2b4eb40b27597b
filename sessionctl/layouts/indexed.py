"""RedisIndexedSessionRepository (before 2.2 RedisOperationsSessionRepository), with minute buckets or a sorted set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sessionctl.layouts.base import Companion, Ending, Extension, Facts, Stored
from sessionctl.layouts.keys import Keys, bucket_number
from sessionctl.layouts.reads import MAX_INACTIVE_INTERVAL
from sessionctl.model import State
from sessionctl.plan import Change, Event, Farewell, JavaInt, JavaString, Keep, Leave, Plan, Refusal, Remove, Spellings, Write

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


def end(keys: Keys, session: Stored, how: Ending) -> Plan:
    """As RedisIndexedSessionRepository.deleteById does it: maxInactiveInterval 0 logs the user out; the hash stays for the listeners.

    It stays for the grace period, so that what a request in flight still saves lands on a session that has ended.
    """
    change, told = ended(session, how, GRACE), farewell(keys, session, how)
    return Plan(session.id, keys.session(session.id), words_for(change), session.guard, change, tuple(_removals(keys, session)), told, True)


def ended(session: Stored, how: Ending, grace: int) -> Change:
    """What becomes of the hash of a session that ends, in the layouts whose listeners read it.

    A partial one goes: no listener could read it, and where its encoding is unknown nothing could be written.
    """
    over = session.state in (State.PARTIAL, State.DELETED)
    keep = Keep({} if over else {MAX_INACTIVE_INTERVAL: JavaInt(0)}, (b"PEXPIRE", grace))
    if session.state == State.PARTIAL or not how.protect or _forgotten(session, how.now, grace):
        return Remove(keep)
    # where a request in flight has given a tombstone a whole TTL again, that is taken back
    return Leave() if over and session.ttl is not None and session.ttl <= grace else keep


def _forgotten(session: Stored, now: int, grace: int) -> bool:
    """Whether Redis should have removed it long ago; a tombstone has no deadline that tells."""
    return session.state == State.EXPIRED and session.deadline is not None and now > session.deadline + grace


def words_for(change: Change) -> str:
    """What a change of the hash is called."""
    if isinstance(change, Remove):
        return "remove the hash and its companions"
    return "clean its companions" if isinstance(change, Leave) else "log out, leave a tombstone, clean its companions"


def farewell(keys: Keys, session: Stored, how: Ending) -> Farewell:
    """Whether the applications are told: of a session that lives in any case; of one that ended earlier only if they haven't been.

    A listener can't load a partial session, and would fail. A tombstone with more than its grace left was ended and told, and then
    touched by a request in flight.
    """
    event = how.event
    told = session.state == State.DELETED and (session.ttl is None or session.ttl > GRACE)
    if session.state == State.PARTIAL or told:
        event = Event.NONE
    return Farewell(keys.expires(session.id), event, even_without=session.state == State.ACTIVE)


def _removals(keys: Keys, session: Stored) -> Iterator[Write]:
    indexes = set(session.indexes) | ({keys.principal_index(session.principal)} if session.principal is not None else set())
    for index in sorted(indexes):
        yield Write(index, (b"SREM", index, Spellings(session.id)))
    for bucket in sorted(set(session.buckets) | ({keys.bucket(session.deadline)} if session.deadline is not None else set())):
        yield Write(bucket, (b"SREM", bucket, Spellings(f"expires:{session.id}"), Spellings(session.id)))
    yield Write(keys.expirations, (b"ZREM", keys.expirations, Spellings(session.id)))


def extend(keys: Keys, session: Stored, how: Extension) -> Plan | Refusal:
    """As RedisIndexedSessionRepository.save does it: hash, expires key, and minute bucket or sorted set, all to the new deadline."""
    if how.max_inactive < 0:
        reason = "Spring Session 3.4 and later delete such a session at its next request (issue 3320)"
        return Refusal(session.id, f"{reason}; a long --timeout, say 3650d, is safe")
    change, writes = longer(keys, session, how, GRACE)
    deadline = _deadline(session, how)
    if session.sorted_member is None:
        writes += tuple(_moved(keys, session, deadline))
    if how.revive and session.principal is not None:
        index = keys.principal_index(session.principal)
        writes += (Write(index, (b"SADD", index, JavaString(session.id))),)
    return Plan(session.id, keys.session(session.id), "set the timeout", session.guard, change, writes)


def _deadline(session: Stored, how: Extension) -> int:
    assert session.accessed is not None
    return session.accessed + how.max_inactive * 1000


def longer(keys: Keys, session: Stored, how: Extension, grace: int) -> tuple[Keep, tuple[Write, ...]]:
    """What the indexed layouts have in common: the hash outlives the expires key by the grace period, and the sorted set knows both."""
    deadline = _deadline(session, how)
    expires, sorted_set = keys.expires(session.id), keys.expirations
    change = Keep({MAX_INACTIVE_INTERVAL: JavaInt(how.max_inactive)}, (b"PEXPIREAT", deadline + grace))
    writes = [Write(expires, (b"SET", expires, b"", b"PX", max(1, deadline - how.now)))]
    if session.sorted_member is not None:
        writes.append(Write(sorted_set, (b"ZADD", sorted_set, b"XX", deadline, session.sorted_member)))
    return change, tuple(writes)


def _moved(keys: Keys, session: Stored, deadline: int) -> Iterator[Write]:
    """From the old minute's bucket to the new one's, which lives as long as Spring lets it: five minutes beyond its minute."""
    new = keys.bucket(deadline)
    known = {*session.buckets, *([keys.bucket(session.deadline)] if session.deadline is not None else [])}
    for old in sorted(known - {new}):
        yield Write(old, (b"SREM", old, Spellings(f"expires:{session.id}")))
    yield Write(new, (b"SADD", new, JavaString(f"expires:{session.id}")))
    yield Write(new, (b"PEXPIREAT", new, bucket_end(deadline)))


def restore(keys: Keys, session: Stored, now: int) -> tuple[Write, ...]:
    """As RedisIndexedSessionRepository.save does it for a new session: expires key, minute bucket or sorted set, principal's index."""
    writes = [expiring(keys, session, now)]
    if session.deadline is not None and session.sorted_member is None:
        bucket = keys.bucket(session.deadline)
        writes.append(Write(bucket, (b"SADD", bucket, JavaString(f"expires:{session.id}"))))
        writes.append(Write(bucket, (b"PEXPIREAT", bucket, bucket_end(session.deadline))))
    elif session.deadline is not None:
        assert session.sorted_member is not None
        writes.append(Write(keys.expirations, (b"ZADD", keys.expirations, session.deadline, session.sorted_member)))
    if session.principal is not None:
        index = keys.principal_index(session.principal)
        writes.append(Write(index, (b"SADD", index, JavaString(session.id))))
    return tuple(writes)


def expiring(keys: Keys, session: Stored, now: int) -> Write:
    """The expires key up to the deadline. A session without end has one without end (Spring Session 1.3 to 3.3)."""
    key = keys.expires(session.id)
    return Write(key, (b"SET", key, b"") if session.deadline is None else (b"SET", key, b"", b"PX", max(1, session.deadline - now)))


def bucket_end(deadline: int) -> int:
    """When a minute's bucket goes, in milliseconds since the epoch: as long after its minute as hashes after their deadline."""
    return bucket_number(deadline) + GRACE
