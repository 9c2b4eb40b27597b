"""The command line: ``python -m tests.benchmarks [MEASUREMENT…]`` prints a Markdown table."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator

from tests.benchmarks import archive, cluster, decode, latency, listing, memory, messages, purge, startup
from tests.benchmarks.bench import LAYOUTS, Bench
from tests.benchmarks.processes import Failed
from tests.benchmarks.servers import Servers
from tests.benchmarks.table import HEAD, Row

MEASUREMENTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "startup": startup.measure,
    "decode": decode.measure,
    "list": listing.measure,
    "memory": memory.measure,
    "latency": latency.measure,
    "cluster": cluster.measure,
    "export": archive.exporting,
    "import": archive.importing,
    "messages": messages.measure,
    "purge": purge.measure,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", help=f"{', '.join(MEASUREMENTS)}, all (the default), or stop: end the servers kept before")
    parser.add_argument("--sessions", type=int, default=1_000_000, help="how many (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="rounds; the median counts (default: %(default)s)")
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="only this layout")
    parser.add_argument("--keep", action="store_true", help="leave the servers running, and use those that an earlier run left")
    parser.add_argument("--port", type=int, help="use this local Redis as it is instead of filling one")
    parser.add_argument(
        "--sessionctl", default=f"{shlex.quote(sys.executable)} -m sessionctl", help="the program to measure (default: %(default)s)"
    )
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    servers = Servers(keep=chosen.keep or "stop" in chosen.what)
    if "stop" in chosen.what:
        servers.forget()
        return 0
    names = list(MEASUREMENTS) if not chosen.what or "all" in chosen.what else chosen.what
    layouts = tuple(chosen.layout or LAYOUTS)
    bench = Bench(servers, chosen.sessions, chosen.runs, shlex.split(chosen.sessionctl), chosen.port, layouts)
    try:
        return show(bench, names)
    finally:
        servers.close()


def show(bench: Bench, names: list[str]) -> int:
    """Prints each row as soon as it is known; 1 where a target was missed or a program failed."""
    print(HEAD, flush=True)
    missed = False
    for name in names:
        try:
            for row in MEASUREMENTS[name](bench):
                print(row, flush=True)
                missed |= row.verdict == "missed"
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            missed = True
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
