"""Durations, instants and sizes: what a person types becomes a number, and a number becomes what a person reads.

Durations and instants are whole milliseconds (instants since the epoch, UTC), sizes are bytes. Every parser raises ValueError with a
message that says what to type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_WRITTEN = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_DURATION = r"(?:\d{1,15}(?:\.\d{1,9})?\s*(?:ms|[smhdw])\s*)+"
_PART = re.compile(r"([\d.]+)\s*(ms|[smhdw])")
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)

_POWERS = "kmgtp"
_SIZE = re.compile(rf"(\d{{1,15}}(?:\.\d{{1,9}})?)\s*(?:([{_POWERS}])(i?b)?|b)?", re.ASCII | re.IGNORECASE)

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?!\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Range(NamedTuple):
    """From `low` to `high`, both included; None: no bound."""

    low: int | None
    high: int | None


def parse_range(text: str, parse: Callable[[str], int]) -> Range:
    """``2h`` and ``2h..`` are at least, ``..5m`` is at most, ``1h..2h`` is between; `parse` reads one bound."""
    low, _, high = (part.strip() for part in text.partition(".."))
    if not low and not high:
        raise ValueError(f"{text!r} is no range; type 2 for at least 2, ..2 for at most, 1..2 for between")
    found = Range(parse(low) if low else None, parse(high) if high else None)
    if found.low is not None and found.high is not None and found.low > found.high:
        raise ValueError(f"nothing is in the range {text!r}: its start is above its end; type {high}..{low}")
    return found


def parse_duration(text: str) -> int:
    """``90s``, ``1h30m``, ``1.5h``, ``500ms``, ``-5m``; a bare number is seconds. In milliseconds."""
    bare = text.strip().casefold()
    sign, digits = (-1, bare[1:].lstrip()) if bare.startswith("-") else (1, bare)
    if _NUMBER.fullmatch(digits):
        return sign * _times(digits, 1_000)
    if not re.fullmatch(_DURATION, digits, re.ASCII):
        raise ValueError(f"{text!r} is no duration; type for example 90s, 30m, 2h, 7d or 1h30m")
    return sign * sum(_times(number, MILLISECONDS[unit]) for number, unit in _PART.findall(digits))


def human_duration(milliseconds: int) -> str:
    """The two largest units: ``3d 4h``, ``29m 58s``, ``850ms``, ``-5m``; what is smaller is cut off."""
    if milliseconds < 0:
        return "-" + human_duration(-milliseconds)
    for place, (unit, size) in enumerate(_WRITTEN):
        if milliseconds >= size:
            count, rest = divmod(milliseconds, size)
            return _two_units(count, unit, rest, *_WRITTEN[place + 1]) if unit in "dhm" else f"{count}{unit}"
    return "0s"


def _two_units(count: int, unit: str, rest: int, smaller: str, size: int) -> str:
    return f"{count}{unit} {rest // size}{smaller}" if rest >= size else f"{count}{unit}"


def relative(instant: int, now: int) -> str:
    """How long before or after `now`: ``5m ago``, ``in 3m``, ``now``."""
    away = instant - now
    if abs(away) < 1_000:
        return "now"
    return f"in {human_duration(away)}" if away > 0 else f"{human_duration(-away)} ago"


def rfc3339(milliseconds: int) -> str:
    """``2026-11-23T08:00:00.123Z``; an instant outside the years 1 to 9999, which RFC 3339 can't write, stays the plain number."""
    try:
        instant = _EPOCH + milliseconds * _MILLISECOND
    except OverflowError:
        return str(milliseconds)
    return instant.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + f".{milliseconds % 1000:03}Z"


def parse_instant(text: str) -> int:
    """RFC 3339, or shorter: ``2026-11-23 08:00``, ``2026-11-23``; without a zone in UTC; a plain number is milliseconds since the epoch."""
    bare = text.strip()
    if re.fullmatch(r"-?\d{1,30}", bare, re.ASCII):
        return int(bare)
    try:
        if not _DATE.match(bare):  # fromisoformat takes much more, even "11111111111"
            raise ValueError
        instant = datetime.fromisoformat(bare.replace("z", "Z"))
        zoned = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return (zoned - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time; type for example 2026-11-23T08:00:00Z or '2026-11-23 08:00' (UTC)") from None


def parse_size(text: str) -> int:
    """``512``, ``10KiB``, ``1.5 MiB``, ``10k`` (all of 1024) or ``1MB`` (of 1000). In bytes."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; type for example 512, 10KiB or 1.5MiB")
    number, power, suffix = match.groups()
    base = 1000 if (suffix or "").casefold() == "b" else 1024
    return _times(number, base ** (_POWERS.index(power.casefold()) + 1) if power else 1)


def human_size(size: int) -> str:
    """``512 B``, ``1.4 KiB``, ``3.0 GiB``."""
    if abs(size) < 1024:
        return f"{size} B"
    scaled, unit = size / 1024, "KiB"
    for larger in ("MiB", "GiB", "TiB", "PiB"):
        if abs(scaled) < 1023.95:
            break
        scaled, unit = scaled / 1024, larger
    return f"{scaled:.1f} {unit}"


def _times(number: str, unit: int) -> int:
    """Whole numbers exactly, fractions to the nearest."""
    return round(float(number) * unit) if "." in number else int(number) * unit
