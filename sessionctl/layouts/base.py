"""What a layout is: where one kind of Spring Session repository puts a session beside its hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sessionctl.layouts.keys import Keys
from sessionctl.model import SessionId


@dataclass(frozen=True, slots=True)
class Companion:
    """A key that belongs to a session. With a `member`, the key is shared by many sessions and this one is a member of it.

    The member is plain text here; Redis holds it as the application's serializer writes a string.
    """

    key: bytes
    role: str
    member: str | None = None
    kind: str = "string"


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a session decides where its companions are. `deadline` is in milliseconds since the epoch, None: never or unknown."""

    id: SessionId
    deadline: int | None = None
    principal: str | None = None


class Layout(Protocol):
    """One kind of repository; its module itself satisfies this protocol."""

    NAME: str
    GRACE: int
    """How long the hash outlives the deadline, in milliseconds, so that the application's listeners find it."""

    def companions(self, keys: Keys, session: Facts) -> Sequence[Companion]:
        """Every key beside the hash that this layout may have for the session."""

    def index(self, keys: Keys, principal: str) -> bytes | None:
        """The set of the sessions of a principal, where the layout keeps one."""
