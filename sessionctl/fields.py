"""The one list of what is known of a session: columns, JSON names, sort keys, filters, completion and docs all come from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sessionctl import attributes, times
from sessionctl.batch import Batch
from sessionctl.identity import whole
from sessionctl.layouts import reads, recognise
from sessionctl.model import Principal, State, Undecodable
from sessionctl.report import Field, Kind, Need, Table

METADATA = Need(metadata=True)


def _created(batch: Batch) -> Sequence[int | None]:
    return times.longs(batch.raw[reads.CREATION_TIME])


def _accessed(batch: Batch) -> Sequence[int | None]:
    return times.longs(batch.raw[reads.LAST_ACCESSED_TIME])


def _max_inactive(batch: Batch) -> Sequence[int | None]:
    return times.ints(batch.raw[reads.MAX_INACTIVE_INTERVAL])


def _state(batch: Batch) -> Sequence[str]:
    """MapSession.isExpired: ``max >= 0 && now - max * 1000 >= lastAccessedTime``; max 0 is the tombstone of an ended session."""
    now = batch.scope.now
    active, expired, deleted, partial = State.ACTIVE.value, State.EXPIRED.value, State.DELETED.value, State.PARTIAL.value
    columns = zip(batch.column(CREATION_TIME), batch.column(LAST_ACCESSED_TIME), batch.column(MAX_INACTIVE_INTERVAL), strict=True)
    return [
        partial
        if created is None or accessed is None or interval is None
        else active
        if interval < 0 or accessed > now - interval * 1000
        else expired
        if interval
        else deleted
        for created, accessed, interval in columns
    ]


def _deadline(batch: Batch) -> Sequence[int | None]:
    columns = zip(batch.column(LAST_ACCESSED_TIME), batch.column(MAX_INACTIVE_INTERVAL), strict=True)
    return [None if accessed is None or interval is None or interval < 0 else accessed + interval * 1000 for accessed, interval in columns]


def _expired(batch: Batch) -> Sequence[bool]:
    ended = (State.EXPIRED.value, State.DELETED.value)
    return [state in ended for state in batch.column(STATE)]


def _ttl(batch: Batch) -> Sequence[int | None]:
    return [ttl if ttl >= 0 else None for ttl in batch.raw[reads.PTTL]]


def _idle(batch: Batch) -> Sequence[int | None]:
    now = batch.scope.now
    return [None if accessed is None else now - accessed for accessed in batch.column(LAST_ACCESSED_TIME)]


def _age(batch: Batch) -> Sequence[int | None]:
    now = batch.scope.now
    return [None if created is None else now - created for created in batch.column(CREATION_TIME)]


def _remaining(batch: Batch) -> Sequence[int | None]:
    now = batch.scope.now
    return [None if deadline is None else deadline - now for deadline in batch.column(DEADLINE)]


def _principal(batch: Batch) -> Sequence[str | None]:
    """PrincipalNameIndexResolver: the attribute named like the index first, else ``authentication.name`` of the security context."""
    explicit, reactive, contexts = (batch.raw[name] for name in reads.PRINCIPAL)
    name = batch.scope.principal_name
    if any(explicit) or any(reactive):
        sources = [first or second or context for first, second, context in zip(explicit, reactive, contexts, strict=True)]
    else:
        sources = contexts
    names = [name(source) if source else None for source in sources]
    if Undecodable in set(map(type, names)):
        batch.problems.update("principal: " + found.reason for found in names if isinstance(found, Undecodable))
        return [None if isinstance(found, Undecodable) else found for found in names]
    return names  # type: ignore[return-value]  # Undecodable is gone by now


def hides_principal(batch: Batch, row: int) -> bool:
    """Whether somebody may be logged in there whose name can't be read."""
    values = [batch.raw[name][row] for name in reads.PRINCIPAL]
    return any(value and isinstance(batch.scope.principal_name(value), Undecodable) for value in values)


def _size(batch: Batch) -> Sequence[int | None]:
    return [size if isinstance(size, int) else None for size in batch.raw[reads.SIZE]]


def _attributes(batch: Batch) -> Sequence[Table]:
    return [attributes.table(attributes.decoded(hash), batch.scope.reveal) for hash in batch.raw[reads.HASH]]


def _attribute_names(batch: Batch) -> Sequence[list[str]]:
    """A removed attribute stays as an empty value (``delta.put(name, null)``), and is no attribute."""
    start = len(reads.ATTRIBUTE)
    return [
        sorted(name[start:] for name, value in hash.items() if value and name.startswith(reads.ATTRIBUTE)) for hash in batch.raw[reads.HASH]
    ]


def _attribute_count(batch: Batch) -> Sequence[int]:
    return list(map(len, batch.column(ATTRIBUTE_NAMES)))


def _layout(batch: Batch) -> Sequence[str]:
    columns = zip(
        *(batch.raw[name] for name in reads.EVIDENCE),
        batch.column(STATE),
        batch.column(PRINCIPAL),
        batch.column(TTL),
        batch.column(REMAINING),
        strict=True,
    )
    return [
        recognise(
            expires=bool(expires),
            back_references=bool(back),
            bucket=bool(bucket),
            deleted=state == State.DELETED,
            logged_in=principal is not None,
            beyond=None if ttl is None or remaining is None else ttl - remaining,
            usual=usual,
        )
        for expires, back, bucket, usual, state, principal, ttl, remaining in columns
    ]


def _of_principal(read: Callable[[Principal], Any], otherwise: Callable[[], Any]) -> Callable[[Batch], Sequence[Any]]:
    def compute(batch: Batch) -> Sequence[Any]:
        found = [whole(raw) if raw else None for raw in batch.raw[reads.SECURITY_CONTEXT]]
        return [read(one) if isinstance(one, Principal) else otherwise() for one in found]

    return compute


def _nothing() -> None:
    return None


ID = Field("id", "ID", Kind.ID, "session id", Need(), lambda batch: batch.ids)
PRINCIPAL = Field("principal", "PRINCIPAL", Kind.TEXT, "who is logged in", Need(principal=True), _principal)
STATE = Field("state", "STATE", Kind.STATE, "active, expired, deleted or partial", METADATA, _state)
CREATION_TIME = Field("creationTime", "CREATED", Kind.INSTANT, "when the session began", METADATA, _created)
LAST_ACCESSED_TIME = Field("lastAccessedTime", "ACCESSED", Kind.INSTANT, "the last request that touched it", METADATA, _accessed)
MAX_INACTIVE_INTERVAL = Field("maxInactiveInterval", "TIMEOUT", Kind.INTERVAL, "seconds; negative: never", METADATA, _max_inactive)
DEADLINE = Field("deadline", "DEADLINE", Kind.INSTANT, "lastAccessedTime + maxInactiveInterval, which Spring obeys", METADATA, _deadline)
EXPIRED = Field("expired", "EXPIRED", Kind.FLAG, "whether the deadline has passed", METADATA, _expired)
TTL = Field("ttl", "TTL", Kind.DURATION, "until Redis removes the key", Need(ttl=True), _ttl)
IDLE = Field("idle", "IDLE", Kind.DURATION, "since the last request", METADATA, _idle)
AGE = Field("age", "AGE", Kind.DURATION, "since the session began", METADATA, _age)
REMAINING = Field("remaining", "REMAINING", Kind.DURATION, "until the deadline", METADATA, _remaining)
SIZE = Field("size", "SIZE", Kind.BYTES, "memory in Redis (MEMORY USAGE)", Need(size=True), _size)
ATTRIBUTE_NAMES = Field("attributeNames", "ATTRIBUTES", Kind.NAMES, "names of the attributes", Need(hash=True), _attribute_names)
ATTRIBUTE_COUNT = Field("attributeCount", "ATTRS", Kind.COUNT, "how many attributes", Need(hash=True), _attribute_count)
ATTRIBUTES = Field("attributes", "VALUES", Kind.TABLE, "the attributes with their values", Need(hash=True), _attributes)
AUTHORITIES = Field(
    "authorities",
    "AUTHORITIES",
    Kind.NAMES,
    "what the principal may do",
    Need(principal=True),
    _of_principal(lambda who: list(who.authorities), list),
)
REMOTE_ADDRESS = Field(
    "remoteAddress",
    "ADDRESS",
    Kind.TEXT,
    "where the login came from",
    Need(principal=True),
    _of_principal(lambda who: who.remote_address, _nothing),
)
AUTHENTICATION = Field(
    "authentication",
    "AUTHENTICATION",
    Kind.TEXT,
    "the class of the authentication",
    Need(principal=True),
    _of_principal(lambda who: who.authentication_class, _nothing),
)
LAYOUT = Field(
    "layout",
    "LAYOUT",
    Kind.TEXT,
    "simple, indexed or reactive-indexed",
    Need(metadata=True, ttl=True, principal=True, layout=True),
    _layout,
)
NAMESPACE = Field(
    "namespace", "NAMESPACE", Kind.TEXT, "Spring Session's namespace", Need(), lambda batch: [batch.scope.keys.namespace] * len(batch)
)
NODE = Field("node", "NODE", Kind.TEXT, "the Redis node that holds it", Need(), lambda batch: [batch.node] * len(batch))

ALL = (
    ID,
    PRINCIPAL,
    STATE,
    CREATION_TIME,
    LAST_ACCESSED_TIME,
    MAX_INACTIVE_INTERVAL,
    DEADLINE,
    EXPIRED,
    TTL,
    IDLE,
    AGE,
    REMAINING,
    SIZE,
    ATTRIBUTE_COUNT,
    ATTRIBUTE_NAMES,
    ATTRIBUTES,
    AUTHORITIES,
    REMOTE_ADDRESS,
    AUTHENTICATION,
    LAYOUT,
    NAMESPACE,
    NODE,
)
BY_NAME = {field.name: field for field in ALL}
