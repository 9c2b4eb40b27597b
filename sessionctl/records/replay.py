"""The recorded companions of a session as commands that bring them back, under the names of another namespace if need be."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

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
    return tuple(_Replay(record, keys, now).writes())


class _Replay:
    """One session's companions on their way back."""

    def __init__(self, record: Record, keys: Keys, now: int) -> None:
        self.record = record
        self.source = Keys(record.namespace)
        self.keys = keys
        self.now = now
        self.expires = keys.expires(record.id)
        self.back_references = keys.back_references(record.id)

    def writes(self) -> Iterator[Write]:
        for one in self.record.beside or ():
            key = _renamed(one.key, self.source, self.keys)
            if one.kind == "string":
                yield from self._string(key, one)
            elif one.kind == "zset":
                yield from self._sorted_set(key, one)
            elif key == self.back_references:
                yield from (Write(key, (b"SADD", key, _reference(member, self.source, self.keys))) for member in one.members)
            elif is_index(key, self.keys):
                yield from (Write(key, (b"SADD", key, member)) for member in one.members)
            else:
                yield from self._bucket(key, one)

    def _string(self, key: bytes, one: Beside) -> Iterator[Write]:
        if key != self.expires:
            raise _foreign(one)
        left = None if one.ttl is None else self.record.read_at + one.ttl - self.now
        if left is None or left > 0:
            yield Write(key, (b"SET", key, b"") if left is None else (b"SET", key, b"", b"PX", left))

    def _sorted_set(self, key: bytes, one: Beside) -> Iterator[Write]:
        if key != self.keys.expirations or one.score is None:
            raise _foreign(one)
        yield from (Write(key, (b"ZADD", key, repr(one.score).encode(), member)) for member in one.members)

    def _bucket(self, key: bytes, one: Beside) -> Iterator[Write]:
        beginning, _, minute = key.rpartition(b":")
        if beginning != _names(self.keys).buckets or not minute.isdigit() or len(minute) > 15:
            raise _foreign(one)
        yield from (Write(key, (b"SADD", key, member)) for member in one.members)
        yield Write(key, (b"PEXPIREAT", key, bucket_end(int(minute) - MINUTE)))


def _foreign(one: Beside) -> ValueError:
    return ValueError(f"{text(one.key)} is no companion of this session")


class _Names(NamedTuple):
    """What the names of a namespace's keys begin with: all, buckets (to the colon before the minute), indexes."""

    all: bytes
    buckets: bytes
    indexes: tuple[bytes, bytes]


@lru_cache(maxsize=256)
def _names(keys: Keys) -> _Names:
    namespace = keys.namespace
    return _Names(raw(f"{namespace}:"), raw(f"{namespace}:expirations"), (raw(f"{namespace}:index:"), raw(f"{namespace}:sessions:index:")))


def _renamed(key: bytes, source: Keys, keys: Keys) -> bytes:
    prefix = _names(source).all
    if not key.startswith(prefix):
        raise ValueError(f"{text(key)} is not in namespace {source.namespace}")
    return key if source == keys else _names(keys).all + key[len(prefix) :]


def _reference(member: bytes, source: Keys, keys: Keys) -> bytes:
    """The name of an index as a back reference holds it. Raises ValueError where it names none."""
    if source == keys:
        return member
    name = member_text(member)
    if name is None:
        raise ValueError("a back reference can't be read, and so not be renamed")
    return encode(JavaString(text(_renamed(raw(name), source, keys))), member)


def is_index(key: bytes, keys: Keys) -> bool:
    """Whether a key is named like an index of a repository, of principals or of anything else (FindByIndexNameSessionRepository)."""
    return key.startswith(_names(keys).indexes)
