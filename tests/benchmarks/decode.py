"""The principal out of JDK security contexts: one in full against javaobj-py3, and many of one application as a listing reads them.

The measuring is done by ``python -m tests.benchmarks.decode ROUNDS``, a process of its own, since the runner must stay small.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from tests.benchmarks.bench import Bench
from tests.benchmarks.contexts import DATA
from tests.benchmarks.processes import ROOT, Failed
from tests.benchmarks.table import Row

MANY = 20_000
ONE = DATA / "samples" / "securitycontext-upat-user-620.bin"
MICROSECOND = 1e6


def measure(bench: Bench) -> Iterator[Row]:
    command = [sys.executable, "-m", "tests.benchmarks.decode", str(bench.runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr[-1000:])
    took: dict[str, float] = json.loads(done.stdout)
    yield Row("a context of 1.4 KB, read in full", took["full"], took["javaobj"], 0.1, "µs", "javaobj-py3")
    yield Row("the principals of one application's sessions, each", took["listing"], None, 10, "µs")


def microseconds(rounds: int) -> dict[str, float]:
    """What one context takes, by way of reading; the ways take turns."""
    from javaobj.v2.main import loads

    from sessionctl.codecs import jdk
    from sessionctl.identity import Identities

    raw, many = ONE.read_bytes(), contexts(MANY)
    ways: dict[str, tuple[Callable[[bytes], Any], Sequence[bytes]]] = {
        "javaobj": (loads, [raw] * 50),
        "full": (jdk.decode, [raw] * 500),
        "listing": (lambda each: each, many),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        ways["listing"] = (Identities().name, many)  # each listing learns anew
        for name, (read, values) in ways.items():
            took[name].append(_each(read, values))
    return {name: median(times) for name, times in took.items()}


def _each(read: Callable[[bytes], Any], values: Sequence[bytes]) -> float:
    began = time.perf_counter()
    for value in values:
        read(value)
    return (time.perf_counter() - began) / len(values) * MICROSECOND


def contexts(count: int) -> list[bytes]:
    """The security contexts among the sessions that `seed` makes."""
    from tests.benchmarks.seed import Application

    return [session.context for session in Application().sessions(count, 0) if session.context]


if __name__ == "__main__":
    print(json.dumps(microseconds(int(sys.argv[1]))))
