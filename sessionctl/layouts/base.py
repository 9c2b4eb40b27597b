"""What a layout is: where one kind of Spring Session repository puts a session, and what it takes to end or extend one there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

from sessionctl.layouts.keys import Keys
from sessionctl.model import SessionId, State
from sessionctl.plan import Event, Plan, Refusal, Write


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


class Stored(NamedTuple):
    """A session as it was read, to plan a change of it.

    Times in milliseconds since the epoch, `ttl` in milliseconds (None: the hash has none), `max_inactive` in seconds. `guard` are the raw
    values that were judged. `indexes` and `buckets` are sets known to hold it, beside those of its principal and its deadline.
    `sorted_member`: how the sorted set of deadlines spells it, if it holds it.
    """

    id: SessionId
    layout: str
    state: State
    accessed: int | None = None
    max_inactive: int | None = None
    ttl: int | None = None
    principal: str | None = None
    guard: Mapping[str, bytes | None] = MappingProxyType({})
    indexes: tuple[bytes, ...] = ()
    buckets: tuple[bytes, ...] = ()
    sorted_member: bytes | None = None

    @property
    def deadline(self) -> int | None:
        """What Spring obeys (MapSession.isExpired); None: never or unknown."""
        if self.accessed is None or self.max_inactive is None or self.max_inactive < 0:
            return None
        return self.accessed + self.max_inactive * 1000


@dataclass(frozen=True, slots=True)
class Ending:
    """How sessions are to end. `now` in milliseconds since the epoch.

    `protect`: leave a tombstone for the grace period where the layout knows one, so that a request in flight can't revive the session.
    """

    event: Event
    now: int
    protect: bool = True


@dataclass(frozen=True, slots=True)
class Extension:
    """The new maxInactiveInterval of a session in seconds (negative: never), seen at `now`, in milliseconds since the epoch.

    `revive`: its index entries went when it ended, and have to come back.
    """

    max_inactive: int
    now: int
    revive: bool = False


class Layout(Protocol):
    """One kind of repository; its module itself satisfies this protocol."""

    NAME: str
    GRACE: int
    """How long the hash outlives the deadline, in milliseconds, so that the application's listeners find it."""

    def companions(self, keys: Keys, session: Facts) -> Sequence[Companion]:
        """Every key beside the hash that this layout may have for the session."""

    def index(self, keys: Keys, principal: str) -> bytes | None:
        """The set of the sessions of a principal, where the layout keeps one."""

    def end(self, keys: Keys, session: Stored, how: Ending) -> Plan:
        """What logs the user out at once, tells the applications, and leaves nothing behind."""

    def extend(self, keys: Keys, session: Stored, how: Extension) -> Plan | Refusal:
        """What gives the session its new maxInactiveInterval, with everything that Redis counts for it in step."""

    def restore(self, keys: Keys, session: Stored, now: int) -> tuple[Write, ...]:
        """What gives a session whose hash has just been written its companions, as the repository's own save does it.

        `now` in milliseconds since the epoch; the session's deadline must lie after it.
        """
