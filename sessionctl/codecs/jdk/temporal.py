"""Dates and times: Date and its kin as RFC 3339 in UTC, java.time as its toString() has it."""

from __future__ import annotations

import struct
from collections.abc import Callable

from sessionctl.codecs.jdk.access import block, typed
from sessionctl.codecs.jdk.natural import Kind, Unexpected, leaf
from sessionctl.codecs.jdk.nodes import Instance
from sessionctl.codecs.jdk.protocol import Malformed
from sessionctl.codecs.jdk.utf import decode
from sessionctl.model import Value

_DAY = 86_400


def rfc3339(seconds: int, nanos: int) -> str:
    """An instant in UTC, by seconds and nanoseconds since 1970: milliseconds, and more digits where they are not 0."""
    days, second = divmod(seconds, _DAY)
    year, month, day = civil(days)
    digits = f"{nanos // 1_000_000:03}" if nanos % 1_000_000 == 0 else f"{nanos // 1000:06}" if nanos % 1000 == 0 else f"{nanos:09}"
    return f"{_year(year)}-{month:02}-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{digits}Z"


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of the proleptic Gregorian calendar for days since 1970-01-01; any year, unlike datetime's."""
    era, day_of_era = divmod(days + 719_468, 146_097)  # eras of 400 years, from 0000-03-01
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153  # from March
    day = day_of_year - (153 * month + 2) // 5 + 1
    return era * 400 + year + (month >= 10), month + 3 if month < 10 else month - 9, day


def date(node: Instance) -> Value:
    """java.util.Date and the dates of java.sql, which write milliseconds."""
    (milliseconds,) = struct.unpack(">q", block(node, 8))
    seconds, rest = divmod(milliseconds, 1000)
    return rfc3339(seconds, rest * 1_000_000)


def timestamp(node: Instance) -> Value:
    """java.sql.Timestamp keeps whole seconds as a Date, and the nanoseconds apart."""
    (milliseconds,) = struct.unpack(">q", block(node, 8))
    return rfc3339(milliseconds // 1000, typed(node, "nanos", int))


def calendar(node: Instance) -> Value:
    """java.util.Calendar keeps milliseconds."""
    seconds, rest = divmod(typed(node, "time", int), 1000)
    return rfc3339(seconds, rest * 1_000_000)


def _year(year: int) -> str:
    return f"{year:04}" if 0 <= year <= 9999 else f"{year:+05}"


class Parts:
    """Reads what java.time.Ser wrote, part by part."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pos = 0

    def take(self, form: str) -> int:
        """One big-endian integer."""
        value: int = struct.unpack_from(">" + form, self.data, self.pos)[0]
        self.pos += struct.calcsize(form)
        return value

    def text(self) -> str:
        """A string by writeUTF."""
        end = self.take("H") + self.pos
        chunk, self.pos = self.data[self.pos : end], end
        return decode(chunk)


def _duration(parts: Parts) -> str:
    """As Duration.toString(), which counts a negative fraction from the next second."""
    seconds, nanos = parts.take("q"), parts.take("i")
    if seconds == 0 and nanos == 0:
        return "PT0S"
    whole = seconds + 1 if seconds < 0 and nanos > 0 else seconds
    hours, rest = int(abs(whole) // 3600), abs(whole) % 3600
    sign = "-" if whole < 0 else ""
    text = "PT" + (f"{sign}{hours}H" if hours else "") + (f"{sign}{rest // 60}M" if rest // 60 else "")
    if rest % 60 == 0 and nanos == 0:
        return text
    if not nanos:
        return f"{text}{sign}{rest % 60}S"
    fraction = 1_000_000_000 - nanos if seconds < 0 else nanos
    return f"{text}{'-' if seconds < 0 else ''}{rest % 60}.{fraction:09}".rstrip("0") + "S"


def _instant(parts: Parts) -> str:
    return rfc3339(parts.take("q"), parts.take("i"))


def _date(parts: Parts) -> str:
    return f"{_year(parts.take('i'))}-{parts.take('b'):02}-{parts.take('b'):02}"


def _time(parts: Parts) -> str:
    """Zeros at the end are left away, and the last part is then the complement (LocalTime.writeExternal)."""
    units = []
    for form in ("b", "b", "b", "i"):
        unit = parts.take(form)
        units.append(~unit if unit < 0 else unit)
        if unit < 0:
            break
    hour, minute, second, nanos = units + [0] * (4 - len(units))
    text = f"{hour:02}:{minute:02}"
    if not second and not nanos:
        return text
    digits = f".{nanos:09}" if nanos % 1000 else f".{nanos // 1000:06}" if nanos % 1_000_000 else f".{nanos // 1_000_000:03}"
    return f"{text}:{second:02}{digits if nanos else ''}"


def _date_time(parts: Parts) -> str:
    return f"{_date(parts)}T{_time(parts)}"


def _offset(parts: Parts) -> str:
    quarters = parts.take("b")
    seconds = parts.take("i") if quarters == 127 else quarters * 900
    if seconds == 0:
        return "Z"
    minutes, second = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}" + (f":{second:02}" if second else "")


def _offset_date_time(parts: Parts) -> str:
    return _date_time(parts) + _offset(parts)


def _offset_time(parts: Parts) -> str:
    return _time(parts) + _offset(parts)


def _zoned_date_time(parts: Parts) -> str:
    local, offset = _date_time(parts), _offset(parts)
    kind = parts.take("b")
    zone = _offset(parts) if kind == 8 else parts.text()
    return local + offset + ("" if zone == offset else f"[{zone}]")


def _period(parts: Parts) -> str:
    units = [f"{count}{unit}" for unit in "YMD" if (count := parts.take("i"))]
    return "P" + ("".join(units) or "0D")


_TYPES: dict[int, Callable[[Parts], str]] = {
    1: _duration,
    2: _instant,
    3: _date,
    4: _time,
    5: _date_time,
    6: _zoned_date_time,
    7: Parts.text,
    8: _offset,
    9: _offset_time,
    10: _offset_date_time,
    11: lambda parts: str(parts.take("i")),
    12: lambda parts: f"{_year(parts.take('i'))}-{parts.take('b'):02}",
    13: lambda parts: f"--{parts.take('b'):02}-{parts.take('b'):02}",
    14: _period,
}
"""The type byte of java.time.Ser, and what follows it."""


def java_time(data: bytes) -> str:
    """What java.time.Ser wrote. Raises `Unexpected`."""
    parts = Parts(data)
    try:
        read = _TYPES.get(parts.take("b"))
        text = read(parts) if read else None
    except (struct.error, Malformed):
        raise Unexpected from None
    if text is None or parts.pos != len(data):
        raise Unexpected
    return text


def chrono(node: Instance) -> Value:
    """java.time.chrono.Ser, of its types: chronologies, and the Minguo and Thai Buddhist dates."""
    parts = Parts(block(node))
    try:
        kind = parts.take("b")
        if kind == 1:
            return parts.text()
        era = {7: ("Minguo ROC", "Minguo BEFORE_ROC"), 8: ("ThaiBuddhist BE", "ThaiBuddhist BEFORE_BE")}[kind]
        year, month, day = parts.take("i"), parts.take("b"), parts.take("b")
    except (struct.error, Malformed, KeyError):
        raise Unexpected from None
    return f"{era[0] if year >= 1 else era[1]} {year if year >= 1 else 1 - year}-{month:02}-{day:02}"


TEMPORAL: dict[str, Kind] = {
    "java.util.Date": leaf(date, alone=True),
    "java.sql.Date": leaf(date, alone=True),
    "java.sql.Time": leaf(date, alone=True),
    "java.sql.Timestamp": leaf(timestamp, alone=True),
    "java.util.GregorianCalendar": leaf(calendar),
    "java.util.Calendar": leaf(calendar),
    "java.time.Ser": leaf(lambda node: java_time(block(node)), alone=True),
    "java.time.chrono.Ser": leaf(chrono),
}
