"""Sessions by id as digests of their fields: what it takes to say later which of them are lost, and what has changed in the others.

About a hundred bytes a session: records of a million of them would take gigabytes, even a `dict` of their digests twice the memory of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import Struct, pack, unpack

from sessionctl.layouts.keys import raw, text
from sessionctl.layouts.reads import ATTRIBUTE
from sessionctl.model import SessionId

BUCKETS = 1 << 18
NEVER = 2**63 - 1
ENDS_NEARLY = 2000  # milliseconds by which two TTLs differ that were set for the same instant

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_IS_UUID = 0xFFFFFFFF
_HEAD = Struct(">II")  # the lengths of a packed id and of what is known of it
_TIMES = Struct(">qqI")


@dataclass(frozen=True, slots=True)
class Digest:
    """A session as it was seen: its deadline, when Redis would remove it (milliseconds since the epoch, NEVER), a digest of each field."""

    deadline: int
    end: int
    fields: Mapping[str, int]

    def differences(self, other: Digest) -> list[str]:
        """The fields that are not the same; `ttl` stands for the instant at which Redis removes it."""
        names = sorted(self.fields.keys() | other.fields.keys())
        found = [name for name in names if self.fields.get(name) != other.fields.get(name)]
        return [*found, "ttl"] if abs(self.end - other.end) > ENDS_NEARLY else found


def digest(hash_: Mapping[str, bytes], deadline: int | None, end: int | None) -> Digest:
    """What is kept of a hash: its fields by the names of the session document. An empty attribute is a removed one, and not there."""
    start = len(ATTRIBUTE)
    found = {}
    for name, value in hash_.items():
        if not name.startswith(ATTRIBUTE):
            found[name] = hash(value)
        elif value:
            found["attributes." + name[start:]] = hash(value)
    return Digest(NEVER if deadline is None else deadline, NEVER if end is None else end, found)


class Ledger:
    """Digests by id."""

    def __init__(self) -> None:
        self._buckets: list[bytes] = [b""] * BUCKETS
        self._schemas: dict[tuple[str, ...], int] = {}
        self._names: list[tuple[str, ...]] = []
        self.count = 0

    def add(self, id: SessionId, one: Digest) -> None:
        """Keeps it, instead of what was known of the same id."""
        self.take(id)
        kind, packed = _packed(id)
        names = tuple(one.fields)
        schema = self._schemas.setdefault(names, len(self._names))
        if schema == len(self._names):
            self._names.append(names)
        known = _TIMES.pack(one.deadline, one.end, schema) + pack(f">{len(names)}q", *one.fields.values())
        self._buckets[hash(packed) % BUCKETS] += _HEAD.pack(kind, len(known)) + packed + known
        self.count += 1

    def take(self, id: SessionId) -> Digest | None:
        """What is known of a session, which is then forgotten."""
        kind, packed = _packed(id)
        place = hash(packed) % BUCKETS
        bucket = self._buckets[place]
        if packed not in bucket:
            return None
        for start, middle, end in _entries(bucket):
            if bucket[start + _HEAD.size : middle] == packed and _HEAD.unpack_from(bucket, start)[0] == kind:
                self._buckets[place] = bucket[:start] + bucket[end:]
                self.count -= 1
                return self._digest(bucket[middle:end])
        return None

    def __iter__(self) -> Iterator[tuple[SessionId, Digest]]:
        for bucket in self._buckets:
            for start, middle, end in _entries(bucket):
                kind = _HEAD.unpack_from(bucket, start)[0]
                yield _unpacked(kind, bucket[start + _HEAD.size : middle]), self._digest(bucket[middle:end])

    def _digest(self, known: bytes) -> Digest:
        deadline, end, schema = _TIMES.unpack_from(known)
        names = self._names[schema]
        return Digest(deadline, end, dict(zip(names, unpack(f">{len(names)}q", known[_TIMES.size :]), strict=True)))


def _entries(bucket: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each entry of a bucket begins, where its id ends, and where it ends itself."""
    start = 0
    while start < len(bucket):
        kind, known = _HEAD.unpack_from(bucket, start)
        middle = start + _HEAD.size + (16 if kind == _IS_UUID else kind)
        yield start, middle, middle + known
        start = middle + known


def _packed(id: SessionId) -> tuple[int, bytes]:
    """An id in as few bytes as it takes: a random UUID, Spring Session's usual one, in 16."""
    if _UUID.fullmatch(id):
        return _IS_UUID, bytes.fromhex(id.replace("-", ""))
    packed = raw(id)
    return len(packed), packed


def _unpacked(kind: int, packed: bytes) -> SessionId:
    if kind != _IS_UUID:
        return text(packed)
    digits = packed.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
