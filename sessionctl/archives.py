"""Files of records: read a line at a time whatever they hold, and written whole or not at all."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeAlias

from sessionctl.errors import UsageProblem
from sessionctl.journal import PRIVATE
from sessionctl.records.read import Record, parse

LONGEST = 256 * 1024 * 1024
"""Bytes of one line that are read at most: 16 MiB of values as they are stored, and decoded."""

BUFFER = 256 * 1024
"""Bytes that are read at once: lines of some kilobytes come twice as quickly as with Python's own 8 KiB."""

LINES_AT_ONCE = 50
BYTES_AT_ONCE = 4 * 1024 * 1024

GZIP = b"\x1f\x8b"
_ARRAY = (b"", b"[", b"]", b"[]")  # the lines of a JSON array that have no record


@dataclass(frozen=True, slots=True)
class Damaged:
    """A line of a file that is no record, and why."""

    line: int
    reason: str


Line: TypeAlias = tuple[int, Record | Damaged]
"""What a line of a file holds, after its number."""


def records(path: str, stdin: IO[bytes]) -> Generator[list[Line], None, None]:
    """The lines of a file of records, some at a time, the fewer the larger they are; ``-`` is standard input.

    gzip is recognised, whatever the file is called. Line by line it would take a third longer: each step is quicker when it is repeated.

    Raises UsageProblem where the file can't be read.
    """
    with _opened(path, stdin) as file:
        for lines in _some(_lines(gzip.GzipFile(fileobj=file) if _begins(file) == GZIP else file)):
            found = zip(lines, parse([line for _, line in lines]), strict=True)
            yield [(number, Damaged(number, str(one)) if isinstance(one, ValueError) else one) for (number, _), one in found]


@contextmanager
def _opened(path: str, stdin: IO[bytes]) -> Iterator[Any]:
    if path == "-":
        yield stdin
        return
    try:
        file = open(path, "rb", BUFFER)  # noqa: SIM115  # closed below; errors of reading aren't errors of opening
    except OSError as error:
        raise UsageProblem(f"the file {path} can't be read: {error.strerror}") from error
    with file:
        yield file


def _begins(file: Any) -> bytes:
    """The first two bytes, which stay to be read."""
    if hasattr(file, "peek"):
        peeked: bytes = file.peek(2)[:2]
        return peeked
    first: bytes = file.read(2)
    file.seek(-len(first), os.SEEK_CUR)
    return first


def _lines(file: Any) -> Iterator[tuple[int, bytes | ValueError]]:
    """Each line that should have a record, after its number; a ValueError where it can't have one."""
    number = 0
    try:
        while line := file.readline(LONGEST):
            number += 1
            if len(line) == LONGEST:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST)
                yield number, ValueError(f"it is longer than {LONGEST // 1024 // 1024} MiB")
            elif number == 1 and line.startswith(b"format,"):
                yield number, ValueError("this is CSV, which can't be read back; export as NDJSON or JSON")
            elif (text := line.strip().removesuffix(b",")) not in _ARRAY:
                yield number, text
    except (EOFError, zlib.error, OSError) as error:
        yield number + 1, ValueError(f"the file can't be read any further: {error}")


def _some(lines: Iterator[tuple[int, bytes | ValueError]]) -> Iterator[list[tuple[int, bytes | ValueError]]]:
    some, size = [], 0
    for line in lines:
        some.append(line)
        size += len(line[1]) if isinstance(line[1], bytes) else 0
        if len(some) == LINES_AT_ONCE or size >= BYTES_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


class Output:
    """A file that is there under its name when all of it is, with mode 0600; compressed where the name ends in ``.gz``.

    What isn't a regular file (a pipe, a device) is written as it comes. Raises UsageProblem where it can't be written.
    """

    def __init__(self, path: str) -> None:
        special = _is_special(path)
        self.path = Path(path if special else os.path.realpath(path))
        self._beside = None if special else self.path.with_name(f".{self.path.name}.{os.urandom(8).hex()}.part")
        self._raw: Any = None
        self._file: Any = None

    def __enter__(self) -> Output:
        try:
            flags = os.O_WRONLY | (os.O_CREAT | os.O_EXCL if self._beside else 0)
            self._raw = open(os.open(self._beside or self.path, flags, PRIVATE), "wb")
        except OSError as error:
            raise self._failure(error) from error
        self._file = gzip.GzipFile("", "wb", 1, self._raw, 0) if self.path.suffix == ".gz" else self._raw
        return self

    def write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failure(error) from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
        except OSError as failure:
            raise self._failure(failure) from failure
        finally:
            with suppress(OSError):  # what is still in its buffer needn't be written
                self._raw.close()
            if self._beside is not None:
                self._beside.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self._file is not self._raw:
            self._file.close()
        self._raw.flush()
        if self._beside is not None:
            os.fsync(self._raw.fileno())
            self._beside.replace(self.path)
            directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            os.fsync(directory)
            os.close(directory)

    def _failure(self, error: OSError) -> UsageProblem:
        return UsageProblem(f"the file {self.path} can't be written: {error.strerror}", "nothing is left of it; name another with --output")


def _is_special(path: str) -> bool:
    """Whether something else than a regular file is there. ``/dev/stdout`` and ``>(gzip)`` may be pipes: no real path leads to those."""
    return os.path.exists(path) and not os.path.isfile(path)
