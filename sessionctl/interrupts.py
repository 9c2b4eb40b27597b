"""Ctrl-C during a change: the message that is under way is finished first."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Interrupts:
    """A context in which the first Ctrl-C, or SIGTERM, only asks to stop; a second one interrupts at once."""

    def __init__(self) -> None:
        self.asked = False
        self._former: dict[signal.Signals, object] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        while self._former:
            number, former = self._former.popitem()
            signal.signal(number, former)  # type: ignore[arg-type]  # it is what signal() itself gave

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
