"""Peak memory of a listing: it must not grow with the number of sessions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.bench import COLUMNS, Bench
from tests.benchmarks.processes import run
from tests.benchmarks.table import Row

MEGABYTE = 1_000_000
OPTIONS = {
    "five columns": ("--columns", COLUMNS),
    "default columns": (),
    "sorted, limit 50": ("--sort", "lastAccessedTime", "--limit", "50"),
}


def measure(bench: Bench) -> Iterator[Row]:
    for layout, port in bench.filled():
        for what, options in OPTIONS.items():
            peak = run(bench.ls(port, *options)).peak
            yield Row(f"memory of ls, {what}, {layout}", peak / MEGABYTE, None, 60, unit="MB")
