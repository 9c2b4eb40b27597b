"""Files of records: whatever is in them is a record or a line with a reason, and what is written is there whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import threading
from itertools import chain
from pathlib import Path

import pytest

from sessionctl import archives
from sessionctl.archives import Damaged, Output, records
from sessionctl.errors import UsageProblem
from sessionctl.records import write
from sessionctl.records.read import Record
from tests.records.test_records import LOGGED_IN, batch

LINES = write.lines(batch({"a": LOGGED_IN, "b": LOGGED_IN}))
FIRST, SECOND = LINES.splitlines()


def read(content: bytes) -> list[tuple[int, str]]:
    """Each line's number, and the id there or what is wrong."""
    lines = chain.from_iterable(records("-", io.BytesIO(content)))
    return [(number, one.id if isinstance(one, Record) else one.reason) for number, one in lines]


def test_lines_arrays_and_compressed_files() -> None:
    assert read(LINES) == [(1, "a"), (2, "b")]
    assert read(b"[\n" + FIRST + b",\n" + SECOND + b"\n]\n") == [(2, "a"), (3, "b")]
    assert read(gzip.compress(LINES)) == [(1, "a"), (2, "b")]
    assert read(b"") == []
    assert read(b"[]\n") == []
    assert read(b"format,id\n") == [(1, "this is CSV, which can't be read back; export as NDJSON or JSON")]


def test_damaged_lines_have_their_number_and_the_rest_goes_on() -> None:
    assert read(b"nonsense\n\n" + FIRST + b"\n\xff\xfe\n" + SECOND[:-9]) == [
        (1, "it is no whole JSON object"),
        (3, "a"),
        (4, "it is no whole JSON object"),
        (5, "it is no whole JSON object"),
    ]


def test_a_compressed_file_that_was_cut_off() -> None:
    whole = gzip.compress(LINES * 200)
    found = read(whole[: len(whole) // 2])
    assert found[0] == (1, "a")
    assert found[-1][1].startswith("the file can't be read any further: ")


def test_a_line_without_an_end_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LONGEST", 2 * len(FIRST))
    for length in (10_000, 2 * len(FIRST) - 1):
        assert read(b"x" * length + b"\n" + FIRST + b"\n") == [(1, "it is longer than 0 MiB"), (2, "a")]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="can't be read: No such file or directory"):
        list(records(str(tmp_path / "missing"), io.BytesIO()))
    with pytest.raises(UsageProblem, match="can't be read: Is a directory"):
        list(records(str(tmp_path), io.BytesIO()))


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    path.write_bytes(b"the former one")
    path.chmod(0o644)
    with Output(str(path)) as output:
        output.write(LINES)
        assert path.read_bytes() == b"the former one"
    assert path.read_bytes() == LINES
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["out.ndjson"]


def test_an_interrupted_one_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with Output(str(tmp_path / "out.ndjson")) as output:
            output.write(LINES)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []


def test_its_name_says_whether_it_is_compressed(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson.gz"
    with Output(str(path)) as output:
        output.write(LINES)
    assert gzip.decompress(path.read_bytes()) == LINES


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with Output(str(tmp_path / "link")) as output:
        output.write(LINES)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == LINES


def test_a_pipe_is_written_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(path.read_bytes()))
    reader.start()
    with Output(str(path)) as output:
        output.write(LINES)
    reader.join()
    assert received == [LINES]


def test_a_pipe_without_a_name_of_its_own() -> None:
    """As ``/dev/stdout`` and bash's ``>(gzip)`` are."""
    reading, writing = os.pipe()
    with open(reading, "rb") as reader:
        with Output(f"/dev/fd/{writing}") as output:
            output.write(LINES)
        os.close(writing)
        assert reader.read() == LINES


def test_what_a_killed_one_has_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """In a container each run may have the same process id."""
    killed = Output(str(tmp_path / "out.ndjson"))
    killed.__enter__()
    with Output(str(tmp_path / "out.ndjson")) as output:
        output.write(LINES)
    assert (tmp_path / "out.ndjson").read_bytes() == LINES
    killed.__exit__(KeyboardInterrupt, None, None)
    assert os.listdir(tmp_path) == ["out.ndjson"]


@pytest.mark.parametrize("name", ["/dev/full", "/nowhere/out.ndjson", "/" + "long" * 100])
def test_where_it_cant_be_written(name: str) -> None:
    def fill() -> None:
        with Output(name) as output:
            output.write(LINES * 1000)

    with pytest.raises(UsageProblem, match=f"the file {name} can't be written"):
        fill()


def test_a_damaged_line_is_a_value() -> None:
    [[(number, one)]] = records("-", io.BytesIO(b"?"))
    assert one == Damaged(number, "it is no whole JSON object")
