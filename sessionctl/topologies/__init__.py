"""The topologies: how to reach Redis. A plain URL finds out by itself which one it is."""

from __future__ import annotations

from importlib import import_module

from sessionctl.target import Kind, Target
from sessionctl.topologies.base import Topology
from sessionctl.wire import Connection

TOPOLOGIES = ("single", "sentinel", "cluster")
_OF_KIND = {Kind.SENTINEL: "sentinel", Kind.CLUSTER: "cluster"}


def open_topology(target: Target) -> Topology:
    """The topology that `target` names, or that the server at its address says it is. Raises Unreachable, Refused and UsageProblem."""
    if name := _OF_KIND.get(target.kind):
        return _connect(name, target, None)
    connection = Connection.open(target.addresses[0], target)
    mode = connection.server.mode
    return _connect(mode if mode in TOPOLOGIES else "single", target, connection)


def _connect(name: str, target: Target, connection: Connection | None) -> Topology:
    try:
        topology: Topology = import_module(f"sessionctl.topologies.{name}").connect(target, connection)
    except BaseException:
        if connection:
            connection.close()
        raise
    return topology
