"""The recorded companions of a session as commands that bring them back, under the names of another namespace if need be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sessionctl.codecs import encode
from sessionctl.layouts.indexed import bucket_end
from sessionctl.layouts.keys import MINUTE, Keys, raw, text
from sessionctl.layouts.members import member_text
from sessionctl.plan import JavaString, Write
from sessionctl.records.beside import Beside
from sessionctl.records.read import Record


def replay(record: Record, keys: Keys, now: int) -> tuple[Write, ...]:
    """What writes the companions again; `now` in milliseconds since the epoch. Raises ValueError where a key is none of the session's.

    An expires key whose time has passed stays away: to write it would be to end it, and the applications would hear of that.
    """
    return tuple(write for one in record.beside or () for write in _writes(record, one, keys, now))


def _writes(record: Record, one: Beside, keys: Keys, now: int) -> Iterator[Write]:
    source = Keys(record.namespace)
    key = _renamed(one.key, source, keys)
    if key == keys.expires(record.id) and one.kind == "string":
        end = None if one.ttl is None else record.read_at + one.ttl
        if end is None or end > now:
            yield Write(key, (b"APPEND", key, b""))
            yield Write(key, (b"PERSIST", key) if end is None else (b"PEXPIREAT", key, end))
    elif key == keys.expirations and one.kind == "zset" and one.score is not None:
        yield from (Write(key, (b"ZADD", key, repr(one.score).encode(), member)) for member in one.members)
    elif key == keys.back_references(record.id) and one.kind == "set":
        yield from (Write(key, (b"SADD", key, _reference(member, source, keys))) for member in one.members)
    elif one.kind == "set" and (minute := _minute(key, keys)) is not None:
        yield from (Write(key, (b"SADD", key, member)) for member in one.members)
        yield Write(key, (b"PEXPIREAT", key, bucket_end(minute - MINUTE)))
    elif one.kind == "set" and is_index(key, keys):
        yield from (Write(key, (b"SADD", key, member)) for member in one.members)
    else:
        raise ValueError(f"{text(one.key)} is no companion of this session")


def _renamed(key: bytes, source: Keys, keys: Keys) -> bytes:
    prefix = raw(f"{source.namespace}:")
    if not key.startswith(prefix):
        raise ValueError(f"{text(key)} is not in namespace {source.namespace}")
    return raw(f"{keys.namespace}:") + key[len(prefix) :]


def _reference(member: bytes, source: Keys, keys: Keys) -> bytes:
    """The name of an index as a back reference holds it. Raises ValueError where it names none."""
    if source == keys:
        return member
    name = member_text(member)
    if name is None:
        raise ValueError("a back reference can't be read, and so not be renamed")
    return encode(JavaString(text(_renamed(raw(name), source, keys))), member)


def _minute(key: bytes, keys: Keys) -> int | None:
    """The minute of a bucket's name, in milliseconds since the epoch; None where it is no bucket."""
    found = re.fullmatch(re.escape(raw(f"{keys.namespace}:expirations:")) + rb"(\d{1,15})", key)
    return int(found[1]) if found else None


def is_index(key: bytes, keys: Keys) -> bool:
    """Whether a key is named like an index of a repository, of principals or of anything else (FindByIndexNameSessionRepository)."""
    return key.startswith((raw(f"{keys.namespace}:index:"), raw(f"{keys.namespace}:sessions:index:")))
