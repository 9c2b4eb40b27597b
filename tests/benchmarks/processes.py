"""Programs run one after the other, and what they took. This module stays small: see `Usage.peak`."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Command = Sequence[str]
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Failed(Exception):
    """A measured program ended with an error."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took: `seconds` of the clock, `processor` seconds of its own, `peak` bytes of memory.

    Linux counts the memory that a child shares with us until it starts its program, so `peak` is never below ours: it may be too
    high, never too low.
    """

    seconds: float
    processor: float
    peak: int


def run(command: Command, environment: Mapping[str, str] | None = None) -> Usage:
    """Runs a program to its end, output thrown away. Raises Failed."""
    began = time.perf_counter()
    variables = {**os.environ, **(environment or {})}
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, env=variables)
    assert child.stderr
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise Failed(f"{' '.join(command)}: exit code {child.returncode}: {said.decode(errors='replace')[-500:]}")
    return Usage(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def interleaved(commands: Mapping[str, Command], rounds: int, environment: Mapping[str, str] | None = None) -> dict[str, list[Usage]]:
    """Each round runs every program once, so that a disturbance of the machine hits all of them."""
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            usages[name].append(run(command, environment))
    return usages


def seconds(usages: Sequence[Usage]) -> float:
    return median(usage.seconds for usage in usages)


def compiled(source: str, into: Path) -> str:
    """The program made of a C file of this folder by ``cc -O2``."""
    program = into / Path(source).stem
    subprocess.run(["cc", "-O2", "-o", program, HERE / source], check=True)
    return str(program)
