"""How long a command takes before it does anything, against the imports that it cannot do without."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from tests.benchmarks.bench import Bench, url
from tests.benchmarks.processes import Command, interleaved, seconds
from tests.benchmarks.table import Row

ROUNDS = 20
COMPLETIONS = {"a command": "sessionctl n", "an option": "sessionctl ls --so"}


def measure(bench: Bench) -> Iterator[Row]:
    click: Command = (sys.executable, "-c", "import click")
    redis: Command = (sys.executable, "-c", "import click, redis")
    port = bench.servers.empty()
    yield against("--help", (*bench.sessionctl, "--help"), click, "import click", 1.3)
    for what, words in COMPLETIONS.items():
        asked = {"_SESSIONCTL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        yield against(f"the completion of {what}", bench.sessionctl, click, "import click", 1.3, asked)
    yield against("ls --help", (*bench.sessionctl, "ls", "--help"), click, "import click", None)
    yield against("ls on an empty Redis", (*bench.sessionctl, "--url", url(port), "ls"), redis, "import click, redis", 1.25)


def against(
    what: str, ours: Command, peer: Command, peer_name: str, target: float | None, environment: Mapping[str, str] | None = None
) -> Row:
    usages = interleaved({"ours": ours, "peer": peer}, ROUNDS, environment)
    return Row(what, seconds(usages["ours"]) * 1000, seconds(usages["peer"]) * 1000, target, "ms", f"python -c '{peer_name}'")
