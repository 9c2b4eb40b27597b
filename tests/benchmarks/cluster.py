"""A listing of a cluster of three masters against one server with the same sessions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.bench import COLUMNS, Bench
from tests.benchmarks.listing import check
from tests.benchmarks.processes import Command, interleaved, seconds
from tests.benchmarks.table import Row


def measure(bench: Bench) -> Iterator[Row]:
    one, nodes = bench.servers.filled("simple", bench.sessions), bench.servers.cluster("simple", bench.sessions)
    check(ls_cluster(bench, nodes), bench.ls(one), ["id", "principal"])  # filled at different times
    for what, options in (("five columns", ("--columns", COLUMNS)), ("default columns", ())):
        usages = interleaved({"cluster": ls_cluster(bench, nodes, *options), "one": bench.ls(one, *options)}, bench.runs)
        yield Row(f"ls of a cluster of three, {what}", seconds(usages["cluster"]), seconds(usages["one"]), 1.0, peer_name="one node")


def ls_cluster(bench: Bench, ports: list[int], *options: str) -> Command:
    nodes = ",".join(f"127.0.0.1:{port}" for port in ports)
    return (*bench.sessionctl, "--url", f"redis-cluster://{nodes}", "ls", "-o", "ndjson", *options)
