"""The values that flow through sessionctl. Plain data: no I/O, no clock, the standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

SessionId: TypeAlias = str
"""A session's id as text; bytes that are not UTF-8 are kept by ``surrogateescape``."""

Value: TypeAlias = "bool | int | float | str | bytes | list[Value] | dict[str, Value] | JavaObject | Reference | Undecodable | None"
"""What a stored value means, as a finite tree: cycles are `Reference`, dates and ids are text, ``byte[]`` is bytes."""


class State(StrEnum):
    """What a session is, judged from its hash alone (MapSession.isExpired, RedisIndexedSessionRepository.deleteById)."""

    ACTIVE = "active"
    EXPIRED = "expired"  # past its deadline, still stored
    DELETED = "deleted"  # a tombstone: maxInactiveInterval is 0
    PARTIAL = "partial"  # a required field is missing or unreadable


@dataclass(frozen=True, slots=True)
class JavaObject:
    """An object that has no natural value of its own: its class, its fields (a subclass's field hides one of its superclass)."""

    class_name: str
    fields: Mapping[str, Value]
    serial_version_uid: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A back reference to an object that is being shown already, further up the tree."""

    class_name: str


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that could not be read, and why: a value in the stream, never an exception."""

    reason: str
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value that was read. `java_class` is the Java type's name, as far as the encoding tells it."""

    value: Value
    java_class: str | None = None
    serial_version_uid: int | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is logged in, read out of a security context. `name` is what ``Authentication.getName()`` answers."""

    name: str
    authorities: tuple[str, ...] = ()
    remote_address: str | None = None
    login_session_id: SessionId | None = None
    authenticated: bool | None = None
    authentication_class: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a session. `size` is in bytes as stored; `encoding` is the codec's name."""

    name: str
    value: Value
    java_class: str | None
    encoding: str
    size: int
    raw: bytes = field(default=b"", repr=False)
    serial_version_uid: int | None = None


Row: TypeAlias = tuple[Any, ...]
