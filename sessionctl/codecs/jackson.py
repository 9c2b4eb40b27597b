"""The classes that Jackson (``@class``, ``["class", value]``) and fastjson (``@type``) name in JSON, and what they mean as values.

Jackson's default typing writes every list, and every value where the declared type is open, as an array of class name and value. A list
of an application's own is taken for that only where it can be nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from sessionctl.codecs.limits import MAX_DEPTH, Refused
from sessionctl.model import Decoded, JavaObject, Value

MAX_NAME: Final = 500
"""The longest name of a class, in characters."""

_PLAIN = frozenset({str, int, bool, type(None)})
_NAME = re.compile(r"\[+(?:[BCDFIJSZ]|L[\w.$]+;)|(?:[a-z_]\w*\.)+(?:\w+\$)*[A-Z]\w*(?:\$\w+)*(?:<[\w.$,<>]*>)?")
_TAGGED = re.compile(r"[\w.$<>,;\[]+")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
_JDK = ("java.", "javax.", "jdk.", "sun.", "[")
_MAP = re.compile(
    r"java\.util\.(?:concurrent\.)?\w*(?:Map|Hashtable|Properties)(?:<.*>)?|java\.util\.Collections\$\w*Map|java\.util\.ImmutableCollections\$Map\w+"
    r"|org\.springframework\.util\.\w*Map\w*|com\.google\.(?:common\.collect|gson\.internal)\.\w*Map|com\.alibaba\.fastjson2?\.JSONObject"
)
_DEFAULT_CLASS = frozenset({"java.lang.Class", "java.lang.String", "java.lang.Object"})


@lru_cache(maxsize=1024)
def _is_class(name: str) -> bool:
    """Whether `name` is a class's full name, such as Jackson writes first into its arrays."""
    return _NAME.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _is_tagged(name: str) -> bool:
    return _TAGGED.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _is_map(name: str) -> bool:
    return _MAP.fullmatch(name) is not None


class Float(float):
    """A number with a fraction, and the text it was written as: a BigDecimal and an Instant have more digits than a float keeps."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def natural(document: Any) -> Decoded:
    """The value that a whole JSON document means, and the class written beside it."""
    if type(document) is list and _is_wrapper(document, typed=False):
        return Decoded(_wrapped(document[0], document[1], 0), document[0])
    tag = _tag(document) if type(document) is dict else None
    name = document[tag] if tag else None
    return Decoded(_value(document, False, 0), name)


def _value(node: Any, typed: bool, depth: int) -> Value:
    """`typed`: the mapper writes classes, as something around `node` shows. Raises `Refused`."""
    kind = type(node)
    if kind is dict:
        return _object(node, typed, depth)
    if kind is list:
        return _wrapped(node[0], node[1], depth) if _is_wrapper(node, typed) else _elements(node, typed, depth)
    return float(node) if kind is Float else node


def _object(node: dict[str, Any], typed: bool, depth: int) -> Value:
    tag = _tag(node)
    if tag is None:
        return _fields(node, typed, depth)
    name = node.pop(tag)
    if _is_map(name):
        return _fields(node, True, depth)
    if tag == "@type" and node.keys() == {"val"} and (value := _scalar(name, node["val"])) is not None:
        return value
    return JavaObject(name, _fields(node, True, depth))


def _tag(node: dict[str, Any]) -> str | None:
    """The key under which the class of `node` is written; ``@type`` with other text is the application's own."""
    name = node.get("@class")
    if type(name) is str and len(name) <= MAX_NAME and _is_tagged(name):
        return "@class"
    name = node.get("@type")
    return "@type" if type(name) is str and len(name) <= MAX_NAME and _is_class(name) else None


def _fields(node: dict[str, Any], typed: bool, depth: int) -> dict[str, Value]:
    """`node` itself, its values replaced by what they mean: the document is nobody else's."""
    deeper = _deeper(depth)
    for key, value in node.items():
        if type(value) not in _PLAIN:
            node[key] = _value(value, typed, deeper)
    return node


def _elements(node: list[Any], typed: bool, depth: int) -> list[Value]:
    deeper = _deeper(depth)
    return [value if type(value) in _PLAIN else _value(value, typed, deeper) for value in node]


def _deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise Refused(f"nested deeper than {MAX_DEPTH} values")
    return depth + 1


def _is_wrapper(node: list[Any], typed: bool) -> bool:
    """Whether `node` is Jackson's array of class name and value, not a list that the application made of two texts."""
    if len(node) != 2 or type(node[0]) is not str:
        return False
    name, payload = node
    if len(name) > MAX_NAME or not _is_class(name):
        return False
    if type(payload) is not str:
        return payload is not None
    if name.startswith(_JDK):
        return name in _DEFAULT_CLASS or not _NAME.fullmatch(payload)
    return typed and not _NAME.fullmatch(payload)


def _wrapped(name: str, payload: Any, depth: int) -> Value:
    """The value of ``[name, payload]``."""
    if (scalar := _scalar(name, payload)) is not None:
        return scalar
    if type(payload) is list:
        return _elements(payload, True, depth)
    if type(payload) is dict:
        fields = _fields(payload, True, depth)
        return fields if _is_map(name) else JavaObject(name, fields)
    value = float(payload) if type(payload) is Float else payload
    if name.startswith(_JDK) or (type(value) is str and _CONSTANT.fullmatch(value)):  # the constants of an enum are written like this
        return value
    return JavaObject(name, {"value": value})


def _scalar(name: str, payload: Any) -> Value:
    """The value of a class of the JDK that stands for one; None where `payload` is not what such a class is written as."""
    convert = _SCALARS.get(name)
    return convert(payload) if convert else None


def _bytes(payload: Any) -> bytes | None:
    from base64 import b64decode

    try:
        return b64decode(payload, validate=True)
    except (ValueError, TypeError):
        return None


def _decimal(payload: Any) -> str | None:
    if type(payload) is int:
        return str(payload)
    return payload.text if type(payload) is Float else None


def _integer(payload: Any) -> int | None:
    return int(payload) if type(payload) is str and re.fullmatch(r"-?\d{1,4000}", payload) else None


def _date(payload: Any) -> str | None:
    """Milliseconds since 1970, or ISO 8601 with an offset: RFC 3339 in UTC either way."""
    if type(payload) is int and abs(payload) < 2**63:
        from sessionctl.codecs.jdk.temporal import rfc3339

        seconds, rest = divmod(payload, 1000)
        return rfc3339(seconds, rest * 1_000_000)
    return re.sub(r"\+00:?00$", "Z", payload) if type(payload) is str else None


def _seconds(payload: Any) -> tuple[int, int] | None:
    """Whole seconds and nanoseconds of a decimal number of seconds."""
    text = payload.text if type(payload) is Float else str(payload) if type(payload) is int else ""
    match = re.fullmatch(r"(-?)(\d{1,18})(?:\.(\d{1,9}))?", text)
    if not match:
        return None
    total = int(match[2]) * 10**9 + int((match[3] or "").ljust(9, "0"))
    return divmod(-total if match[1] else total, 10**9)


def _instant(payload: Any) -> str | None:
    from sessionctl.codecs.jdk.temporal import rfc3339

    moment = _seconds(payload)
    return rfc3339(*moment) if moment else None


def _duration(payload: Any) -> str | None:
    from struct import pack

    from sessionctl.codecs.jdk.temporal import java_time

    length = _seconds(payload)
    return java_time(pack(">bqi", 1, *length)) if length else None


def _local_date(payload: Any) -> str | None:
    parts = _numbers(payload, 3, 3)
    return "{:04}-{:02}-{:02}".format(*parts) if parts else None


def _local_time(payload: Any) -> str | None:
    parts = _numbers(payload, 2, 4)
    return _clock(parts) if parts else None


def _local_date_time(payload: Any) -> str | None:
    parts = _numbers(payload, 5, 7)
    return "{:04}-{:02}-{:02}T".format(*parts[:3]) + _clock(parts[3:]) if parts else None


def _numbers(payload: Any, least: int, most: int) -> list[int] | None:
    """The parts of a local date or time as Jackson's JavaTimeModule writes them by default."""
    if type(payload) is list and least <= len(payload) <= most and all(type(part) is int and 0 <= part < 10**9 for part in payload):
        return list(payload)
    return None


def _clock(parts: list[int]) -> str:
    """As LocalTime.toString(): no seconds where they are 0, a fraction in groups of three digits."""
    hour, minute, second, nanos = parts + [0] * (4 - len(parts))
    if not second and not nanos:
        return f"{hour:02}:{minute:02}"
    fraction = f".{nanos:09}" if nanos % 1000 else f".{nanos // 1000:06}" if nanos % 1_000_000 else f".{nanos // 1_000_000:03}"
    return f"{hour:02}:{minute:02}:{second:02}" + (fraction if nanos else "")


_SCALARS: dict[str, Callable[[Any], Value]] = {
    "[B": _bytes,
    "java.math.BigDecimal": _decimal,
    "java.math.BigInteger": _integer,
    **dict.fromkeys(("java.util.Date", "java.util.Calendar", "java.util.GregorianCalendar", "java.sql.Timestamp"), _date),
    **dict.fromkeys(("java.time.Instant", "java.time.ZonedDateTime", "java.time.OffsetDateTime"), _instant),
    "java.time.Duration": _duration,
    "java.time.LocalDate": _local_date,
    "java.time.LocalTime": _local_time,
    "java.time.LocalDateTime": _local_date_time,
}
