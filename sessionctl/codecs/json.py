"""Values written as JSON: by Jackson with or without type information, by fastjson, or by hand.

json       the codec: what looks like JSON, reading within limits, and writing in the style that is there
jackson    the classes that Jackson and fastjson name in it, and what they mean
fastjson   the numbers, keys and sets that fastjson writes and the standard does not know
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from sessionctl.codecs.limits import MAX_DIGITS, Refused, check
from sessionctl.model import Decoded, Undecodable
from sessionctl.plan import JavaInt, JavaLong, JavaString, JavaValue

if TYPE_CHECKING:
    from json import JSONDecoder

NAME = "json"

_SPACE = rb"[ \t\r\n]*+"
_OPENING = (
    rb"(?:\xef\xbb\xbf)?"
    + _SPACE
    + rb'(?:"|\{'
    + _SPACE
    + rb'["}\d-]|\['
    + _SPACE
    + rb'(?:[\[{"\]\d-]|true|false|null|NaN|Infinity)|(?:Tree)?Set\[)'
)
_SCALAR = _SPACE + rb"(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LFDSB]?|-?Infinity|NaN|true|false|null)" + _SPACE
_LONG = re.compile(rb'(?:-?(?:0|[1-9]\d{0,18})L?|\["java\.lang\.(?:Long|Integer)",-?(?:0|[1-9]\d{0,18})\])')
_WRAPPED = rb'\s*\["java\.lang\.(?:Long|Integer)",'
_SUFFIXED = rb"\s*-?\d+L\s*"


def sniff(raw: bytes) -> bool:
    """Whether `raw` begins as JSON does, or is one number or literal. A date or a log line is not JSON, though its first character is."""
    return re.match(_OPENING, raw) is not None or re.fullmatch(_SCALAR, raw) is not None


def decode(raw: bytes) -> Decoded | Undecodable:
    """The value, or why there is none; never raises. The class is what Jackson or fastjson wrote beside the value, if anything."""
    from sessionctl.codecs.jackson import natural

    try:
        return natural(document(raw))
    except Refused as problem:
        return Undecodable(str(problem), raw)
    except RecursionError:
        return Undecodable("nested too deep", raw)


def document(raw: bytes) -> Any:
    """The JSON document as the standard library reads it, its classes still in it. Raises `Refused`."""
    check(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as problem:
        raise Refused(f"not UTF-8 at byte {problem.start}") from None
    if text.startswith("\ufeff"):
        raise Refused("begins with a byte order mark")
    return _parsed(text, _parser(len(raw) > MAX_DIGITS))


def encode(value: JavaValue, like: bytes) -> bytes:
    """`value` as JSON: a number in the wrapper or with the suffix that `like` has, a text as Jackson escapes it.

    Raises ValueError for a number out of range, and for a small Long that nothing marks as one: Jackson would read an Integer,
    and Spring Session's cast to Long would fail (RedisSessionMapper).
    """
    if isinstance(value, JavaString):
        return _encode_text(value.value, like)
    bits, java_class = (64, "Long") if isinstance(value, JavaLong) else (32, "Integer")
    if not -(2 ** (bits - 1)) <= value.value < 2 ** (bits - 1):
        raise ValueError(f"{value.value} does not fit into a java.lang.{java_class}")
    if re.match(_WRAPPED, like):
        return f'["java.lang.{java_class}",{value.value}]'.encode()
    if isinstance(value, JavaInt) or not -(2**31) <= value.value < 2**31:
        return str(value.value).encode()
    if re.fullmatch(_SUFFIXED, like):
        return f"{value.value}L".encode()
    raise ValueError(f"{value.value} as plain JSON would come back as an Integer, and the application expects a Long")


def long_of(raw: bytes) -> int | None:
    """The integer that `raw` is, plain or in Jackson's wrapper or with fastjson's suffix; None for all else. Of at most 64 bits."""
    if not _LONG.fullmatch(raw):
        return None
    number = int(raw.rpartition(b",")[2].rstrip(b"]L"))
    return number if -(2**63) <= number < 2**63 else None


def _parsed(text: str, parser: JSONDecoder) -> Any:
    from json import JSONDecodeError

    from sessionctl.codecs.fastjson import standard

    try:
        return parser.decode(text)
    except JSONDecodeError as problem:
        try:
            return parser.decode(standard(text, problem.pos))
        except JSONDecodeError:
            what = problem.msg.removesuffix(" at").lower()
            raise Refused(f"no JSON: {what} at character {problem.pos}") from None


@cache
def _parser(large: bool) -> JSONDecoder:
    """A parser; one for large documents looks at the length of each number, which in a small one can't be too long."""
    from json import JSONDecoder

    from sessionctl.codecs.jackson import Float

    if not large:
        return JSONDecoder(object_pairs_hook=_object, parse_float=Float)
    return JSONDecoder(
        object_pairs_hook=_object, parse_float=lambda text: Float(_bounded(text)), parse_int=lambda text: int(_bounded(text))
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("an object has the same key twice")
    return found


def _bounded(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise Refused(f"a number of more than {MAX_DIGITS} digits")
    return text


def _encode_text(text: str, like: bytes) -> bytes:
    """As Jackson's UTF8JsonGenerator does: version 2 escapes characters beyond U+FFFF as surrogate pairs, version 3 does not."""
    from json import dumps

    quoted = re.sub(r"\\(?:u00..|.)", _upper_digits, dumps(text, ensure_ascii=False))
    if not any(lead in like for lead in _FOUR_BYTE_LEADS):
        quoted = re.sub("[\U00010000-\U0010ffff]", _surrogates, quoted)
    return quoted.encode()


def _upper_digits(match: re.Match[str]) -> str:
    escape = match[0]
    return escape if len(escape) == 2 else "\\u" + escape[2:].upper()


def _surrogates(match: re.Match[str]) -> str:
    pair = match[0].encode("utf-16-be").hex().upper()
    return f"\\u{pair[:4]}\\u{pair[4:]}"


_FOUR_BYTE_LEADS = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
