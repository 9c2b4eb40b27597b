"""The names of Spring Session's keys in one namespace (``getSessionKey`` and its neighbours in each repository)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sessionctl.model import SessionId

PRINCIPAL_NAME_INDEX_NAME = "org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME"
REACTIVE_PRINCIPAL_NAME_INDEX_NAME = "PRINCIPAL_NAME_INDEX_NAME"
DEFAULT_NAMESPACE = "spring:session"
MINUTE = 60_000
_HALF_A_PAIR = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # the others are bytes that weren't UTF-8


def text(raw: bytes) -> str:
    """A key's or field's name as text; what isn't UTF-8 survives the way back."""
    return raw.decode("utf-8", "surrogateescape")


def raw(name: str) -> bytes:
    """The bytes of a name that `text` made, that a person typed, or that Java wrote: half a surrogate pair is a question mark there."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _HALF_A_PAIR.sub("?", name).encode("utf-8", "surrogateescape")


def glob_escape(name: str) -> str:
    """`name` with the signs that Redis's MATCH would interpret taken literally."""
    return "".join("\\" + sign if sign in "*?[]^\\" else sign for sign in name)


def bucket_number(deadline: int) -> int:
    """The minute, in milliseconds, whose bucket has the sessions with this deadline (``roundUpToNextMinute``)."""
    return deadline // MINUTE * MINUTE + MINUTE


@dataclass(frozen=True, slots=True)
class Keys:
    """The key names of one namespace, given without its trailing colon (Spring Session 2.0 and later add the colon)."""

    namespace: str = DEFAULT_NAMESPACE

    @property
    def prefix(self) -> bytes:
        """What the key of every session begins with."""
        return raw(f"{self.namespace}:sessions:")

    def pattern(self, id_prefix: str = "") -> bytes:
        """The MATCH pattern of the sessions whose id begins with `id_prefix`; companions match too."""
        return raw(glob_escape(f"{self.namespace}:sessions:{id_prefix}") + "*")

    def session(self, id: SessionId) -> bytes:
        return raw(f"{self.namespace}:sessions:{id}")

    def id(self, key: bytes) -> SessionId:
        return text(key[len(self.prefix) :])

    def expires(self, id: SessionId) -> bytes:
        """The empty string whose end is the application's event (indexed layouts)."""
        return raw(f"{self.namespace}:sessions:expires:{id}")

    def bucket(self, deadline: int) -> bytes:
        """The set of the minute in which a session with this deadline (milliseconds) is looked at (servlet indexed)."""
        return raw(f"{self.namespace}:expirations:{bucket_number(deadline)}")

    @property
    def expirations(self) -> bytes:
        """The sorted set of deadlines (SortedSetRedisSessionExpirationStore, reactive indexed)."""
        return raw(f"{self.namespace}:sessions:expirations")

    def principal_index(self, principal: str) -> bytes:
        return raw(f"{self.namespace}:index:{PRINCIPAL_NAME_INDEX_NAME}:{principal}")

    def reactive_index(self, principal: str) -> bytes:
        return raw(f"{self.namespace}:sessions:index:{REACTIVE_PRINCIPAL_NAME_INDEX_NAME}:{principal}")

    def back_references(self, id: SessionId) -> bytes:
        """The set of the indexes that hold this session (reactive indexed)."""
        return raw(f"{self.namespace}:sessions:{id}:idx")

    def is_companion(self, key: bytes) -> bool:
        """Whether a key under `prefix` belongs to a session without being one, judged by its name (Redis before 6 has no SCAN … TYPE)."""
        rest = key[len(self.prefix) :]
        return rest == b"expirations" or rest.startswith((b"expires:", b"index:")) or rest.endswith(b":idx")
