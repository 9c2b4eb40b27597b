"""The only sender of Redis commands: everything that sessionctl asks of Redis, or does to it, goes through here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Any

from sessionctl.batch import Batch, Scope
from sessionctl.errors import Unreachable
from sessionctl.fields import DEADLINE
from sessionctl.lanes import Lanes, ahead
from sessionctl.layouts.base import Companion
from sessionctl.layouts.keys import MINUTE, Keys, text
from sessionctl.layouts.members import member_text, spellings
from sessionctl.layouts.reactive_indexed import NAME as REACTIVE_INDEXED
from sessionctl.layouts.reads import EVIDENCE, HASH, METADATA, PRINCIPAL, PTTL, SIZE, Reads
from sessionctl.model import SessionId
from sessionctl.replies import code
from sessionctl.report import Need
from sessionctl.scan import QUICK, Message, Pace, Scan, side_by_side
from sessionctl.seen import Seen
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import Connection, ReplyError, pack

GONE = -2  # PTTL of a key that isn't there
LARGEST_VALUE = 16 * 1024 * 1024  # bytes of one attribute that are read at most
LARGEST_SESSION = 128 * 1024 * 1024  # the same of all attributes together
FOLLOW = 5  # how often a scan begins again after a failover, before it gives up


class Store:
    """Sessions of one namespace, on one topology."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.topology = topology
        self.keys = keys

    def clock(self) -> int:
        """Redis's own time in milliseconds since the epoch, which its TTLs follow; ours where an ACL forbids TIME."""
        [reply] = self.topology.execute([Request(self.keys.prefix, pack(b"TIME"))], idempotent=True)
        if isinstance(reply, ReplyError):
            return time.time_ns() // 1_000_000
        seconds, micros = reply
        return int(seconds) * 1000 + int(micros) // 1000

    def scan(self, need: Need, scope: Scope, id_prefix: str = "", pace: Pace = QUICK) -> Iterator[Batch]:
        """Every session, once, whatever moves meanwhile.

        Raises Unreachable where a part of the keyspace can't be read to its end, so that a shorter list never passes for the whole.
        """
        reads, seen = Reads(need), Seen()
        scan = Scan(self.keys.pattern(id_prefix), reads, self.keys.is_companion, pace=pace)
        for message in self._messages(scan):
            batch = self._batch(message, reads, scope)
            batch = batch.select(seen.fresh(batch.names))
            if len(batch):
                yield self._with_evidence(batch) if need.layout else batch

    def hashes(self, pattern: bytes, steps: int | None = None) -> Iterator[list[bytes]]:
        """The names of all hashes that match, once each; only a look around of so many SCANs a node with `steps`."""
        seen = Seen()
        for _, names, _ in self._messages(Scan(pattern, Reads(Need()), self.keys.is_companion, steps)):
            yield list(compress(names, seen.fresh(names)))

    def _messages(self, scan: Scan) -> Iterator[Message]:
        """The messages of all nodes; nodes that took slots over meanwhile are scanned again, and a failover is followed."""
        topology, tries = self.topology, 0
        epoch, pending = topology.epoch(), topology.nodes()
        while pending:
            try:
                yield from side_by_side([partial(self._scan_node, scan, node) for node in pending])
                before, epoch = epoch, topology.epoch()
                pending = topology.nodes() if epoch != before else topology.importing() if not tries else []
                tries += 1
            except Unreachable:
                tries += 1
                if topology.mode == "single" or tries > FOLLOW:
                    raise
                topology.refresh()
                epoch, pending = topology.epoch(), topology.nodes()

    def _scan_node(self, scan: Scan, node: str) -> Iterator[Message]:
        connection: Connection = self.topology.open(node)
        try:
            yield from scan.node(connection)
        finally:
            connection.close()

    def _batch(self, message: Message, reads: Reads, scope: Scope) -> Batch:
        node, names, replies = message
        if ReplyError in set(map(type, replies)):
            replies = self._followed(names, replies, reads)
        batch = Batch(names, reads.columns(replies), scope, node)
        ttls = batch.raw.get(PTTL)
        return batch.select([ttl != GONE for ttl in ttls]) if ttls and GONE in ttls else batch

    def _followed(self, names: Sequence[bytes], replies: list[Any], reads: Reads) -> list[Any]:
        """`replies` with those that failed asked again, wherever their keys are by now; what still fails is raised, or is of one key."""
        step = len(reads.commands)
        whole = list(replies)
        for row, name in enumerate(names):
            part = slice(row * step, (row + 1) * step)
            if _failure(whole[part]) is not None:
                whole[part] = self._read(reads, [name])
            if (failure := _failure(whole[part])) is not None:
                command = reads.commands[whole[part].index(failure)].split(b"\r\n")[2].decode()
                raise self.topology.connection(self.topology.node_for(name)).error(failure, command)
        return whole

    def _read(self, reads: Reads, names: Sequence[bytes]) -> list[Any]:
        requests = [Request(name, command % (len(name), name)) for name in names for command in reads.commands]
        return self.topology.execute(requests, idempotent=True)

    def get(self, ids: Sequence[SessionId], need: Need, scope: Scope) -> Batch:
        """Those of the sessions that exist, in the order given."""
        names = [self.keys.session(id) for id in ids]
        reads = Reads(need | Need(ttl=True))
        return self._got(names, self._read(reads, names), reads, scope)

    def _got(self, names: list[bytes], replies: list[Any], reads: Reads, scope: Scope) -> Batch:
        batch = self._batch((self.topology.display, names, replies), reads, scope)
        return self._with_evidence(batch) if reads.need.layout and len(batch) else batch

    def stream(
        self, several: Iterable[Sequence[SessionId]], need: Need, scope: Callable[[], Scope], kept: Lanes | None = None
    ) -> Iterator[Batch]:
        """`get` of one after the other; while one is worked on, the next is on its way. `scope` is asked when it is sent.

        The connections `kept` from before are used where there are any, and stay open unless something goes wrong.
        """
        reads = Reads(need | Need(ttl=True))

        def begin(ids: Sequence[SessionId]) -> Callable[[], Batch]:
            names, sent = [self.keys.session(id) for id in ids], scope()
            replies = lanes.begin(names, reads.packed(names), len(reads.commands))
            return lambda: self._got(names, replies() or self._read(reads, names), reads, sent)

        lanes = kept or Lanes(self.topology)
        try:
            yield from ahead(several, begin)
        except BaseException:  # replies may be on their way
            lanes.close()
            raise
        if kept is None:
            lanes.close()

    def call(self, key: bytes, *words: bytes) -> Any:
        """One reading command on one key. Raises what `Connection.error` makes of an error reply."""
        [reply] = self.topology.execute([Request(key, pack(*words))], idempotent=True)
        if isinstance(reply, ReplyError):
            raise self.topology.connection(self.topology.node_for(key)).error(reply, words[0].decode())
        return reply

    def _with_evidence(self, batch: Batch) -> Batch:
        """`batch` with what companions its sessions have; they may lie on other nodes."""
        requests: list[Request] = []
        for id, deadline in zip(batch.ids, batch.column(DEADLINE), strict=True):
            for key in (self.keys.expires(id), self.keys.back_references(id)):
                requests.append(Request(key, pack(b"EXISTS", key)))
            for bucket in (self.keys.bucket(deadline or 0), self.keys.bucket((deadline or 0) - MINUTE)):
                requests += [Request(bucket, pack(b"SISMEMBER", bucket, member)) for member in spellings(f"expires:{id}")]
        replies = [reply == 1 for reply in self.topology.ask(requests)]
        buckets = [any(replies[start + 2 : start + 6]) for start in range(0, len(replies), 6)]
        backs = replies[1::6]
        usual = REACTIVE_INDEXED if any(backs) and not any(buckets) else None
        batch.raw |= dict(zip(EVIDENCE, (replies[0::6], backs, buckets, [usual] * len(batch)), strict=True))
        return batch

    def existing(self, ids: Sequence[SessionId]) -> set[SessionId]:
        """Those of the sessions that have a hash. Raises what `Connection.error` makes of an error reply."""
        keys = [self.keys.session(id) for id in ids]
        replies = self.topology.ask([Request(key, pack(b"TYPE", key)) for key in keys])
        return {id for id, reply in zip(ids, replies, strict=True) if reply == b"hash"}

    def hash(self, id: SessionId) -> tuple[dict[str, bytes], dict[str, int]]:
        """All fields of a session, and the sizes in bytes of those that are too large to be read at all."""
        key = self.keys.session(id)
        names = self.call(key, b"HKEYS", key)
        sizes = self.topology.ask([Request(key, pack(b"HSTRLEN", key, name)) for name in names])
        small, too_large = _within(dict(zip(names, sizes, strict=True)))
        values = self.call(key, b"HMGET", key, *small) if small else []
        return {text(name): value for name, value in zip(small, values, strict=True) if value is not None}, too_large

    def members(self, index: bytes) -> Iterator[list[SessionId]]:
        """The session ids in an index, a few hundred at a time; they may be of sessions that ended long ago."""
        cursor = b"0"
        while True:
            cursor, members = self.call(index, b"SSCAN", index, cursor, b"COUNT", b"500")
            yield [id for id in map(member_text, members) if id is not None]
            if cursor == b"0":
                return

    def as_batch(self, id: SessionId, hash: dict[str, bytes], scope: Scope) -> Batch:
        """One session whose hash was read already as a batch with every column."""
        key = self.keys.session(id)
        raw = {PTTL: self.topology.ask([Request(key, pack(b"PTTL", key))])}
        raw |= {SIZE: self._read(Reads(Need(size=True)), [key])}  # an error reply where MEMORY isn't known or allowed: unknown
        raw |= {name: [hash.get(name)] for name in (*METADATA, *PRINCIPAL)} | {HASH: [hash]}
        return Batch([key], raw, scope, self.topology.node_for(key))

    def present(self, companions: Sequence[Companion]) -> list[tuple[Companion, int | None]]:
        """Those of `companions` that exist and hold their session, with the key's TTL in milliseconds (None: none)."""
        requests = []
        for one in companions:
            requests += [Request(one.key, pack(*words)) for words in _questions(one)]
        replies = self.topology.ask(requests)
        found = []
        for number, one in enumerate(companions):
            kind, ttl, *held = replies[number * 4 : number * 4 + 4]
            if kind == one.kind.encode() and (one.member is None or any(_yes(reply) for reply in held)):
                found.append((one, ttl if isinstance(ttl, int) and ttl >= 0 else None))
        return found


def _within(sizes: Mapping[bytes, int]) -> tuple[list[bytes], dict[str, int]]:
    """The fields that may be read, and the sizes in bytes of those that are too large, by themselves or together."""
    small: list[bytes] = []
    too_large: dict[str, int] = {}
    room = LARGEST_SESSION
    for name, size in sizes.items():
        if size <= min(LARGEST_VALUE, room):
            small.append(name)
            room -= size
        else:
            too_large[text(name)] = size
    return small, too_large


def _questions(one: Companion) -> list[tuple[bytes, ...]]:
    """What to ask of a companion: its type, its TTL, and whether it holds the member, in either way a serializer writes a string."""
    held: list[tuple[bytes, ...]] = [(b"EXISTS", one.key)] * 2
    if one.member is not None:
        ask = b"ZSCORE" if one.kind == "zset" else b"SISMEMBER"
        held = [(ask, one.key, spelling) for spelling in spellings(one.member)]
    return [(b"TYPE", one.key), (b"PTTL", one.key), *held]


def _yes(reply: Any) -> bool:
    return reply is not None and reply != 0 and not isinstance(reply, ReplyError)


def _failure(replies: Sequence[Any]) -> ReplyError | None:
    """The first error reply that isn't just of a key that holds something else than a session."""
    return next((reply for reply in replies if isinstance(reply, ReplyError) and code(reply) != "WRONGTYPE"), None)
