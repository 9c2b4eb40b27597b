"""SCAN and reads against a connection that plays a script: what is sent before what is read, and what a repeat does."""

from __future__ import annotations

from collections import deque
from typing import Any

import hiredis
import pytest

from sessionctl.layouts.reads import Reads
from sessionctl.report import Need
from sessionctl.scan import QUICK, Pace, Scan, gentle, side_by_side
from sessionctl.wire import ReplyError


class Script:
    """A connection whose server answers from a list; `log` tells the order of sends and reads."""

    node = "script:1"

    def __init__(self, *pages: Any) -> None:
        self.pages = deque(pages)
        self.replies: deque[Any] = deque()
        self.log: list[str] = []

    def send(self, payload: bytes) -> None:
        reader = hiredis.Reader()
        reader.feed(payload)
        while (command := reader.gets()) is not False:
            name = command[0].decode()
            self.log.append(f"send {name} {command[1].decode()}")
            self.replies.append(self.pages.popleft() if name == "SCAN" else [b"1", b"2", b"3"] if name == "HMGET" else 5)

    def read(self, count: int) -> list[Any]:
        self.log.append(f"read {count}")
        return [self.replies.popleft() for _ in range(count)]


def scan(connection: Script, pace: Pace = QUICK) -> list[tuple[str, list[bytes], list[Any]]]:
    scan = Scan(b"s:*", Reads(Need(metadata=True)), lambda key: key.endswith(b":idx"), pace=pace)
    return list(scan.node(connection))  # type: ignore[arg-type]


def test_scan_goes_ahead_and_several_messages_are_on_their_way_before_the_first_is_read() -> None:
    many = [b"k%03d" % number for number in range(QUICK.reads * 3)]
    connection = Script([b"7", many], [b"0", [b"last"]])
    assert [key for _, keys, _ in scan(connection) for key in keys] == [*many, b"last"]
    events = [line for line in connection.log if "HMGET" not in line and "PTTL" not in line]
    assert events[:3] == ["send SCAN 0", "read 1", "send SCAN 7"]  # the second SCAN leaves with the first reads
    first_read = connection.log.index(f"read {2 * QUICK.reads}")
    assert sum(line.startswith("send HMGET") for line in connection.log[:first_read]) == 3 * QUICK.reads


def test_what_changes_something_asks_for_less_at_once() -> None:
    connection = Script([b"0", [b"k%03d" % number for number in range(100)]])
    assert [len(keys) for _, keys, _ in scan(connection, gentle(20, 1))] == [100]
    assert [line for line in connection.log if line.startswith("read")] == ["read 1", *["read 20"] * 10]


def test_quick_messages_are_handed_on_together_and_slow_ones_at_once() -> None:
    many = [b"k%03d" % number for number in range(2 * QUICK.together)]
    connection = Script([b"7", many], [b"9", [b"rare"]], [b"11", []], [b"0", [b"last"]])
    assert [len(keys) for _, keys, _ in scan(connection)] == [QUICK.together, QUICK.together, 1, 1]


def test_before_redis_6_companions_are_told_by_their_names() -> None:
    connection = Script(ReplyError("ERR syntax error"), [b"0", [b"a", b"a:idx"]])
    assert [key for _, keys, _ in scan(connection) for key in keys] == [b"a"]


@pytest.mark.parametrize(
    ("pace", "widths"),
    [
        (QUICK, [200, 400, 800, 1000, 1000, 1000, 1000]),
        (gentle(20, 1), [20, 40, 80, 160, 200, 200, 200]),
        (gentle(1, 1), [1, 2, 4, 8, 10, 10, 10]),
    ],
)
def test_where_few_keys_match_a_scan_looks_at_more_but_never_at_too_many(pace: Pace, widths: list[int]) -> None:
    class Widths(Script):
        def __init__(self, *pages: Any) -> None:
            super().__init__(*pages)
            self.widths: list[int] = []

        def send(self, payload: bytes) -> None:
            if b"SCAN" in payload:
                self.widths.append(int(payload.split(b"COUNT\r\n")[1].split(b"\r\n")[1]))
            super().send(payload)

    connection = Widths(*[[b"1", []]] * 6, [b"0", []])
    assert scan(connection, pace) == []
    assert connection.widths == widths


def test_many_nodes_side_by_side_and_the_first_error_ends_them_all() -> None:
    def good(node: str) -> Any:
        return lambda: iter([(node, [b"k%d" % number], []) for number in range(50)])

    def bad() -> Any:
        yield ("bad", [b"x"], [])
        raise ConnectionError("gone")

    assert sorted(node for node, _, _ in side_by_side([good("a"), good("b")])) == ["a"] * 50 + ["b"] * 50
    with pytest.raises(ConnectionError, match="gone"):
        list(side_by_side([good("a"), bad, good("b")]))


def test_whoever_stops_early_ends_the_threads_too() -> None:
    def endless() -> Any:
        while True:
            yield ("a", [b"k"], [])

    messages = side_by_side([endless, endless])
    assert next(messages)[0] == "a"
    messages.close()  # type: ignore[attr-defined]
