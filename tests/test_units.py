"""Durations, instants, sizes and ranges: what is typed, what is shown, and that one is the other backwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.units import (
    Range,
    human_duration,
    human_size,
    parse_duration,
    parse_instant,
    parse_range,
    parse_size,
    relative,
    rfc3339,
)

EPOCH_OF_YEAR_1 = -62_135_596_800_000
END_OF_YEAR_9999 = 253_402_300_799_999


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("30m", 1_800_000),
        ("2h", 7_200_000),
        ("7d", 604_800_000),
        ("2w", 1_209_600_000),
        ("90s", 90_000),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        ("1.5h", 5_400_000),
        ("500ms", 500),
        ("90", 90_000),
        ("0.25", 250),
        ("0", 0),
        (" 5M ", 300_000),
        ("-5m", -300_000),
        ("-1h30m", -5_400_000),
    ],
)
def test_durations_are_typed_with_units(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "m", "5x", "1h30", "--5m", "1..2", "1e3", "٣m", "30 minutes", "9" * 5000, "1" * 40 + "m"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; type for example 90s, 30m, 2h, 7d or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0s"),
        (850, "850ms"),
        (1_000, "1s"),
        (59_999, "59s"),
        (1_798_860, "29m 58s"),
        (1_800_000, "30m"),
        (7_399_000, "2h 3m"),
        (7_201_000, "2h"),
        (273_600_000, "3d 4h"),
        (-300_000, "-5m"),
        (2**63 - 1, "106751991167d 7h"),
    ],
)
def test_durations_are_shown_in_two_units(milliseconds: int, text: str) -> None:
    assert human_duration(milliseconds) == text


@given(st.integers(-(2**49), 2**49))
def test_a_shown_duration_can_be_typed(milliseconds: int) -> None:
    text = human_duration(milliseconds)
    again = parse_duration(text)
    assert human_duration(again) == text
    assert abs(again) <= abs(milliseconds)


def test_relative_times() -> None:
    assert relative(1_000_000, 1_300_000) == "5m ago"
    assert relative(1_300_000, 1_120_000) == "in 3m"
    assert relative(1_000_500, 1_000_000) == "now"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_420_800_123, "2026-11-23T08:00:00.123Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (EPOCH_OF_YEAR_1, "0001-01-01T00:00:00.000Z"),
        (EPOCH_OF_YEAR_1 - 1, "-62135596800001"),
        (END_OF_YEAR_9999, "9999-12-31T23:59:59.999Z"),
        (END_OF_YEAR_9999 + 1, "253402300800000"),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
    ],
)
def test_instants_are_shown_in_utc(milliseconds: int, text: str) -> None:
    assert rfc3339(milliseconds) == text
    assert parse_instant(text) == milliseconds


@given(st.integers(-(2**63), 2**63 - 1) | st.integers(EPOCH_OF_YEAR_1, END_OF_YEAR_9999))
def test_a_shown_instant_can_be_typed(milliseconds: int) -> None:
    assert parse_instant(rfc3339(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    "text",
    ["2026-11-23T08:00:00Z", "2026-11-23t08:00:00z", "2026-11-23 08:00", "2026-11-23T09:00:00+01:00", "2026-11-23T08:00:00.0009Z"],
)
def test_instants_are_typed_in_several_ways(text: str) -> None:
    assert parse_instant(text) == 1_795_420_800_000


def test_a_day_is_an_instant() -> None:
    assert parse_instant("2026-11-23") == 1_795_392_000_000


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "08:00", "1" * 31])
def test_other_text_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; type for example"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512", 512),
        ("512 B", 512),
        ("10KiB", 10_240),
        ("10k", 10_240),
        ("10K", 10_240),
        ("1MB", 1_000_000),
        ("1.5 MiB", 1_572_864),
        ("2gib", 2_147_483_648),
        ("0", 0),
    ],
)
def test_sizes_are_typed_with_units(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "KiB", "-5", "1iB", "ten", "1..2", "9" * 5000])
def test_other_text_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no size; type for example 512, 10KiB or 1\.5MiB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1_023, "1023 B"), (1_434, "1.4 KiB"), (1_048_575, "1.0 MiB"), (3 * 2**30, "3.0 GiB"), (2**63, "8192.0 PiB")],
)
def test_sizes_are_shown_in_powers_of_1024(size: int, text: str) -> None:
    assert human_size(size) == text


@given(st.integers(0, 2**55))
def test_a_shown_size_can_be_typed(size: int) -> None:
    assert abs(parse_size(human_size(size)) - size) <= size * 0.05


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2h", Range(7_200_000, None)),
        ("2h..", Range(7_200_000, None)),
        ("..5m", Range(None, 300_000)),
        ("1h..2h", Range(3_600_000, 7_200_000)),
        ("1.5h .. 2h", Range(5_400_000, 7_200_000)),
        ("-5m..5m", Range(-300_000, 300_000)),
        ("..0s", Range(None, 0)),
    ],
)
def test_ranges(text: str, span: Range) -> None:
    assert parse_range(text, parse_duration) == span


def test_a_range_of_sizes() -> None:
    assert parse_range("10KiB..1MiB", parse_size) == Range(10_240, 1_048_576)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no range; type 2 for at least 2, ..2 for at most, 1..2 for between"),
        ("..", "is no range"),
        ("2h..1h", r"nothing is in the range '2h..1h': its start is above its end; type 1h..2h"),
        ("soon..2h", "'soon' is no duration"),
    ],
)
def test_other_text_is_no_range(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_range(text, parse_duration)
