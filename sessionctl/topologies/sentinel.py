"""A master that Sentinels watch over: each Sentinel is asked in turn who it is, and what they say is checked with the master itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sessionctl.errors import SessionctlError, Unreachable, UsageProblem
from sessionctl.target import Address, Kind, Target
from sessionctl.topologies.base import Follower, Topology, run_id
from sessionctl.wire import Connection, ReplyError


def connect(target: Target, connection: Connection | None) -> Topology:
    """The master that the target's Sentinels name; `connection` came by a plain URL, whose login is then for both."""
    if connection:
        connection.close()
        target = replace(target, kind=Kind.SENTINEL, sentinel_username=target.username, sentinel_password=target.password)
    return Sentinel(target)


class Sentinel(Follower):
    """The master of one name, wherever it is by now."""

    mode = "sentinel"
    FOLLOWED = frozenset(("READONLY", "LOADING", "MASTERDOWN"))

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._name = target.master
        self._node = ""
        self.refresh()

    @property
    def display(self) -> str:
        return f"{self._node} (the master {self._name} of Sentinel)"

    def nodes(self) -> list[str]:
        return [self._node]

    @property
    def sole(self) -> str:
        return self._node

    def node_for(self, key: bytes) -> str:
        return self._node

    def epoch(self) -> object:
        return self._node, run_id(self.connection(self._node))

    def importing(self) -> list[str]:
        return []

    def refresh(self) -> None:
        """Asks the Sentinels for the master. Raises UsageProblem where the name is unknown, and Unreachable with what each one said."""
        failures: list[SessionctlError] = []
        for address in self.target.addresses:
            try:
                self._use(self._ask(address))
                return
            except SessionctlError as error:
                failures.append(error)
        problems = [error for error in failures if isinstance(error, UsageProblem)]
        if problems or len(failures) == 1:
            raise [*problems, *failures][0]
        said = "; ".join(error.message for error in failures)
        raise Unreachable(f"no Sentinel of {self.target.display} led to a master: {said}", failures[0].hint)

    def _use(self, master: Address) -> None:
        self.close()
        node = str(master)
        try:
            connection = self.open(node)
        except SessionctlError as error:
            raise type(error)(f"Sentinel names {node} as the master, but {error.message}", error.hint) from error
        self._node = node
        self._keep(connection)

    def _ask(self, address: Address) -> Address:
        with Connection.open(address, self.target.for_sentinels()) as sentinel:
            if sentinel.server.mode not in ("sentinel", None):
                raise UsageProblem(f"{sentinel.node} is a Redis server, not a Sentinel", f"write redis://{sentinel.node}")
            if self._name is None:
                self._name = only_master(sentinel)
            [reply] = sentinel.pipeline([(b"SENTINEL", b"get-master-addr-by-name", self._name)])
            if isinstance(reply, ReplyError):
                raise sentinel.error(reply, "SENTINEL get-master-addr-by-name")
            if reply is None:
                raise UsageProblem(f"{sentinel.node} knows no master {self._name}", _choice(master_names(sentinel)))
            try:
                host, port = reply
                return Address(host.decode("utf-8", "replace"), int(port))
            except (TypeError, ValueError, AttributeError) as error:
                raise Unreachable(f"{sentinel.node} sent an address of the master that can't be read: {error}") from error


def master_names(sentinel: Connection) -> list[str]:
    """The names of the masters that a Sentinel watches over; none where it doesn't tell."""
    [reply] = sentinel.pipeline([(b"SENTINEL", b"masters")])
    return sorted(_name(master) for master in reply) if isinstance(reply, list) else []


def _name(master: list[Any]) -> str:
    said = dict(zip(master[::2], master[1::2], strict=False))
    name = said.get(b"name", b"?")
    return str(name.decode("utf-8", "replace"))


def only_master(sentinel: Connection) -> str:
    """The name of the one master. Raises UsageProblem where there are several to choose from, or none."""
    names = master_names(sentinel)
    if len(names) != 1:
        many = "several masters" if names else "no master"
        raise UsageProblem(f"{sentinel.node} is a Sentinel and watches over {many}", _choice(names))
    return names[0]


def _choice(names: list[str]) -> str:
    return f"name one after # in the URL: {', '.join('#' + name for name in names)}" if names else "SENTINEL MASTERS lists what it knows"
