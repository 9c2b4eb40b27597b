"""An export of all sessions against clients that only read them, and an import into an empty server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median

from tests.benchmarks.bench import Bench, url
from tests.benchmarks.memory import MEGABYTE
from tests.benchmarks.processes import HERE, interleaved, run, seconds
from tests.benchmarks.servers import redis_cli
from tests.benchmarks.table import Row

IMPORTED = 100_000
PEAK = 80  # MB


def exporting(bench: Bench) -> Iterator[Row]:
    for layout, port in bench.filled():
        plain = (sys.executable, str(HERE / "hashes.py"), str(port))
        usages = interleaved({"ours": export(bench, port), "C": bench.c_ls(port, "--hashes"), "hiredis": plain}, bench.runs)
        took = {name: seconds(several) for name, several in usages.items()}
        yield Row(f"export, {layout}", took["ours"], took["C"], 2, peer_name="C client, HGETALL")
        yield Row(f"export, {layout}", took["ours"], took["hiredis"], 2, peer_name="Python and hiredis, HGETALL")
        yield Row(f"memory of export, {layout}", max(usage.peak for usage in usages["ours"]) / MEGABYTE, None, PEAK, unit="MB")


def importing(bench: Bench) -> Iterator[Row]:
    sessions, target = min(bench.sessions, IMPORTED), bench.servers.empty()
    for layout in bench.layouts:
        file = str(bench.servers.folder / f"{layout}.ndjson")
        run(export(bench, bench.servers.filled(layout, sessions), "--output", file))
        usages = []
        for _ in range(bench.runs):
            redis_cli(target, "FLUSHALL")
            usages.append(run((*bench.sessionctl, "--url", url(target), "import", file)))
        redis_cli(target, "FLUSHALL")
        each = median(usage.seconds for usage in usages) / sessions
        yield Row(f"import, {layout}, a session", each * 1_000_000, None, 40, unit="µs")
        yield Row(f"memory of import, {layout}", max(usage.peak for usage in usages) / MEGABYTE, None, PEAK, unit="MB")


def export(bench: Bench, port: int, *options: str) -> tuple[str, ...]:
    return (*bench.sessionctl, "--url", url(port), "export", *options)
