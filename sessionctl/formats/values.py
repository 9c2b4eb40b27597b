"""Decoded values as JSON text, and as lines that a person reads. Without recursion, and bounded: parts of a value may be shared a lot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, TypeAlias

from sessionctl.formats.escape import printable
from sessionctl.model import JavaObject, Reference, Undecodable

MAX_CHARACTERS: Final = 64 * 1024 * 1024
"""The longest JSON text of one value; what would be longer ends in `TOO_LARGE`."""

MAX_SHOWN: Final = 64 * 1024
"""The longest form of one value for a person, in characters."""

TOO_LARGE: Final = "… too large to show"
Parts: TypeAlias = list[tuple[str | None, Any]]
_EMPTY: dict[type, str] = {list: "[]", dict: "{}"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBERS = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


def quoted(text: str) -> str:
    """`text` as a JSON string that is valid UTF-8: bytes that were none (surrogateescape) are written as ``\\udcXX``."""
    encoded = _encoder()(text)
    return encoded if encoded.isascii() else _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", encoded)


@cache
def _encoder() -> Callable[[str], str]:
    """Imported only where it is needed: not everything shows text in JSON."""
    from json.encoder import encode_basestring

    return encode_basestring


def json_text(value: Any, limit: int = MAX_CHARACTERS) -> str:
    """A decoded value as compact JSON; what JSON has no form for is an object that says what it is."""
    return "".join(json_pieces(value, limit))


def json_pieces(
    value: Any, limit: int = MAX_CHARACTERS, leaf: Callable[[Any], Any] | None = None, length: Callable[[Any], int] | None = None
) -> list[Any]:
    """The same in pieces, where `leaf` makes the piece of a part without parts; what follows it is a piece of its own.

    `length` tells how many characters or bytes such a part counts for the limit.
    """
    shown, measured = leaf or json_leaf, length or length_of
    pieces: list[Any] = []
    closing: list[str] = []
    size, comma = 0, ""
    for depth, label, part, parts in walk(value):
        while len(closing) > depth:
            pieces.append(closing.pop())
            comma = ","
        piece = comma if label is None else f"{comma}{quoted(label)}:"
        size += len(piece) + (1 if parts is not None else measured(part))
        if size > limit:
            pieces.append(comma + quoted(TOO_LARGE) + ("" if label is None else ":null"))
            break
        if parts is None:
            pieces += (piece, shown(part))
            comma = ","
        else:
            pieces.append(piece + ("[" if type(part) is list else "{"))
            closing.append("]" if type(part) is list else "}")
            comma = ""
    return pieces + closing[::-1]


def inline(value: Any, limit: int = 1000) -> str:
    """A decoded value on one line for a person: text as it is, anything with parts as JSON."""
    return leaf(value)[:limit] if parts_of(value) is None else json_text(value, limit)


def pretty(value: Any) -> Iterator[str]:
    """The parts of a decoded value as indented lines for a person: ``name: value`` and ``- element``."""
    size, dash = 0, ""
    for depth, label, part, parts in walk(value, uids=False):
        if depth == 0:
            continue
        start = (dash or "  " * (depth - 1)) + ("- " if label is None else f"{printable(label)}: ")
        size += len(start) + (1 if parts is not None else length_of(part))
        if size > MAX_SHOWN:
            yield start + TOO_LARGE
            return
        dash = start if parts and label is None else ""  # an element's first part stands beside its dash
        if not dash:
            yield (start + (printable(leaf(part)) if parts is None else _EMPTY.get(type(part), "") if not parts else "")).rstrip()


def walk(value: Any, *, uids: bool = True) -> Iterator[tuple[int, str | None, Any, Parts | None]]:
    """Every part of a value, each before its own parts: how deep it lies, its name if it has one, itself, and its parts.

    `uids`: with the serialVersionUIDs of objects, which a person seldom wants to see.
    """
    stack: list[Iterator[tuple[str | None, Any]]] = [iter([(None, value)])]
    while stack:
        for label, part in stack[-1]:
            parts = parts_of(part, uids=uids)
            yield len(stack) - 1, label, part, parts
            if parts:
                stack.append(iter(parts))
                break
        else:
            stack.pop()


def parts_of(value: Any, *, uids: bool = True) -> Parts | None:
    """The parts of a value with their names, None where it has none by its nature."""
    kind = type(value)
    if kind is list:
        return [(None, part) for part in value]
    if kind is dict:
        return list(value.items())
    if kind is JavaObject:
        uid = [("@serialVersionUID", str(value.serial_version_uid))] if uids and value.serial_version_uid else []
        return [("@class", value.class_name), *uid, *value.fields.items()]
    return None


def leaf(value: Any) -> str:
    """A value without parts for a person; not escaped yet."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return f"{len(value):,} bytes: {_base64(value)}"
    if isinstance(value, Reference):
        return f"(the {value.class_name} above)"
    if isinstance(value, Undecodable):
        return f"(can't be read: {value.reason})"
    return json_leaf(value).strip('"')


def json_leaf(value: Any) -> str:
    """A value without parts as JSON."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _NUMBERS.get(repr(value)) or repr(value)
    if isinstance(value, bytes):
        return f'{{"base64":"{_base64(value)}"}}'
    if isinstance(value, Reference):
        return f'{{"@ref":{quoted(value.class_name)}}}'
    if isinstance(value, Undecodable):
        return f'{{"undecodable":{quoted(value.reason)}}}'
    return str(value)


def _base64(value: bytes) -> str:
    from base64 import b64encode

    return b64encode(value).decode()


def length_of(value: Any) -> int:
    """What a part without parts counts for a limit."""
    return len(value) if isinstance(value, str | bytes) else 1
