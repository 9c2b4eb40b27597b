"""What a command is handed. Each member opens when it is first used, so help and completion touch neither Redis nor the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sessionctl.model import SessionId
from sessionctl.report import Report, Style

if TYPE_CHECKING:
    from sessionctl.batch import Scope
    from sessionctl.store import Store
    from sessionctl.target import Target
    from sessionctl.terminal import Terminal
    from sessionctl.topologies.base import Topology


@dataclass
class App:
    """One run: where Redis is, which namespace, how to show."""

    terminal: Terminal
    target: Callable[[], Target]
    namespace: str
    format_name: str = "table"
    columns: tuple[str, ...] | None = None
    reveal: bool = False
    quiet: bool = False
    separator: str = "\n"
    clock: Callable[[], int] | None = field(default=None, repr=False)

    @cached_property
    def topology(self) -> Topology:
        """The connection to Redis. Raises Unreachable and Refused."""
        from sessionctl.topologies import open_topology

        return open_topology(self.target())

    @cached_property
    def twin(self) -> Topology:
        """The same by connections of its own, for what is sent while other replies are still on their way."""
        from sessionctl.topologies import open_topology

        return open_topology(self.topology.target)

    @cached_property
    def store(self) -> Store:
        from sessionctl.layouts.keys import Keys
        from sessionctl.store import Store

        return Store(self.topology, Keys(self.namespace))

    @cached_property
    def now(self) -> int:
        """Milliseconds since the epoch by Redis's own clock, taken once a run."""
        return self.clock() if self.clock else self.store.clock()

    @cached_property
    def _started(self) -> tuple[int, float]:
        return self.now, time.monotonic()

    def later(self) -> int:
        """`now` as it goes on: a change that waited for an answer counts from when it is made."""
        if self.clock:
            return self.clock()
        now, started = self._started
        return now + int((time.monotonic() - started) * 1000)

    @cached_property
    def scope(self) -> Scope:
        from sessionctl.batch import Scope
        from sessionctl.identity import Identities

        return Scope(self.store.keys, self.now, Identities().name, self.reveal)

    def close(self) -> None:
        """Closes what was opened."""
        for name in ("topology", "twin"):
            if name in self.__dict__:
                getattr(self, name).close()

    def style(self) -> Style:
        """How this run shows things: by its streams and options."""
        return replace(self.terminal.style(), now=self.now, reveal=self.reveal, separator=self.separator)

    def show(self, report: Report) -> None:
        """The report in the format asked for, to standard output."""
        from sessionctl.formats import load

        self.terminal.write(load(self.format_name).lines(report, self.style()))

    def brief(self, ids: Sequence[SessionId]) -> list[str]:
        """The ids for a message: where a person reads it only what tells them apart, because a whole id is a credential."""
        from sessionctl.formats.layout import unique_length

        length = unique_length(ids) if self.terminal.person_on_stderr and not self.reveal else None
        return [id[:length] for id in ids]

    def say(self, message: str) -> None:
        """A remark for the person, on standard error, unless --quiet."""
        if not self.quiet:
            self.terminal.say(message)
