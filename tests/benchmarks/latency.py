"""What another client feels of a listing: its HGETALL, 1000 a second over 32 connections, against the same with nothing else going on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.processes import Command, Failed, run
from tests.benchmarks.table import Row

LASTS = 4.0
"""Seconds that each round measures at least: a listing that ends before is begun again, so that one stall of the machine is not the p99."""


@dataclass(frozen=True, slots=True)
class Felt:
    """Milliseconds from the sending of a command to the end of its reply."""

    p50: float
    p99: float
    worst: float


def felt(bench: Bench, port: int, during: Callable[[], object]) -> Felt:
    """Another client's latency while `during` runs. Raises Failed."""
    pipe = subprocess.PIPE
    with subprocess.Popen([bench.latency, str(port)], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as client:
        assert client.stderr
        assert client.stdin
        assert client.stdout
        if client.stderr.readline() != "ready\n":
            raise Failed("the latency client could not begin: " + client.stderr.read())
        during()
        client.stdin.close()
        words = client.stdout.read().split()
    return Felt(*map(float, words[1:]))


def measure(bench: Bench) -> Iterator[Row]:
    for layout, port in bench.filled():
        peer = "the C client's (500 a message)"
        felt_by = rounds(bench, port, {f"ls, {layout}": bench.ls(port), f"{peer} listing, {layout}": bench.c_ls(port, "--default-columns")})
        yield from rows(felt_by, targets={f"ls, {layout}": 2.0})


def rounds(bench: Bench, port: int, commands: Mapping[str, Command]) -> dict[str, list[Felt]]:
    """In turns: nothing at all (named "idle"), then each command."""
    felt_by: dict[str, list[Felt]] = {name: [] for name in ("idle", *commands)}
    for _ in range(bench.runs):
        felt_by["idle"].append(felt(bench, port, lambda: time.sleep(LASTS)))
        for name, command in commands.items():
            felt_by[name].append(felt(bench, port, partial(again, command)))
    return felt_by


def again(command: Command) -> None:
    ends = time.monotonic() + LASTS
    while time.monotonic() < ends:
        run(command)


def rows(felt_by: Mapping[str, list[Felt]], targets: Mapping[str, float]) -> Iterator[Row]:
    """The medians over the rounds; a target is one of the p99."""
    for name in list(felt_by)[1:]:
        for figure in ("p50", "p99", "worst"):
            value, idle = (median(getattr(one, figure) for one in felt_by[of]) for of in (name, "idle"))
            yield Row(f"another client's {figure} during {name}", value, idle, targets.get(name) if figure == "p99" else None, "ms", "idle")
