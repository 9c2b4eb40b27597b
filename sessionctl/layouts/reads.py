"""What to ask Redis for one session, given what is needed of it, and how the replies become columns.

Every layout of Spring Session keeps the session itself in one hash of the same fields (RedisSession.getDelta), so one reading serves all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sessionctl.layouts.keys import PRINCIPAL_NAME_INDEX_NAME, REACTIVE_PRINCIPAL_NAME_INDEX_NAME, raw, text
from sessionctl.remembered import Remembered
from sessionctl.report import Need

CREATION_TIME = "creationTime"
LAST_ACCESSED_TIME = "lastAccessedTime"
MAX_INACTIVE_INTERVAL = "maxInactiveInterval"
METADATA = (CREATION_TIME, LAST_ACCESSED_TIME, MAX_INACTIVE_INTERVAL)
ATTRIBUTE = "sessionAttr:"
SECURITY_CONTEXT = ATTRIBUTE + "SPRING_SECURITY_CONTEXT"
EXPLICIT_PRINCIPALS = (ATTRIBUTE + PRINCIPAL_NAME_INDEX_NAME, ATTRIBUTE + REACTIVE_PRINCIPAL_NAME_INDEX_NAME)
PRINCIPAL = (*EXPLICIT_PRINCIPALS, SECURITY_CONTEXT)

PTTL = "pttl"
SIZE = "size"
HASH = "hash"
EVIDENCE = ("expires key", "back references", "minute bucket", "usual layout")  # what companions a session has, and its neighbours'


def _bulk(value: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(value), value)


def _command(*words: bytes, key_at: int = 1) -> bytes:
    """A command in the Redis protocol, with a placeholder where the key goes."""
    parts = [_bulk(word).replace(b"%", b"%%") for word in words]
    parts.insert(key_at, b"$%d\r\n%b\r\n")
    return b"*%d\r\n" % len(parts) + b"".join(parts)


@dataclass(frozen=True)
class Reads:
    """The commands for one session: prebuilt bytes, because a listing sends them a million times."""

    need: Need

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The hash's fields that are needed."""
        wanted: tuple[str, ...] = METADATA if self.need.metadata else ()
        wanted += PRINCIPAL if self.need.principal else ()
        return (*wanted, *sorted(ATTRIBUTE + name for name in self.need.attributes if ATTRIBUTE + name not in wanted))

    @cached_property
    def commands(self) -> tuple[bytes, ...]:
        """One template a command; its key is put in twice, as length and bytes."""
        commands = []
        if self.need.hash:
            commands.append(_command(b"HGETALL"))
        elif self.fields:
            commands.append(_command(b"HMGET", *map(raw, self.fields)))
        if self.need.ttl or commands:
            commands.append(_command(b"PTTL"))
        if self.need.size:
            commands.append(_command(b"MEMORY", b"USAGE", b"SAMPLES", b"0", key_at=2))
        return tuple(commands)

    @cached_property
    def _names(self) -> Remembered[bytes, Sequence[str]]:
        return Remembered(lambda names: list(map(text, names)))

    @cached_property
    def _template(self) -> bytes:
        return b"".join(self.commands)

    def pack(self, keys: Sequence[bytes]) -> bytes:
        """All commands for all keys."""
        return b"".join(self.packed(keys))

    def packed(self, keys: Sequence[bytes]) -> list[bytes]:
        """All commands for each key."""
        template, times = self._template, 2 * len(self.commands)
        if times == 4:
            return [template % (len(key), key, len(key), key) for key in keys]
        return [template % ((len(key), key) * (times // 2)) for key in keys]

    def columns(self, replies: Sequence[Any]) -> dict[str, list[Any]]:
        """The replies, in the order of `pack`, as one column for each thing asked."""
        step, rest = len(self.commands), 0
        columns: dict[str, list[Any]] = {}
        if self.need.hash:
            hashes = [self._pairs(reply) for reply in replies[0::step]]
            columns = {HASH: hashes}
            columns.update({name: [hash.get(name) for hash in hashes] for name in self.fields})
            rest = 1
        elif self.fields:
            columns.update(self._hash_columns(replies[0::step]))
            rest = 1
        if rest or self.need.ttl:
            columns[PTTL] = list(replies[rest::step])
            rest += 1
        if self.need.size:
            columns[SIZE] = list(replies[rest::step])
        return columns

    def _hash_columns(self, rows: Sequence[Any]) -> dict[str, list[Any]]:
        try:
            return dict(zip(self.fields, map(list, zip(*rows, strict=True)), strict=True))
        except (TypeError, ValueError):  # an error reply among the rows (a key of another type), or no rows at all
            empty = (None,) * len(self.fields)
            whole = [row if isinstance(row, list) else empty for row in rows]
            return {name: [row[number] for row in whole] for number, name in enumerate(self.fields)}

    def _pairs(self, reply: Any) -> dict[str, bytes]:
        return dict(zip(self._names[tuple(reply[0::2])], reply[1::2], strict=True)) if isinstance(reply, list) else {}
