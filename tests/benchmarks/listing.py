"""A listing of all sessions against a minimal C client that reads the same, and against ``redis-cli --scan``."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from json import loads

from tests.benchmarks.bench import COLUMNS, Bench, redis_cli_scan
from tests.benchmarks.processes import ROOT, Command, Failed, interleaved, seconds
from tests.benchmarks.table import Row

SAME = ("id", "creationTime", "lastAccessedTime", "maxInactiveInterval")


def measure(bench: Bench) -> Iterator[Row]:
    for layout, port in bench.filled():
        check(bench.ls(port, "--columns", COLUMNS), bench.c_ls(port))
        five = {"ours": bench.ls(port, "--columns", COLUMNS), "C": bench.c_ls(port)}
        default = {"ours, default": bench.ls(port), "C, default": bench.c_ls(port, "--default-columns")}
        usages = interleaved({**five, **default, "redis-cli": redis_cli_scan(port)}, bench.runs)
        took = {name: seconds(several) for name, several in usages.items()}
        yield Row(f"ls, five columns, {layout}", took["ours"], took["C"], 1.10, peer_name="C client")
        yield Row(f"ls, five columns, {layout}", took["ours"], took["redis-cli"], 1.0, peer_name="redis-cli --scan")
        yield Row(f"ls, default columns, {layout}", took["ours, default"], took["C, default"], 1.3, peer_name="C client")
        yield Row(f"ls, default columns, {layout}", took["ours, default"], took["redis-cli"], None, peer_name="redis-cli --scan")


def check(ours: Command, peer: Command) -> None:
    """Both must print the same sessions with the same values. Raises Failed."""
    left, right = fingerprint(ours), fingerprint(peer)
    if left != right:
        raise Failed(f"the listings differ: sessionctl {left[0]:,} sessions (sum {left[1]:x}), C client {right[0]:,} (sum {right[1]:x})")


def fingerprint(command: Command) -> tuple[int, int]:
    """How many lines, and a sum over them that does not depend on their order; the TTL runs, so it is left out."""
    count = total = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout
        for line in child.stdout:
            row = loads(line)
            total += hash(tuple(row[name] for name in SAME))
            count += 1
    return count, total % 2**64
