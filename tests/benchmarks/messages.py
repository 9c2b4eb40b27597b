"""How many sessions to ask for in one message: what a small message costs the listing, and a large one other clients.

Measured with the C client, so that it tells of Redis and not of us; sessionctl's own choice stands in `sessionctl.scan`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.latency import rounds, rows
from tests.benchmarks.processes import Command, interleaved, seconds
from tests.benchmarks.table import Row

SIZES = (20, 50, 100, 200, 500)


def measure(bench: Bench) -> Iterator[Row]:
    for layout, port in bench.filled():
        commands: dict[str, Command] = {
            f"{size} a message, {layout}": bench.c_ls(port, "--default-columns", "--batch", str(size)) for size in SIZES
        }
        usages = interleaved(commands, bench.runs)
        *_, largest = usages.values()
        for name, several in usages.items():
            yield Row(name, seconds(several), seconds(largest), None, peer_name="500 a message")
        yield from rows(rounds(bench, port, commands), targets={})
