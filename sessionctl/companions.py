"""What lies beside the hashes of sessions: the keys that a change must find, asked for many sessions at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sessionctl.chunks import chunks
from sessionctl.layouts.keys import PRINCIPAL_NAME_INDEX_NAME, REACTIVE_PRINCIPAL_NAME_INDEX_NAME, Keys, glob_escape, raw
from sessionctl.layouts.members import member_text, spellings
from sessionctl.model import SessionId
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import pack

MEMBERS_AT_MOST = 1000  # indexes of one session that are believed
INDEXES_AT_ONCE = 100


class Companions:
    """Reads the companion keys of one namespace."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.topology = topology
        self.keys = keys

    def expires(self, ids: Sequence[SessionId]) -> dict[SessionId, int]:
        """Which of the sessions have an expires key, and how long it lives, in milliseconds; -1: without end."""
        keys = [self.keys.expires(id) for id in ids]
        replies = self.ask([(key, (b"PTTL", key)) for key in keys])
        return {id: ttl for id, ttl in zip(ids, replies, strict=True) if isinstance(ttl, int) and ttl != -2}

    def back_references(self, ids: Sequence[SessionId]) -> dict[SessionId, tuple[bytes, ...]]:
        """The index keys that the back references of each session name (reactive indexed). Others than index keys are not believed."""
        keys = [self.keys.back_references(id) for id in ids]
        replies = self.ask([(key, (b"SMEMBERS", key)) for key in keys])
        beginning = raw(f"{self.keys.namespace}:sessions:index:")
        found = {}
        for id, reply in zip(ids, replies, strict=True):
            if isinstance(reply, list) and reply:
                names = [raw(name) for name in map(member_text, reply[:MEMBERS_AT_MOST]) if name is not None]
                found[id] = tuple(name for name in names if name.startswith(beginning))
        return found

    def sorted_members(self, ids: Sequence[SessionId]) -> dict[SessionId, bytes]:
        """How the sorted set of deadlines spells each session that it holds."""
        key = self.keys.expirations
        members = [(id, member) for id in ids for member in spellings(id)]
        replies = self.ask([(key, (b"ZSCORE", key, member)) for _, member in members])
        return {id: member for (id, member), reply in zip(members, replies, strict=True) if isinstance(reply, bytes)}

    def holders(self, ids: Sequence[SessionId]) -> dict[SessionId, tuple[bytes, ...]]:
        """Every principal index that holds one of the sessions, found by a look into all of them."""
        members = [(id, member) for id in ids for member in spellings(id)]
        found: dict[SessionId, list[bytes]] = defaultdict(list)
        for indexes in chunks(self._indexes(), INDEXES_AT_ONCE):
            asked = [(index, id, member) for index in indexes for id, member in members]
            replies = self.ask([(index, (b"SISMEMBER", index, member)) for index, _, member in asked])
            for (index, id, _), reply in zip(asked, replies, strict=True):
                if reply == 1:
                    found[id].append(index)
        return {id: tuple(indexes) for id, indexes in found.items()}

    def _indexes(self) -> Iterator[bytes]:
        namespace = glob_escape(self.keys.namespace)
        patterns = (
            f"{namespace}:index:{PRINCIPAL_NAME_INDEX_NAME}:*",
            f"{namespace}:sessions:index:{REACTIVE_PRINCIPAL_NAME_INDEX_NAME}:*",
        )
        for node in self.topology.nodes():
            for pattern in patterns:
                cursor = b"0"
                while True:
                    cursor, keys = self.topology.connection(node).call(b"SCAN", cursor, b"MATCH", raw(pattern), b"COUNT", b"1000")
                    yield from keys
                    if cursor == b"0":
                        break

    def ask(self, questions: Sequence[tuple[bytes, tuple[bytes, ...]]]) -> list[Any]:
        """The replies to questions, each a key and a command about it; see `Topology.ask`."""
        return self.topology.ask([Request(key, pack(*words)) for key, words in questions])
