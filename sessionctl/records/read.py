"""Records back as sessions. A file is as hostile as what Redis holds: whatever it says is checked before it is believed."""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any

from sessionctl.layouts import LAYOUTS, reads
from sessionctl.model import SessionId, State
from sessionctl.records.beside import Beside, milliseconds
from sessionctl.records.write import VERSION
from sessionctl.remembered import Remembered
from sessionctl.times import number
from sessionctl.units import parse_instant


@dataclass(slots=True)
class Record:
    """One session as it was read at `read_at`, milliseconds since the epoch by Redis's clock; `ttl` in milliseconds from then.

    `hash` is None where only what can be shown was recorded; `layout` where it isn't known; `beside` where nobody looked. `created` and
    `accessed` are in milliseconds since the epoch, `max_inactive` in seconds; None where the hash doesn't tell. Not frozen: that would
    double the time that it takes to make one.
    """

    id: SessionId
    namespace: str
    read_at: int
    ttl: int | None = None
    layout: str | None = None
    hash: Mapping[str, bytes] | None = field(default=None, repr=False)
    beside: tuple[Beside, ...] | None = None
    redacted: bool = False

    created: int | None = field(init=False, compare=False)
    accessed: int | None = field(init=False, compare=False)
    max_inactive: int | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        hash = self.hash or {}
        raw = [hash.get(name) for name in reads.METADATA]
        self.created, self.accessed, self.max_inactive = [None if value is None else number(value) for value in raw]

    @property
    def end(self) -> int | None:
        """When Redis would have removed it; None: never."""
        return None if self.ttl is None else self.read_at + self.ttl

    @property
    def deadline(self) -> int | None:
        """What Spring obeys; None: never or unknown."""
        accessed, interval = self.accessed, self.max_inactive
        return None if accessed is None or interval is None or interval < 0 else accessed + interval * 1000

    def state(self, now: int) -> State:
        """What the session is at `now` (`fields.STATE`)."""
        accessed, interval = self.accessed, self.max_inactive
        if accessed is None or interval is None or self.created is None:
            return State.PARTIAL
        if interval < 0 or accessed > now - interval * 1000:
            return State.ACTIVE
        return State.EXPIRED if interval else State.DELETED


def parse(lines: Iterable[bytes | ValueError]) -> list[Record | ValueError]:
    """The sessions in some lines; a ValueError says what is wrong with one, and what was wrong with a line already stays so.

    Each step is made for all lines before the next step, which takes a tenth less than line by line.
    """
    found: list[Any] = list(lines)
    for step in (_document, _with_hash, _with_companions, _record):
        found = [_tried(step, one) for one in found]
    return found


def _tried(step: Callable[[Any], Any], one: Any) -> Any:
    """`one` after a step further; what has failed before, or does now, is a ValueError."""
    try:
        return one if isinstance(one, ValueError) else step(one)
    except ValueError as error:
        return error


def _with_hash(document: Any) -> dict[str, Any]:
    """The document, checked, with the values of its hash as they are stored."""
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    version = document.get("format")
    if version != VERSION:
        told = f"its format is {str(version)[:40]!r}" if version is not None else "it has no format"
        raise ValueError(f"{told}, and this sessionctl reads {VERSION}")
    if document.get("raw") is not None:
        document["raw"] = _hash(document["raw"])
    return document


def _with_companions(document: dict[str, Any]) -> dict[str, Any]:
    keys = document.get("keys")
    if keys is not None and not isinstance(keys, tuple):
        document["keys"] = _beside(keys)
    return document


def _record(document: dict[Any, Any]) -> Record:
    get = document.get
    layout = get("layout")
    if layout is not None and not (isinstance(layout, str) and layout in LAYOUTS):
        raise ValueError("it is of an unknown layout")
    record = Record(
        _text(document, "id"),
        _text(document, "namespace"),
        _instant(_text(document, "readAt")),
        milliseconds(get("ttl")),
        layout,
        get("raw"),
        get("keys"),
        get("redacted") is True,
    )
    line = get(_LINE)
    return record if line is None or _agrees(document, record) else _record(_with_companions(_with_hash(_whole(line))))


def _agrees(document: dict[Any, Any], record: Record) -> bool:
    """Whether the head of a line and the hash at its end are of one session, as far as the seconds and milliseconds of two times tell."""
    created, accessed = record.created, record.accessed
    if created is None or accessed is None:
        return False
    return _may_tell(document["creationTime"], created) and _may_tell(document["lastAccessedTime"], accessed)


def _may_tell(text: Any, instant: int) -> bool:
    return isinstance(text, str) and text[17:] == f"{instant // 1000 % 60:02}.{instant % 1000:03}Z"


def _document(line: bytes) -> Any:
    """The object in a line; at its quickest if the line is one that we have written."""
    try:
        return _quickly(line)
    except (ValueError, RecursionError, TypeError, KeyError):  # it is another's, or was cut at the wrong places: the brackets don't match
        return _whole(line)


def _whole(line: bytes) -> Any:
    try:
        return _DECODER.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("it is no whole JSON object") from None


def _quickly(line: bytes) -> Any:
    """Without the decoded attributes, which are nobody's business here, and with the base64 of the raw values as it stands there.

    Nobody looks at what is left out. It could lack its middle, and with that the end of this line and the head of the next one. So the line
    is kept, to be read in full unless head and hash agree.

    Raises ValueError, TypeError, KeyError or RecursionError for what may be another's line.
    """
    values = line.rindex(b'"', 0, -len(_END)) + 1
    end = line.rindex(_RAW, 0, values)
    if not (line.endswith(_END) and line.endswith(_VALUES, end, values)):
        raise ValueError
    if line.find(b"}", end, values) > 0 or line.find(b"\\", values) > 0:  # another object's values, or escapes in them
        raise ValueError
    start = line.find(_ATTRIBUTES, 0, end)
    keys = line.rfind(_KEYS, start, end) if start > 0 else -1
    head = line[:start] + line[end:values] if start > 0 else line[:values]
    text = (head + _END).decode("utf-8")
    document, length = _DECODER.raw_decode(text)
    if length != len(text):
        raise ValueError
    document["raw"]["values"] = line[values : -len(_END)]
    if keys > 0:
        document["keys"] = Beside.several(line[keys + len(_KEYS) : end])
    if start > 0:
        if not document.keys() >= _BEFORE:
            raise ValueError
        document[_LINE] = line
    return document


_DECODER = json.JSONDecoder()
_ATTRIBUTES, _KEYS, _RAW, _VALUES, _END = b',"attributes":{', b',"keys":[', b',"raw":{"fields":', b',"values":"', b'"}}'
_LINE = b"line"  # a key that no JSON has
_BEFORE = {"format", "id", "creationTime", "lastAccessedTime", "ttl", "layout", "namespace", "readAt"}
"""What an export tells before the attributes, of that which has to be known."""


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"its {name} is missing")
    if not value.isascii():
        value.encode("utf-8", "surrogateescape")  # half a surrogate pair is no name of a key
    return value


@lru_cache(maxsize=256)
def _instant(text: str) -> int:
    """The same for all that were read at once."""
    try:
        return parse_instant(text)
    except ValueError:
        raise ValueError("its readAt is no instant") from None


def _hash(document: Any) -> dict[str, bytes]:
    """The fields of the hash in their order. Raises ValueError."""
    if not isinstance(document, dict):
        raise ValueError("its raw hash is no object")
    names, lengths, blob = document.get("fields"), document.get("lengths"), document.get("values")
    if not (isinstance(names, list) and isinstance(lengths, list) and isinstance(blob, str | bytes)):
        raise ValueError("its raw hash lacks fields, lengths or values")
    if len(names) != len(lengths) or not names or [*map(type, lengths)].count(int) != len(lengths) or min(lengths) < 0:
        raise ValueError("the fields and lengths of its raw hash don't fit together")
    try:
        names = _NAMES[tuple(names)]
    except TypeError:
        raise ValueError("a field of its raw hash has no name") from None
    values = a2b_base64(blob, strict_mode=True)
    if sum(lengths) != len(values):
        raise ValueError("the values of its raw hash are not as long as they should be")
    return dict(zip(names, map(BytesIO(values).read, lengths), strict=True))


def _checked(names: tuple[Any, ...]) -> tuple[str, ...]:
    """The names of fields. Raises ValueError."""
    for name in names:
        if not isinstance(name, str):
            raise ValueError("a field of its raw hash has no name")
        name.encode("utf-8", "surrogateescape")
    if len(set(names)) != len(names):
        raise ValueError("a field of its raw hash is there twice")
    return names


_NAMES = Remembered(_checked)


def _beside(document: Any) -> tuple[Beside, ...]:
    if not isinstance(document, list):
        raise ValueError("its keys are no list")
    return tuple(map(Beside.of, document))
