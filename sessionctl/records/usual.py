"""What RedisIndexedSessionRepository has beside a session: its sessions are the most, so that they are asked for and written in few steps.

Whoever looks at it sees the same `Beside`s as of any other session, and its text is theirs.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sessionctl.codecs.jdk import sniff
from sessionctl.formats.values import quoted
from sessionctl.layouts.keys import MINUTE, Keys, text
from sessionctl.layouts.members import is_plain, plain_spelling
from sessionctl.model import SessionId
from sessionctl.records.beside import BUCKET, EXPIRES, GONE, INDEX, Beside, Question, seconds


class Bucket(NamedTuple):
    """The set of a minute: its key, and how its companion begins in JSON, up to the member."""

    key: bytes
    text: str


class Names:
    """The names of one namespace, as keys and as JSON: those of `expires` and of the `index` up to what is a session's own."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.expires = keys.expires("")
        self.index = keys.principal_index("")
        self.expires_text, self.index_text = _begun(self.expires), _begun(self.index)
        self.bucket = lru_cache(maxsize=4096)(self._bucket)

    def _bucket(self, minute: int) -> Bucket:
        """That of the deadlines in `minute`, counted from the epoch."""
        key = self.keys.bucket(minute * MINUTE)
        return Bucket(key, _begun(key) + _SET.format(BUCKET))

    def usual(self, id: SessionId, deadline: int | None, principal: str | None, like: bytes) -> Usual | None:
        """What there may be beside a session whose values look `like` that; None where it is nothing usual, or not spelled so plainly."""
        if deadline is None or not sniff(like) or not is_plain(id) or not (principal is None or principal.isprintable()):
            return None
        return Usual(self, id, deadline // MINUTE, principal)


class Usual:
    """A session's expires key with its `ttl` in milliseconds, and its entries in the bucket of `minute` and the index of `principal`."""

    __slots__ = ("id", "minute", "names", "principal", "ttl")

    def __init__(self, names: Names, id: SessionId, minute: int, principal: str | None, ttl: int | None = None) -> None:
        self.names = names
        self.id = id
        self.minute = minute
        self.principal = principal
        self.ttl = ttl

    def __iter__(self) -> Iterator[Beside]:
        for (kind, key, *member), role in zip(self.questions(), (EXPIRES, BUCKET, INDEX), strict=False):
            yield Beside(key, kind, role, self.ttl if role == EXPIRES else None, tuple(member))

    def questions(self) -> tuple[Question, ...]:
        """What tells whether it is there."""
        names, id = self.names, self.id.encode()
        expires = "string", names.expires + id
        bucket = "set", names.bucket(self.minute).key, plain_spelling(b"expires:" + id)
        if self.principal is None:
            return expires, bucket
        return expires, bucket, ("set", names.index + self.principal.encode(), plain_spelling(id))

    def held(self, replies: Iterator[Any]) -> Usual | list[Beside]:
        """What there is of it, by the next replies."""
        found = [next(replies), next(replies)] if self.principal is None else [next(replies), next(replies), next(replies)]
        ttl, *members = found
        if members.count(1) == len(members) and isinstance(ttl, int) and ttl != GONE:
            self.ttl = ttl if ttl >= 0 else None
            return self
        return [held for one, reply in zip(self, found, strict=True) if (held := one.held(reply)) is not None]

    def text(self) -> str:
        """The texts of all, with commas between."""
        names, id = self.names, self.id
        expires = f'{names.expires_text}{id}","type":"string","role":"{EXPIRES}","ttl":{seconds(self.ttl)}}}'
        bucket = f'{names.bucket(self.minute).text}{_base64(plain_spelling(b"expires:" + id.encode()))}"]}}'
        if self.principal is None:
            return f"{expires},{bucket}"
        name, member = quoted(self.principal)[1:-1], _base64(plain_spelling(id.encode()))
        return f'{expires},{bucket},{names.index_text}{name}{_IN_INDEX}{member}"]}}'


def _begun(key: bytes) -> str:
    """How the text of a companion begins whose key begins with `key`."""
    return f'{{"key":{quoted(text(key))[:-1]}'


_SET = '","type":"set","role":"{}","ttl":null,"members":["'
_IN_INDEX = _SET.format(INDEX)


def _base64(member: bytes) -> str:
    return b2a_base64(member, newline=False).decode("ascii")
