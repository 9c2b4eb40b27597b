"""A Redis Cluster: 16384 slots spread over masters, and the map of who owns which.

Sources: the Redis Cluster specification, and the replies of CLUSTER SLOTS and CLUSTER NODES as their pages of the reference describe them.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sessionctl.errors import SessionctlError, Unreachable, UsageProblem
from sessionctl.replies import code
from sessionctl.target import Address, Target
from sessionctl.topologies.base import Follower, Topology, Work
from sessionctl.wire import Connection, ReplyError, pack

SLOTS = 16384
ASKING = pack(b"ASKING")
_CHECK = "redis-cli --cluster check HOST:PORT tells what is wrong"


def connect(target: Target, connection: Connection | None) -> Topology:
    """The cluster of the first node that answers; `connection` is one to such a node, if there is one already."""
    return Cluster(target, connection)


def slot_of(key: bytes) -> int:
    """The slot of a key: CRC16 (XMODEM) of its tag."""
    return crc_hqx(tag_of(key), 0) % SLOTS


def tag_of(key: bytes) -> bytes:
    """What decides on a key's slot: what stands in its first braces, or the whole if there is nothing in them."""
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            return key[start + 1 : end]
    return key


class Cluster(Follower):
    """All masters of a cluster."""

    mode = "cluster"
    FOLLOWED = frozenset(("MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "READONLY"))

    def __init__(self, target: Target, connection: Connection | None = None) -> None:
        super().__init__(target)
        self._owners: list[str | None] = [None] * SLOTS
        self._nodes: list[str] = []
        if connection:
            self._keep(connection)
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    @property
    def display(self) -> str:
        return f"the cluster of {self.target.addresses[0]} ({len(self._nodes)} masters)"

    def nodes(self) -> list[str]:
        return self._nodes

    def node_for(self, key: bytes) -> str:
        owner = self._owners[slot_of(key)]
        if owner is None:
            raise Unreachable(f"no node of {self.display} owns slot {slot_of(key)}", _CHECK)
        return owner

    def refresh(self) -> None:
        """Asks nodes in turn, known ones first, until one tells the map. Raises what the last of the URL's nodes said if none does."""
        for address in self._to_ask():
            try:
                self._learn(self._any_connection(address))
                return
            except SessionctlError as error:
                failure = error
        raise failure

    def _to_ask(self) -> list[Address]:
        """Nodes with a working connection first, then the other masters, then those of the URL."""
        open_first = sorted(self._nodes, key=lambda node: node not in self._kept or self._kept[node].closed)
        return list(dict.fromkeys([*map(Address.parse, open_first), *self.target.addresses]))

    def _any_connection(self, address: Address) -> Connection:
        """A connection to a node whatever its role: replicas know the map, too."""
        kept = self._kept.get(str(address))
        if kept is None or kept.stale:
            self._keep(kept := Connection.open(address, self.target))
        return kept

    def _learn(self, connection: Connection) -> None:
        if connection.server.mode in ("standalone", "sentinel"):
            raise UsageProblem(f"{connection.node} is no node of a cluster", f"write redis://{connection.node}")
        slots, lines = connection.pipeline([(b"CLUSTER", b"SLOTS"), (b"CLUSTER", b"NODES")])
        if isinstance(slots, ReplyError):
            raise connection.error(slots, "CLUSTER SLOTS")
        try:
            self._owners, self._nodes = read_map(slots, lines, connection.address.host or "localhost")
        except (TypeError, ValueError, LookupError) as error:
            raise Unreachable(f"{connection.node} sent a map of its cluster that can't be read: {error}", _CHECK) from error
        for node in set(self._kept) - set(self._nodes) - {connection.node}:
            self._kept.pop(node).close()

    def epoch(self) -> object:
        """What each master says of itself: its slots, those that it gives away and takes over, and its configuration epoch."""
        self.refresh()
        return tuple((node, line.flags, line.epoch, line.slots) for node, line in self._own_lines()) or tuple(self._owners)

    def importing(self) -> list[str]:
        self.refresh()
        return [node for node, line in self._own_lines() if any("-<-" in slot for slot in line.slots)]

    def _own_lines(self) -> list[tuple[str, _Line]]:
        """Each master's own line of CLUSTER NODES; none where an ACL forbids to ask."""
        connections = [self.connection(node) for node in self._nodes]
        try:
            for connection in connections:
                connection.send(pack(b"CLUSTER", b"NODES"))
            replies = [connection.read(1)[0] for connection in connections]
        except BaseException:
            self.close()  # replies are still on their way on these connections
            raise
        return [(node, line) for node, reply in zip(self._nodes, replies, strict=True) for line in _parse(reply) if "myself" in line.flags]

    def route(self, work: Work, number: int) -> str:
        work.prefixes.pop(number, None)
        asked = work.asked.pop(number, None)
        if asked:
            work.prefixes[number] = ASKING
        return asked or self.node_for(work.requests[number].key)

    def _follow(self, work: Work, pending: list[int], lost: dict[int, SessionctlError]) -> None:
        """ASK counts for one request; whatever else went wrong, the map is learnt anew, and the newest MOVED is believed more than it."""
        moved: dict[int, str] = {}
        replies = [(number, str(work.replies[number])) for number in pending if number not in lost]
        for number, reply in replies:
            if code(reply) == "ASK":
                work.asked[number] = _redirect(reply, work.nodes[number])
            elif code(reply) == "MOVED":
                moved[slot_of(work.requests[number].key)] = _redirect(reply, work.nodes[number])
        if lost or any(code(reply) not in ("ASK", "TRYAGAIN") for _, reply in replies):
            super()._follow(work, pending, lost)
        for slot, node in moved.items():
            self._owners[slot] = node


def _redirect(reply: str, asked: str) -> str:
    """The address in "MOVED 3999 127.0.0.1:6381"; without a host it is the host that was asked."""
    host, _, port = reply.split(" ")[2].rpartition(":")
    return str(Address(host.strip("[]") or Address.parse(asked).host, int(port)))


def read_map(slots: list[Any], lines: object, asked: str) -> tuple[list[str | None], list[str]]:
    """Each slot's owner, and all masters, from the replies of host `asked` to CLUSTER SLOTS and CLUSTER NODES.

    The latter may be an error reply; then masters without slots stay unknown. Raises ValueError, TypeError and LookupError.
    """
    owners: list[str | None] = [None] * SLOTS
    for first, last, master, *_ in slots:
        owners[first : last + 1] = [_endpoint(master, asked)] * (last + 1 - first)
    with_slots = {owner for owner in owners if owner}
    known = list(_parse(lines))
    by_name = bool({line.name for line in known} & {Address.parse(owner).host for owner in with_slots})
    idle = {line.address(by_name) for line in known if line.is_idle_master}
    return owners[:SLOTS], sorted(with_slots | idle)


def _endpoint(node: list[Any], asked: str) -> str:
    """The address of a node in CLUSTER SLOTS: its preferred endpoint, where nil or nothing means the host that was asked."""
    host, port, *more = node
    if host == b"?" and len(more) > 1:  # Redis 7: the host name is preferred, but unknown
        host = dict(zip(more[1][::2], more[1][1::2], strict=False)).get(b"ip", host)
    return str(Address(host.decode("utf-8", "replace") if host else asked, port))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of CLUSTER NODES: "id ip:port@bus,hostname flags master ping pong epoch link slot slot …"."""

    where: str
    flags: frozenset[str]
    epoch: str
    slots: tuple[str, ...]

    @property
    def is_idle_master(self) -> bool:
        """Whether it owns no slots: CLUSTER SLOTS doesn't show it, but it may be taking over its first ones."""
        usable = "master" in self.flags and not self.flags & {"fail", "handshake", "noaddr"}
        return usable and all(slot.startswith("[") for slot in self.slots)

    @property
    def name(self) -> str:
        """The host name that the node announces; empty if it doesn't."""
        return f"{self.where},".split(",")[1]

    def address(self, by_name: bool) -> str:
        """With the host's name, if this cluster shows names in CLUSTER SLOTS, too."""
        host, _, port = self.where.partition(",")[0].partition("@")[0].rpartition(":")
        return str(Address(self.name if by_name and self.name else host, int(port)))


def _parse(reply: object) -> Iterator[_Line]:
    for line in reply.decode("utf-8", "replace").splitlines() if isinstance(reply, bytes) else ():
        _, where, flags, _, _, _, epoch, _, *slots = line.split(" ")
        yield _Line(where, frozenset(flags.split(",")), epoch, tuple(slots))
