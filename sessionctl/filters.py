"""The grammar of selections: what ``--idle 2h --user 'al*' --state !active --attr theme=dark`` means, as conditions over columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import Any

from sessionctl import fields, units
from sessionctl.batch import Batch
from sessionctl.codecs import codec_for
from sessionctl.layouts import LAYOUTS, reads
from sessionctl.model import State, Undecodable
from sessionctl.query import Condition
from sessionctl.report import Field, Need

Mask = Callable[[Batch], Sequence[bool]]


def between(field: Field, text: str, parse: Callable[[str], int]) -> Condition:
    """``2h`` at least, ``..5m`` at most, ``1h..2h`` between; an unknown value never matches. Raises ValueError for other text."""
    negated, text = _negation(text)
    span = units.parse_range(text, parse)
    low, high = span.low, span.high

    def mask(batch: Batch) -> Sequence[bool]:
        values = batch.column(field)
        inside = [value is not None and (low is None or value >= low) and (high is None or value <= high) for value in values]
        return [value is not None and not hit for value, hit in zip(values, inside, strict=True)] if negated else inside

    return Condition(f"{field.name} {text}", field.need, mask)


def state(text: str) -> Condition:
    """``active``, several with commas, or ``!active`` for all others. Raises ValueError for a state that there isn't."""
    negated, text = _negation(text)
    wanted = {name.strip() for name in text.split(",")}
    if unknown := wanted - {state.value for state in State}:
        raise ValueError(f"there is no state {sorted(unknown)[0]!r}; the states are active, expired, deleted and partial")
    return Condition(
        f"state {text}", fields.STATE.need, lambda batch: [(value in wanted) != negated for value in batch.column(fields.STATE)]
    )


def user(text: str) -> Condition:
    """A principal's name, a glob, or either negated with ``!``; ``!*`` is nobody logged in."""
    negated, pattern = _negation(text)
    matches = _glob(pattern)

    def mask(batch: Batch) -> Sequence[bool]:
        return [(name is not None and matches(name)) != negated for name in batch.column(fields.PRINCIPAL)]

    literal = None if negated else literal_text(pattern)
    return Condition(f"user {text}", fields.PRINCIPAL.need, mask if literal is None else _quick(literal, mask), literal)


def _quick(name: str, mask: Mask) -> Mask:
    """`mask` after a look at the undecoded bytes: a context that doesn't contain the name can't be that user's."""
    needles = spellings(name)

    def quick(batch: Batch) -> Sequence[bool]:
        columns = [(batch.raw[column], needle) for column in reads.PRINCIPAL for needle in needles]
        contained = [[value is not None and needle in value for value in values] for values, needle in columns]
        possible = list(map(any, zip(*contained, strict=True)))
        if not any(possible):
            return possible
        hits = iter(mask(part := batch.select(possible)))
        assert len(part) == sum(possible)
        return [maybe and next(hits) for maybe in possible]

    return quick


def spellings(name: str) -> tuple[bytes, ...]:
    """All ways in which an encoding may write `name`: UTF-8, Java's modified UTF-8, JSON with escapes.

    A name that JSON may escape in several ways, or that may be computed (a number, a UUID), gives the empty spelling, which is
    in everything.
    """
    if not re.fullmatch(r"[\w .@:-]+", name) or re.fullmatch(r"[0-9A-Fa-f.-]+", name):
        return (b"",)
    if name.isascii():
        return (name.encode(),)
    return (b"",) if any(ord(sign) > 0xFFFF for sign in name) else (name.encode(), *_escaped(name))


def _escaped(name: str) -> tuple[bytes, bytes]:
    lower = "".join(sign if sign.isascii() else f"\\u{ord(sign):04x}" for sign in name)
    upper = "".join(sign if sign.isascii() else f"\\u{ord(sign):04X}" for sign in name)
    return lower.encode(), upper.encode()


def attribute(text: str) -> Condition:
    """``name``: has it; ``name=value``: with that value (a glob); ``!`` before the name: not so."""
    negated, text = _negation(text)
    name, equals, pattern = text.partition("=")
    if not name:
        raise ValueError("an attribute's name is missing; type --attr NAME or --attr NAME=VALUE")
    matches = _glob(pattern) if equals else None

    def mask(batch: Batch) -> Sequence[bool]:
        column = batch.raw.get(reads.ATTRIBUTE + name)
        values = column if column is not None else [row.get(reads.ATTRIBUTE + name) for row in batch.raw[reads.HASH]]
        return [bool(value) and (matches is None or matches(shown(value))) for value in values]

    def negative(batch: Batch) -> Sequence[bool]:
        return [not hit for hit in mask(batch)]

    return Condition(f"attr {text}", Need(metadata=True, attributes=frozenset({name})), negative if negated else mask)


def shown(raw: bytes) -> str:
    """A stored value as the text that a person compares it with: ``true``, ``7``, ``dark``."""
    decoded = codec_for(raw).decode(raw)
    value: Any = None if isinstance(decoded, Undecodable) else decoded.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else "" if value is None else str(value)


def overdue() -> Condition:
    """Past its own time-out and the layout's grace period: what Redis should have removed, and did not.

    A tombstone's grace period counts from its end, which only its TTL tells.
    """

    def mask(batch: Batch) -> Sequence[bool]:
        columns = (batch.column(field) for field in (fields.LAYOUT, fields.STATE, fields.REMAINING, fields.TTL))
        return [_is_overdue(LAYOUTS[layout].GRACE, state, left, ttl) for layout, state, left, ttl in zip(*columns, strict=True)]

    return Condition("overdue", fields.LAYOUT.need | fields.STATE.need, mask)


def _is_overdue(grace: int, state: str, left: int | None, ttl: int | None) -> bool:
    if state == State.DELETED:
        return ttl is None or ttl > grace
    return state == State.EXPIRED and left is not None and left < -grace


def literal_text(pattern: str) -> str | None:
    """The one text that a glob stands for, if it has no wildcard."""
    return None if set(pattern) & set("*?[") else pattern


def _negation(text: str) -> tuple[bool, str]:
    return (True, text[1:]) if text.startswith("!") else (False, text)


def _glob(pattern: str) -> Callable[[str], bool]:
    literal = literal_text(pattern)
    if literal is not None:
        return literal.__eq__
    compiled = re.compile(translate(pattern))
    return lambda text: compiled.match(text) is not None


def condition(kind: str, text: str) -> Condition:
    """The condition that option ``--kind text`` means. Raises ValueError, saying what to type, for text that means nothing."""
    if kind == "idle" and text == "overdue":
        return overdue()
    if kind == "size":
        return between(fields.SIZE, text, units.parse_size)
    if kind in SPANS:
        return between(SPANS[kind], text, units.parse_duration)
    return {"user": user, "state": state, "attr": attribute}[kind](text)


SPANS = {"idle": fields.IDLE, "age": fields.AGE, "remaining": fields.REMAINING, "ttl": fields.TTL}
