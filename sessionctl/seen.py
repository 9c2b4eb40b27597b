"""Which keys were met already: exactly, in about ten bytes a key, because SCAN may repeat any key at any time."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

_BUCKETS = 1 << 16
_pack = Struct("q").pack


class Seen:
    """Remembers keys by 64-bit hashes, packed in buckets: a `set` of a million would cost as much as everything else together.

    Two different keys among ten million are taken for one with a probability of 1 in 300,000.
    """

    def __init__(self) -> None:
        self._buckets = [b""] * _BUCKETS

    def fresh(self, keys: Iterable[bytes]) -> list[bool]:
        """For each of `keys` whether it was never met before; from now on it was."""
        buckets, new = self._buckets, []
        for key in keys:
            digest = hash(key)
            bucket = buckets[digest & 0xFFFF]
            packed = _pack(digest)
            if packed in bucket:
                new.append(False)
            else:
                buckets[digest & 0xFFFF] = bucket + packed
                new.append(True)
        return new
