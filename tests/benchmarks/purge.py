"""A purge of everything against what people use, ``redis-cli --scan | xargs -n 1000 redis-cli unlink``, and what others feel of it.

Every run has a server of its own, loaded from the snapshot of one that was filled once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from tests.benchmarks.bench import Bench, url
from tests.benchmarks.latency import Felt, felt, rows
from tests.benchmarks.memory import MEGABYTE
from tests.benchmarks.processes import Command, Failed, Usage, run, seconds
from tests.benchmarks.servers import redis_cli
from tests.benchmarks.table import Row

TARGETS = {"purge": 1.2, "purge --batch 100": 1.2, "purge with a journal": 1.8, "purge --event none": 1.2}
PEER = "redis-cli --scan | xargs unlink"
IDLE_LASTS = 4.0


def measure(bench: Bench) -> Iterator[Row]:
    for layout in bench.layouts:
        commands = {name: partial(ours, bench, name) for name in TARGETS} | {PEER: pipeline}
        usages: dict[str, list[Usage]] = defaultdict(list)
        for _ in range(bench.runs):
            for name, command in commands.items():
                with bench.servers.copied(layout, bench.sessions) as port:
                    usages[name].append(run(command(url(port))))
                    check(port, layout, name)
        for name, target in TARGETS.items():
            yield Row(f"{name}, {layout}", seconds(usages[name]), seconds(usages[PEER]), target, peer_name=PEER)
            yield Row(f"memory of {name}, {layout}", usages[name][-1].peak / MEGABYTE, None, 80, unit="MB")
        yield from latency(bench, layout, commands)
    yield from cluster(bench)


def latency(bench: Bench, layout: str, commands: Mapping[str, Callable[[str], Command]]) -> Iterator[Row]:
    """What another client feels, against nothing going on and against the pipeline."""
    felt_by: dict[str, list[Felt]] = defaultdict(list)
    for _ in range(bench.runs):
        for name, command in {"idle": lambda _: ("sleep", str(IDLE_LASTS)), **commands}.items():
            with bench.servers.copied(layout, bench.sessions) as port:
                felt_by[name].append(felt(bench, port, partial(run, command(url(port)))))
    named = {name if name == "idle" else f"{name}, {layout}": several for name, several in felt_by.items()}
    yield from rows(named, {f"purge, {layout}": 2.0})


def cluster(bench: Bench) -> Iterator[Row]:
    """The same sessions on three masters."""
    ports = bench.servers.cluster("simple", bench.sessions, again=True)
    nodes = "redis-cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)
    took = run(ours(bench, "purge", nodes)).seconds
    with bench.servers.copied("simple", bench.sessions) as port:
        yield Row("purge of a cluster of three", took, run(ours(bench, "purge", url(port))).seconds, 1.0, peer_name="one node")


def ours(bench: Bench, name: str, where: str) -> Command:
    """A purge of all sessions by sessionctl."""
    journal = Path(bench.servers.folder) / "journal.ndjson"
    journal.unlink(missing_ok=True)
    recorded = ("--journal", str(journal)) if "journal" in name else ("--no-journal",)
    event = ("--event", "none") if "none" in name else ()
    batch = ("--batch", "100") if "batch" in name else ()
    command = (*bench.sessionctl, "--url", where, "purge", "--all", "--confirm", "spring:session")
    return (*command, "--wait", "0", "--quiet", *recorded, *event, *batch)


def pipeline(where: str) -> Command:
    """The peer, which knows no session."""
    port = where.rpartition(":")[2]
    return ("sh", "-c", f"redis-cli -p {port} --scan | xargs -n 1000 redis-cli -p {port} unlink")


def check(port: int, layout: str, name: str) -> None:
    """What must be left: tombstones in the indexed layout where events were sent, else nothing. Raises Failed."""
    left = int(redis_cli(port, "DBSIZE"))
    if name in TARGETS and left and not (layout == "indexed" and "none" not in name):
        raise Failed(f"{name}, {layout}: {left:,} keys are left")
