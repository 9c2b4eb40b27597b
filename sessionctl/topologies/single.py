"""One server. Given a replica's address, its master is used instead: a replica lags, and removes expired keys only when told."""

from __future__ import annotations

from sessionctl.errors import Refused, SessionctlError, Unreachable
from sessionctl.target import Address, Target
from sessionctl.topologies.base import Follower, Topology, run_id
from sessionctl.wire import Connection, ReplyError

CHAIN = 8  # replicas of replicas that are followed up to their master


def connect(target: Target, connection: Connection | None) -> Topology:
    """The server at the target's address, or its master."""
    return Single(target, connection or Connection.open(target.addresses[0], target))


class Single(Follower):
    """A server of its own, or behind a proxy."""

    mode = "single"

    def __init__(self, target: Target, connection: Connection) -> None:
        super().__init__(target)
        self._seed = target.addresses[0]
        self._use(connection)

    def _use(self, connection: Connection) -> None:
        master = to_master(connection, self.target)
        self._node = master.node
        self._keep(master)

    @property
    def display(self) -> str:
        came_by = f" (the master of {self._seed})" if self._node != str(self._seed) else ""
        return self._node + came_by

    def nodes(self) -> list[str]:
        return [self._node]

    @property
    def sole(self) -> str:
        return self._node

    def node_for(self, key: bytes) -> str:
        return self._node

    def refresh(self) -> None:
        self.close()
        self._use(Connection.open(self._seed, self.target))

    def epoch(self) -> object:
        return self._node, run_id(self.connection(self._node))

    def importing(self) -> list[str]:
        return []


def to_master(connection: Connection, target: Target) -> Connection:
    """`connection` if it leads to a master; else one to the master of this replica. Raises Unreachable and Refused."""
    for _ in range(CHAIN):
        if connection.server.role != "replica":
            return connection
        replica = connection.node
        with connection:
            master = _master_of(connection)
        try:
            connection = Connection.open(master, target)
        except SessionctlError as error:
            hint = "replicas aren't read, as their TTLs lag; give a URL by which the master can be reached from here"
            raise type(error)(f"{replica} is a replica, and its master can't be used: {error.message}", hint) from error
    connection.close()
    raise Unreachable(f"{target.display} is a replica of replicas without a master", "give the URL of the master")


def _master_of(connection: Connection) -> Address:
    [reply] = connection.pipeline([(b"ROLE",)])
    if isinstance(reply, ReplyError):
        raise connection.error(reply, "ROLE")
    if not (isinstance(reply, list) and len(reply) >= 3 and isinstance(reply[1], bytes) and isinstance(reply[2], int)):
        raise Refused(f"{connection.node} is a replica, but doesn't tell of which master", "give the URL of the master")
    return Address(reply[1].decode("utf-8", "replace"), reply[2])
