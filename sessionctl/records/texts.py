"""The attributes of sessions as JSON text, for a million sessions: what is learnt of one serves the next ones (`codecs.jdk.shapes`).

The text is exactly that of `attributes.table`: secrets are masked by the names of their parts, which lie in the constant bytes of a shape,
and by the form of each text, which is looked at every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from sessionctl import attributes, fields
from sessionctl.batch import Batch
from sessionctl.codecs import decode_attribute
from sessionctl.codecs.jdk import NAME as JDK
from sessionctl.codecs.jdk.protocol import HEADER, TC_CLASSDESC, TC_OBJECT
from sessionctl.codecs.jdk.shapes import Joined, Shapes
from sessionctl.codecs.jdk.tagged import Tagged
from sessionctl.formats.values import MAX_CHARACTERS, json_leaf, json_pieces, json_text, length_of, quoted
from sessionctl.layouts import reads
from sessionctl.model import SessionId, Value
from sessionctl.remembered import Remembered
from sessionctl.report import Field, Kind
from sessionctl.secrets import HARMLESS, mask_by_names, masked_text

MOST_BYTES = 64 * 1024
"""Of a value that is worth learning from; larger ones are rarely alike."""

MOST_NAMES = 64
"""Attributes that are learnt, by their names."""

LARGE = MAX_CHARACTERS // 2
"""Characters of a document that may be too large to show, all attributes together."""

MOST_GAPS = 1000
"""Parts of a value that may vary: the contents of one shape differ by up to 255 bytes each, which nobody counts again."""

REMEMBERED = 256
"""Beginnings of streams that are kept."""


class Texts:
    """Makes the texts of one run."""

    def __init__(self) -> None:
        self._shapes: dict[str, Shapes[str]] = {}
        self._heads: dict[bytes, tuple[str, str]] = {}

    def document(self, hash: Mapping[str, bytes]) -> str:
        """All attributes of a session as one JSON object, by name."""
        entries, size = [], 0
        for field, name, key in _NAMES[tuple(hash)]:
            if raw := hash[field]:
                entries.append(key + self.entry(name, raw))
                size += len(entries[-1])
                if size > LARGE:
                    return json_text(attributes.table(attributes.decoded(hash), False).document)
        return "{" + ",".join(entries) + "}"

    def entry(self, name: str, raw: bytes) -> str:
        """One attribute: class, encoding, size and value."""
        ends = self._ends(raw)
        shapes = self._shapes_of(name) if ends else None
        text = None if shapes is None else shapes.lookup(raw)
        if ends is None or not isinstance(text, str):
            return self._whole(name, raw)
        return f'{ends[0]}"size":{len(raw)},"value":{text}{ends[1]}'

    def _whole(self, name: str, raw: bytes) -> str:
        table = attributes.table([decode_attribute(name, raw)], False)
        return json_text(table.document[name])

    def _shapes_of(self, name: str) -> Shapes[str] | None:
        found = self._shapes.get(name)
        if found is None and len(self._shapes) < MOST_NAMES:
            found = self._shapes[name] = Shapes(renderer(name), alone=True)
        return found

    def _ends(self, raw: bytes) -> tuple[str, str] | None:
        """What stands around the size and value of a JDK object: its class and serialVersionUID. None for other values."""
        if len(raw) > MOST_BYTES or not raw.startswith(_OBJECT):
            return None
        end = len(_OBJECT) + 10 + (raw[6] << 8) + raw[7] if len(raw) > 8 else 0
        head = raw[:end]
        found = self._heads.get(head)
        if found is None and len(self._heads) < REMEMBERED:
            decoded = decode_attribute("", raw)
            if decoded.java_class is None or decoded.serial_version_uid is None:
                return None
            beginning = f'{{"class":{quoted(decoded.java_class)},"encoding":"{JDK}",'
            found = self._heads[head] = beginning, f',"serialVersionUID":"{decoded.serial_version_uid}"}}'
        return found


def _names(fields: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Of a hash with these fields the attributes in order: field, name, and how its part of an object begins."""
    start = len(reads.ATTRIBUTE)
    return [(field, field[start:], quoted(field[start:]) + ":") for field in sorted(fields) if field.startswith(reads.ATTRIBUTE)]


_NAMES = Remembered(_names)


_OBJECT = HEADER + bytes((TC_OBJECT, TC_CLASSDESC))


class _Text(NamedTuple):
    """A text that isn't secret by the names around it."""

    name: str
    text: str


def renderer(name: str) -> Callable[[Value], str]:
    """What makes JSON text of a decoded value of the attribute `name`, secrets masked; fit to be learnt by `Shapes`."""

    def render(value: Value) -> Any:
        pieces = Joined(json_pieces(mask_by_names(name, value, _Text), leaf=_leaf, length=_length))
        return pieces if 0 < sum(type(piece) is tuple for piece in pieces) <= MOST_GAPS else str(pieces)

    return render


def _length(part: Any) -> int:
    """What a part counts for the limit of a text. That is no look at its contents: so few gaps change little (`MOST_GAPS`)."""
    return str.__len__(part.text) if type(part) is _Text else 1 if isinstance(part, Tagged) else length_of(part)


def _leaf(part: Any) -> str | tuple[Any, Callable[[Any], str]]:
    """The text of a part of a value, or if it varies from stream to stream the part and what makes its text."""
    if type(part) is _Text:
        return (part.text, partial(_shown, part.name)) if isinstance(part.text, Tagged) else _shown(*part)
    return (part, json_leaf) if isinstance(part, Tagged) else json_leaf(part)


def _shown(name: str, text: str) -> str:
    return f'"{text}"' if HARMLESS.fullmatch(text) else quoted(masked_text(name, text))


def field(change: Callable[[str, SessionId], str] | None = None) -> Field:
    """A column of attributes for one run, the same as `fields.ATTRIBUTES` but quicker; `change` is made to each session's text."""
    document = Texts().document

    def column(batch: Batch) -> Sequence[str]:
        texts = list(map(document, batch.raw[reads.HASH]))
        return texts if change is None else list(map(change, texts, batch.ids))

    return replace(fields.ATTRIBUTES, kind=Kind.DOCUMENT, compute=column)
