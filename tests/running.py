"""Runs command lines in this process against the embedded server, as in a pipe."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from sessionctl.cli import run
from sessionctl.terminal import Terminal


@dataclass(frozen=True)
class Done:
    """How a run ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Program:
    """sessionctl with its URL already given."""

    url: str
    environ: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: bytes = b"", person: bool = False) -> Done:
        out, err = io.BytesIO(), io.StringIO()
        terminal = Terminal(
            "never",
            stdin=io.BytesIO(stdin),
            stdout=out,
            stderr=err,
            person=person,
            person_on_stderr=person,
            width=100,
            environ=self.environ,
        )
        code = run(["--url", self.url, *words], terminal)
        return Done(code, out.getvalue().decode("utf-8", "surrogateescape"), err.getvalue())


@dataclass(frozen=True)
class Person:
    """Somebody on a terminal, who answers."""

    url: str
    environ: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, answers: str) -> Done:
        out, err = io.BytesIO(), io.StringIO()
        terminal = Terminal(
            "never",
            stdin=io.BytesIO(),
            stdout=out,
            stderr=err,
            keyboard=io.StringIO(answers),
            person=True,
            person_on_stderr=True,
            width=100,
            environ=self.environ,
        )
        code = run(["--url", self.url, *words], terminal)
        return Done(code, out.getvalue().decode(), err.getvalue())
