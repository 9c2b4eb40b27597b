"""The journal: on the disk when `write` returns, private, and never half a truth."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sessionctl.errors import ExitCode, Unsafe
from sessionctl.journal import Journal, default_path

NOW = 1_795_494_445_396


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_it_is_private_and_so_is_its_directory(tmp_path: Path) -> None:
    path = default_path({"XDG_STATE_HOME": str(tmp_path)}, NOW)
    assert path == tmp_path / "sessionctl" / "journal-2026-11-24T04-27-25.396Z.ndjson"
    with Journal(path) as journal:
        journal.write(b"one\ntwo\n")
        assert path.read_bytes() == b"one\ntwo\n"
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_the_state_directory_is_below_home_unless_it_is_set() -> None:
    assert default_path({"HOME": "/home/me"}, NOW).parent == Path("/home/me/.local/state/sessionctl")
    assert default_path({"HOME": "/home/me", "XDG_STATE_HOME": "relative"}, NOW).parent == Path("/home/me/.local/state/sessionctl")
    assert default_path({}, NOW).parent == Path.home() / ".local/state/sessionctl"


def test_a_second_run_goes_on_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b'{"id":"one"}\n{"id":"tw')
    with Journal(path) as journal:
        journal.write(b"three\n")
    assert path.read_bytes() == b'{"id":"one"}\n{"id":"tw\nthree\n'


def test_where_there_is_no_way_to_write_nothing_begins(tmp_path: Path) -> None:
    with pytest.raises(Unsafe) as caught:
        Journal(tmp_path)
    assert caught.value.message == f"the journal {tmp_path} can't be written: Is a directory"
    assert caught.value.exit_code == ExitCode.UNSAFE


def test_a_full_device_is_an_error() -> None:
    with Journal(Path("/dev/full")) as journal, pytest.raises(Unsafe, match="No space left on device"):
        journal.write(b"one\n")


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """Files may have so many bytes at most, as on a disk that is nearly full; the log of the tests, too, so nothing may print meanwhile."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_did_not_fit_is_taken_back_and_nothing_follows(tmp_path: Path) -> None:
    path, most = tmp_path / "journal", 1000
    with Journal(path) as journal, small_files(most):
        journal.write(b"a" * (most - 100) + b"\n")
        with pytest.raises(Unsafe, match="File too large"):
            journal.write(b"b" * 200 + b"\n")
        with pytest.raises(Unsafe):
            journal.write(b"c\n")
    assert path.read_bytes() == b"a" * (most - 100) + b"\n"
    assert os.path.getsize(path) == most - 99
