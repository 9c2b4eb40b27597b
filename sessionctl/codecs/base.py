"""What a codec is. The member's module itself satisfies this protocol."""

from __future__ import annotations

from typing import Protocol

from sessionctl.model import Decoded, Undecodable
from sessionctl.plan import JavaValue


class Codec(Protocol):
    """One encoding of one stored value. Nothing of the value is ever executed, imported or unpickled."""

    NAME: str

    def sniff(self, raw: bytes) -> bool:
        """Whether `raw` looks like this encoding, by its first bytes alone."""

    def decode(self, raw: bytes) -> Decoded | Undecodable:
        """The value, or why there is none; never raises, whatever the bytes."""

    def encode(self, value: JavaValue, like: bytes) -> bytes:
        """`value` as the application would have written it, in the style of `like`, a value that it wrote.

        Raises ValueError where this encoding can't say it without breaking the application.
        """
