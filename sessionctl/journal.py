"""The journal of sessions that are about to end: a file that has a session whole, on the disk, before anything happens to it."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from sessionctl.errors import Unsafe
from sessionctl.units import rfc3339

PRIVATE = 0o600
"""Whoever reads a session can act as its user."""

BEGINNING = b'{"'
"""Of every file of records."""


def chosen(path: str | None, environ: Mapping[str, str], now: int) -> Path:
    """The file that was named, or a new one of its own."""
    return default_path(environ, now) if path is None else Path(path)


def default_path(environ: Mapping[str, str], now: int) -> Path:
    """A file of its own in the state directory (XDG Base Directory Specification), named after `now`, milliseconds since the epoch."""
    state = environ.get("XDG_STATE_HOME", "")
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    directory = Path(state) if state.startswith("/") else home / ".local" / "state"
    return directory / "sessionctl" / f"journal-{rfc3339(now).replace(':', '-')}.ndjson"


class Journal:
    """Appends records to the file at `path`, which is made with mode 0600, and its directory with 0700, where there is none.

    Raises Unsafe where that can't be done. Not for two threads at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(PRIVATE | 0o100, parents=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)
            self._size = os.fstat(self._file).st_size
            _sync_directory(path.parent)
            if self._size and os.pread(self._file, len(BEGINNING), 0) != BEGINNING:
                raise OSError(errno.EINVAL, "it is there already, and no journal")
            if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
                self.write(b"\n")  # a line that was cut off stays one damaged line
        except OSError as error:
            self.close()
            raise self._failure(error) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, lines: bytes | bytearray) -> int:
        """Whole lines (`records.write.lines`); they are on the disk when it returns how many there are.

        Raises Unsafe where they aren't: the journal then ends before them, and takes no more.
        """
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fdatasync(self._file)
            self._size += len(lines)
            return lines.count(b"\n")
        except OSError as error:
            failure = self._failure(error)
            self._forget()
            raise failure from error

    def _forget(self) -> None:
        """Takes back what was written of the last lines: after an error nobody knows how much of it the disk has."""
        with suppress(OSError):  # a reader tells of a line that was cut off
            os.ftruncate(self._file, self._size)
        self.close()

    def _failure(self, error: OSError) -> Unsafe:
        return Unsafe(
            f"the journal {self.path} can't be written: {error.strerror}",
            "nothing ends that isn't recorded; free space, or name another file with --journal",
        )


def _sync_directory(directory: Path) -> None:
    """The file's name is on the disk only when its directory is."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
