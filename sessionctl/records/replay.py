"""The recorded companions of a session as commands that bring them back, under the names of another namespace if need be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from sessionctl.codecs import encode
from sessionctl.layouts.indexed import bucket_end
from sessionctl.layouts.keys import MINUTE, Keys, raw, text
from sessionctl.layouts.members import member_text
from sessionctl.plan import JavaString
from sessionctl.records.beside import Beside
from sessionctl.records.read import Record

Command: TypeAlias = tuple[bytes, ...]
"""The words of a command as Redis gets them; the second one is the key."""


def replay(record: Record, keys: Keys, now: int) -> list[Command]:
    """What writes the companions again; `now` in milliseconds since the epoch. Raises ValueError where a key is none of the session's.

    An expires key whose time has passed stays away: to write it would be to end it, and the applications would hear of that.
    """
    way = _way(record.namespace, keys.namespace)
    return [command for one in record.beside or () for command in way.commands(record, one, now)]


@lru_cache(maxsize=64)
def _way(source: str, namespace: str) -> _Way:
    return _Way(source, namespace)


class _Way:
    """The way from one namespace to another, or back into the same. Many sessions go there."""

    def __init__(self, source: str, namespace: str) -> None:
        self.source = source
        self.renames = source != namespace
        self.keys = Keys(namespace)
        self.former, self.all = raw(f"{source}:"), raw(f"{namespace}:")
        self.buckets, self.indexes = raw(f"{namespace}:expirations:"), _indexes(namespace)

    def commands(self, record: Record, one: Beside, now: int) -> Sequence[Command]:
        key = self.renamed(one.key)
        if one.kind == "string":
            return self._string(key, record, one, now)
        if one.kind == "zset":
            return self._sorted_set(key, one)
        if ending := key.startswith(self.buckets) and _ending(key, key[len(self.buckets) :]):
            return [*_added(key, one.members), ending]
        if key.endswith(_BACK) and key == self.keys.back_references(record.id):
            return _added(key, one.members if not self.renames else [*map(self._reference, one.members)])
        if key.startswith(self.indexes):
            return _added(key, one.members)
        raise _foreign(one)

    def renamed(self, key: bytes) -> bytes:
        if not key.startswith(self.former):
            raise ValueError(f"{text(key)} is not in namespace {self.source}")
        return self.all + key[len(self.former) :] if self.renames else key

    def _string(self, key: bytes, record: Record, one: Beside, now: int) -> Sequence[Command]:
        if key != self.keys.expires(record.id):
            raise _foreign(one)
        if one.ttl is None:
            return [(b"SET", key, b"")]
        left = record.read_at + one.ttl - now
        return [(b"SET", key, b"", b"PX", b"%d" % left)] if left > 0 else ()

    def _sorted_set(self, key: bytes, one: Beside) -> Sequence[Command]:
        if key != self.keys.expirations or one.score is None:
            raise _foreign(one)
        score = repr(one.score).encode()
        return [(b"ZADD", key, score, member) for member in one.members]

    def _reference(self, member: bytes) -> bytes:
        """The name of an index as a back reference holds it, renamed. Raises ValueError where it names none."""
        name = member_text(member)
        if name is None:
            raise ValueError("a back reference can't be read, and so not be renamed")
        return encode(JavaString(text(self.renamed(raw(name)))), member)


_BACK = b":idx"  # how the names of back references end (`Keys.back_references`)


def _added(key: bytes, members: Sequence[bytes]) -> Sequence[Command]:
    return [(b"SADD", key, *members)] if members else ()


@lru_cache(maxsize=4096)
def _ending(bucket: bytes, minute: bytes) -> Command | None:
    """The end of a bucket, which many sessions share; None where it isn't one of a minute."""
    if not minute.isdigit() or len(minute) > 15:
        return None
    return b"PEXPIREAT", bucket, b"%d" % bucket_end(int(minute) - MINUTE)


def _foreign(one: Beside) -> ValueError:
    return ValueError(f"{text(one.key)} is no companion of this session")


def is_index(key: bytes, keys: Keys) -> bool:
    """Whether a key is named like an index of a repository, of principals or of anything else (FindByIndexNameSessionRepository)."""
    return key.startswith(_indexes(keys.namespace))


@lru_cache(maxsize=64)
def _indexes(namespace: str) -> tuple[bytes, bytes]:
    return raw(f"{namespace}:index:"), raw(f"{namespace}:sessions:index:")
