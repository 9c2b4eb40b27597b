"""Dates far from today, and java.time cut short."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs.jdk.natural import Unexpected
from sessionctl.codecs.jdk.temporal import civil, java_time, rfc3339
from tests.codecs.java_corpus import corpus

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.dates())
def test_the_calendar_is_pythons(day: date) -> None:
    assert civil((day - EPOCH.date()).days) == (day.year, day.month, day.day)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_pythons(instant: datetime) -> None:
    instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    seconds, microseconds = divmod((instant - EPOCH) // timedelta(microseconds=1), 1_000_000)

    assert rfc3339(seconds, microseconds * 1000) == instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 999_999_999))
def test_any_instant_has_a_text(seconds: int, nanos: int) -> None:
    assert rfc3339(seconds, nanos).endswith("Z")


@given(st.binary(max_size=30))
def test_what_is_no_time_is_refused(data: bytes) -> None:
    with suppress(Unexpected):
        assert isinstance(java_time(data), str)


def test_a_time_cut_short_is_refused() -> None:
    [entry] = [entry for entry in corpus() if entry.name.startswith("ZonedDateTime") and "Berlin" in entry.name]
    start = entry.raw.index(b"\x77") + 2
    data = entry.raw[start : start + entry.raw[start - 1]]

    assert java_time(data) == entry.expected
    for length in range(len(data)):
        with pytest.raises(Unexpected):
            java_time(data[:length])
