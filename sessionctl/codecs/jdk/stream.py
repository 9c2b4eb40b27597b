"""A stream that is being read: its bytes, what has a handle, and how much more it may hold."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sessionctl.codecs.jdk.nodes import Descriptor, Raw
from sessionctl.codecs.jdk.protocol import HEADER, MAX_BYTES, MAX_NESTED_READS, MAX_VALUES, Malformed


class Stream(ABC):
    """Raises `Malformed`; IndexError and struct.error mean that the stream is truncated."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_BYTES:
            raise Malformed(f"larger than {MAX_BYTES // 2**20} MiB")
        if not data.startswith(HEADER):
            raise Malformed("no Java serialization stream of version 5")
        self.data = data
        self.pos = len(HEADER)
        self.handles: list[Raw] = []
        self.descriptors: list[Descriptor] = []
        self.type_names: list[int] | None = None
        """The handles by which the descriptor that is being read names types; None if it can't be remembered."""
        self.budget = MAX_VALUES
        self._nested = 0

    @abstractmethod
    def read(self, values: list[Raw], left: int) -> None:
        """Read `left` values, and whatever lies in them, into `values`."""

    def spend(self, count: int) -> None:
        """Count `count` more values. Raises `Malformed` when there are too many."""
        self.budget -= count
        if self.budget < 0:
            raise Malformed(f"more than {MAX_VALUES} values")

    def nested(self, count: int) -> list[Raw]:
        """Read `count` values apart from the object that is being read. Raises `Malformed`."""
        self._nested += 1
        if self._nested > MAX_NESTED_READS:
            raise Malformed(f"class annotations nested deeper than {MAX_NESTED_READS}")
        values: list[Raw] = []
        self.read(values, count)
        self._nested -= 1
        return values
