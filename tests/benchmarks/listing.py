"""A listing of all sessions against a minimal C client that reads the same, and against ``redis-cli --scan``."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from json import loads

from tests.benchmarks.bench import COLUMNS, Bench, redis_cli_scan
from tests.benchmarks.processes import ROOT, Command, Failed, interleaved, seconds
from tests.benchmarks.table import Row

SAME = ("id", "creationTime", "lastAccessedTime", "maxInactiveInterval")  # the TTL runs


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


def check(ours: Command, peer: Command, names: Sequence[str] = SAME) -> None:
    """Both must print the same sessions with the same values in `names`. Raises Failed."""
    left, right = fingerprint(ours, names), fingerprint(peer, names)
    if left != right:
        raise Failed(f"the listings differ: {left[0]:,} sessions (sum {left[1]:x}), the peer {right[0]:,} (sum {right[1]:x})")


def fingerprint(command: Command, names: Sequence[str]) -> tuple[int, int]:
    """How many lines, and a sum over them that does not depend on their order."""
    count = total = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT) as child:
        assert child.stdout
        for line in child.stdout:
            row = loads(line)
            total += hash(tuple(row[name] for name in names))
            count += 1
    if child.returncode:
        raise Failed(f"{' '.join(command)}: exit code {child.returncode}")
    return count, total % 2**64
