"""Everything about one session: its times, every key it has, who is logged in, its attributes, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sessionctl import attributes, fields, identity
from sessionctl.app import App
from sessionctl.batch import Batch
from sessionctl.codecs import codec_for, decode_attribute
from sessionctl.errors import NotFound, Unsafe
from sessionctl.layouts import GRACE, LAYOUTS, reads, recognise
from sessionctl.layouts.base import Facts
from sessionctl.layouts.keys import raw as encoded
from sessionctl.layouts.keys import text
from sessionctl.model import Principal, SessionId, State, Undecodable
from sessionctl.report import Field, Kind, Listed, Report, Table
from sessionctl.resolve import resolve_all
from sessionctl.secrets import mask
from sessionctl.units import human_duration

LOGIN_SESSION_ID = Field("loginSessionId", "LOGIN ID", Kind.ID, "the session's id before the login changed it")
KEYS = Field("keys", "KEYS", Kind.TABLE, "every key of the session in Redis")
WARNINGS = Field("warnings", "WARNINGS", Kind.NAMES, "what is odd about it")

RECORD = (
    fields.ID,
    fields.PRINCIPAL,
    fields.AUTHORITIES,
    fields.REMOTE_ADDRESS,
    fields.AUTHENTICATION,
    LOGIN_SESSION_ID,
    fields.STATE,
    fields.CREATION_TIME,
    fields.LAST_ACCESSED_TIME,
    fields.MAX_INACTIVE_INTERVAL,
    fields.DEADLINE,
    fields.EXPIRED,
    fields.IDLE,
    fields.REMAINING,
    fields.TTL,
    fields.SIZE,
    fields.LAYOUT,
    fields.NAMESPACE,
    fields.NODE,
    WARNINGS,
    fields.ATTRIBUTE_NAMES,
    KEYS,
    fields.ATTRIBUTES,
)

SCREEN = tuple(field for field in RECORD if field is not fields.ATTRIBUTE_NAMES)
"""What a person sees: the table of attributes has their names already."""

NEARLY = 5_000  # milliseconds between two times that were written as one

KEY_FIELDS = (
    Field("key", "KEY", Kind.TEXT),
    Field("type", "TYPE", Kind.TEXT),
    Field("role", "ROLE", Kind.TEXT),
    Field("ttl", "TTL", Kind.DURATION),
    Field("note", "NOTE", Kind.TEXT),
)


VALUE_FIELDS = (
    Field("name", "NAME", Kind.TEXT),
    Field("class", "TYPE", Kind.TEXT),
    Field("encoding", "ENCODING", Kind.TEXT),
    Field("size", "SIZE", Kind.BYTES),
    Field("value", "VALUE", Kind.VALUE),
)


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key of the session as it lies in Redis; `ttl` in milliseconds, None: it has none."""

    key: bytes
    kind: str
    role: str
    ttl: int | None


def describe(app: App, id: SessionId, wanted: Sequence[Field] = RECORD) -> Listed | None:
    """The session as one row of the fields `wanted`; None where it has just gone."""
    hash, too_large = app.store.hash(id)
    if not hash and not too_large:
        return None
    batch = app.store.as_batch(id, hash, app.scope)
    row = Row(app, id, batch, hash, too_large)
    return Listed(wanted, [[row.value(field) for field in wanted]])


def described(app: App, ids: tuple[str, ...], wanted: Sequence[Field], missing: list[NotFound]) -> Iterator[Listed]:
    """Each session that is named, as a row of the fields `wanted`; those that aren't there go to `missing`."""
    for found in resolve_all(app, ids):
        row = None if isinstance(found, NotFound) else describe(app, found, wanted)
        if row is not None:
            yield row
        else:
            missing.append(found if isinstance(found, NotFound) else NotFound(f"session {app.brief([found])[0]} has just gone"))


def raw_attribute(app: App, id: SessionId, name: str) -> bytes:
    """The bytes of one attribute as they are stored. Raises NotFound where the session has no such attribute."""
    key = app.store.keys.session(id)
    raw: bytes | None = app.store.call(key, b"HGET", key, encoded(reads.ATTRIBUTE + name))
    if not raw:
        [brief] = app.brief([id])
        raise NotFound(f"session {brief} has no attribute {name!r}", f"sessionctl show {brief} lists its attributes")
    return raw


def stored(app: App, id: SessionId, name: str) -> bytes:
    """The same, to be shown as it is. Raises Unsafe where secrets would reach a terminal."""
    raw = raw_attribute(app, id, name)
    one = decode_attribute(name, raw)
    if app.terminal.person and not app.reveal and mask(name, one.value) != one.value:
        raise Unsafe(f"attribute {name!r} holds secrets, and this is a terminal", "add --reveal, or write it to a file")
    return raw


def attribute(app: App, id: SessionId, name: str, chosen: tuple[Field, ...] = VALUE_FIELDS) -> Report:
    """The fields `chosen` of one attribute, decoded, as a report of one record."""
    raw = raw_attribute(app, id, name)
    one = decode_attribute(name, raw)
    value = one.value if app.reveal else mask(name, one.value)
    row = [name, one.java_class, one.encoding, one.size, value]
    return Report(chosen, [Listed(VALUE_FIELDS, [row])], record=True, single=True)


class Row:
    """One session on its way to be shown."""

    def __init__(self, app: App, id: SessionId, batch: Batch, hash: dict[str, bytes], too_large: dict[str, int]) -> None:
        self.batch = batch
        self.attributes = attributes.decoded(hash, too_large)
        self.who = _principal(hash)
        known = self.who if isinstance(self.who, Principal) else None
        self.keys = _keys(app, batch, Facts(id, self._one(fields.DEADLINE), known.name if known else None))
        ttl, remaining = self._one(fields.TTL), self._one(fields.REMAINING)
        self.layout = _layout(
            self.keys, self._one(fields.STATE), known is not None, None if ttl is None or remaining is None else ttl - remaining
        )
        self.computed: dict[str, Any] = {
            fields.AUTHORITIES.name: list(known.authorities) if known else [],
            fields.REMOTE_ADDRESS.name: known.remote_address if known else None,
            fields.AUTHENTICATION.name: known.authentication_class if known else None,
            LOGIN_SESSION_ID.name: known.login_session_id if known else None,
            fields.PRINCIPAL.name: known.name if known else None,
            fields.ATTRIBUTE_NAMES.name: [attribute.name for attribute in self.attributes],
            fields.LAYOUT.name: self.layout,
            WARNINGS.name: list(self._warnings()),
            KEYS.name: self._key_table(),
            fields.ATTRIBUTES.name: attributes.table(self.attributes, batch.scope.reveal),
        }

    def value(self, field: Field) -> Any:
        """The row's value of one field."""
        return self.computed[field.name] if field.name in self.computed else self._one(field)

    def _one(self, field: Field) -> Any:
        return self.batch.column(field)[0]

    def _key_table(self) -> Table:
        remaining, state = self._one(fields.REMAINING), self._one(fields.STATE)
        rows = [(text(key.key), key.kind, key.role, key.ttl, _note(key, remaining, state)) for key in self.keys]
        names = ("key", "type", "role")
        document: list[dict[str, Any]] = [
            {**dict(zip(names, row, strict=False)), "ttl": None if row[3] is None else row[3] / 1000} for row in rows
        ]
        return Table(KEY_FIELDS, rows, document)

    def _warnings(self) -> Any:
        hash = self.batch.raw[reads.HASH][0]
        for name in reads.METADATA:
            if not hash.get(name):
                yield f"{name} is missing: Spring Session 3 and later answer every request with this id with an error; delete it"
            elif self._one(fields.BY_NAME[name]) is None:
                yield f"{name} can't be read: {_reason(hash[name])}"
        if isinstance(self.who, Undecodable):
            yield f"the principal can't be read: {self.who.reason}"
        if self._one(fields.STATE) == State.EXPIRED:
            yield "its deadline has passed: the application takes it for expired, though it is still stored"
        if self._one(fields.TTL) is None and (self._one(fields.MAX_INACTIVE_INTERVAL) or 0) >= 0:
            yield "its hash has no TTL: Redis will never remove it"


def _reason(raw: bytes) -> str:
    decoded = codec_for(raw).decode(raw)
    return (
        decoded.reason
        if isinstance(decoded, Undecodable)
        else f"it holds {decoded.java_class or type(decoded.value).__name__}, not a number"
    )


def _principal(hash: dict[str, bytes]) -> Principal | Undecodable | None:
    """An explicit name wins for the name; authorities and address still come from the context."""
    context = identity.whole(hash[reads.SECURITY_CONTEXT]) if hash.get(reads.SECURITY_CONTEXT) else None
    for name in reads.EXPLICIT_PRINCIPALS:
        if hash.get(name) and isinstance(explicit := identity.whole(hash[name]), Principal):
            return identity.renamed(context, explicit.name)
    return context


def _keys(app: App, batch: Batch, facts: Facts) -> list[KeyState]:
    """The hash and those of the companions of every layout that exist and hold this session."""
    companions = {(one.key, one.member): one for layout in LAYOUTS.values() for one in layout.companions(app.store.keys, facts)}
    own = KeyState(batch.names[0], "hash", "session", batch.column(fields.TTL)[0])
    return [own, *(KeyState(one.key, one.kind, one.role, ttl) for one, ttl in app.store.present(list(companions.values())))]


def _layout(keys: Sequence[KeyState], state: str, logged_in: bool, beyond: int | None) -> str:
    roles = {key.role for key in keys}
    reactive = any(key.role == "principal index" and b":sessions:index:" in key.key for key in keys)
    return recognise(
        expires="expires key" in roles,
        back_references="back references" in roles or reactive,
        bucket="minute bucket" in roles,
        deleted=state == State.DELETED,
        logged_in=logged_in,
        beyond=beyond,
        usual=None,
    )


def _note(key: KeyState, remaining: int | None, state: str) -> str | None:
    """A plain sentence where a key's TTL and the deadline differ for a reason."""
    if key.role == "session" and state == State.DELETED:
        return "a tombstone: kept for five minutes so that a request in flight can't revive it"
    if key.ttl is None:
        return (
            "no TTL: it is shared by many sessions" if key.role not in ("session", "expires key") else "no TTL: stays until it is deleted"
        )
    if remaining is None:
        return None
    beyond = key.ttl - remaining
    if abs(beyond) < NEARLY:
        return "at the deadline"
    if key.role == "minute bucket":
        return "of the minute's bucket, five minutes after its sessions"
    if abs(beyond - GRACE) < NEARLY:
        return "five minutes after the deadline, so that listeners find the attributes"
    return f"{human_duration(abs(beyond))} {'after' if beyond > 0 else 'before'} the deadline"
