"""What ``toString()`` answers in Java, for values that were decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sessionctl.model import JavaObject, Value

MAX_LENGTH = 1000
"""The longest text that is made of a value with parts, in characters: parts may be shared, so their texts may be endless."""


def java_text(value: Value) -> str:
    """As String.valueOf(): lists, maps and records with their parts, an object of another class as ``Class@?``."""
    if isinstance(value, str):
        return value
    if type(value) is not bool and isinstance(value, int):
        return str(value)
    text = ""
    for piece in _pieces(value):
        text += piece[: MAX_LENGTH + 1]
        if len(text) > MAX_LENGTH:
            return text[:MAX_LENGTH] + "…"
    return text


def _pieces(value: Value) -> Iterator[str]:
    if isinstance(value, list):
        yield from _joined("[", ((None, part) for part in value), "]")
    elif isinstance(value, dict):
        yield from _joined("{", value.items(), "}")
    elif isinstance(value, JavaObject):
        yield from _object_pieces(value)
    else:
        yield _atom(value)


def _joined(start: str, parts: Iterable[tuple[str | None, Value]], end: str) -> Iterator[str]:
    separator = start
    for key, part in parts:
        yield separator if key is None else f"{separator}{key[:MAX_LENGTH]}="
        yield from _pieces(part)
        separator = ", "
    yield start + end if separator == start else end


def _object_pieces(value: JavaObject) -> Iterator[str]:
    """A record, which has the serialVersionUID 0, is its simple name with its components."""
    if value.serial_version_uid == 0:
        yield simple_name(value.class_name)
        yield from _joined("[", value.fields.items(), "]")
    else:
        yield f"{value.class_name}@?"


def _atom(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, str | int):
        return str(value)
    return "[B@?" if isinstance(value, bytes) else "?"


def simple_name(class_name: str) -> str:
    """As Class.getSimpleName(): without the package and the classes around it."""
    return class_name.rpartition(".")[2].rpartition("$")[2]


def java_double(value: float) -> str:
    """As Double.toString() since JDK 19: 0.5, 1.0E10, 1.5E-5, NaN, -Infinity."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    shortest = next(text for digits in range(1, 18) if float(text := f"{value:.{digits}e}") == value)
    mantissa, exponent = shortest.split("e")
    return f"{mantissa}E{int(exponent)}"
