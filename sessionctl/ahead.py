"""Reads ahead: while one batch is being written, the next ones are on their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
DEPTH = 2
"""Items that wait at most."""


class Ahead(Generic[T]):
    """The items of `source`, which a thread of its own takes in advance; what it raises is raised here."""

    def __init__(self, source: Iterator[T]) -> None:
        self.source = source
        self.queue: Queue[tuple[T] | BaseException | None] = Queue(DEPTH)
        self.stop = Event()
        self.thread = Thread(target=self._take, daemon=True)

    def __iter__(self) -> Iterator[T]:
        self.thread.start()
        try:
            while (item := self.queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item[0]
        finally:
            self.stop.set()
            while self.thread.is_alive():  # it may be waiting for room in the queue
                with suppress(Empty):
                    self.queue.get_nowait()
                self.thread.join(0.01)

    def _take(self) -> None:
        try:
            for item in self.source:
                self.queue.put((item,))
                if self.stop.is_set():
                    return
            self.queue.put(None)
        except BaseException as error:
            self.queue.put(error)
