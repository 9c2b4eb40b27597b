"""The attributes of a session: decoded each in its own encoding, secrets masked, as a table and as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessionctl.codecs import decode_attribute
from sessionctl.layouts import reads
from sessionctl.model import Attribute, Undecodable
from sessionctl.report import Field, Kind, Table
from sessionctl.secrets import mask

FIELDS = (
    Field("name", "NAME", Kind.TEXT),
    Field("class", "TYPE", Kind.TEXT),
    Field("size", "SIZE", Kind.BYTES),
    Field("value", "VALUE", Kind.VALUE),
)


def decoded(hash: Mapping[str, bytes], too_large: Mapping[str, int] | None = None) -> list[Attribute]:
    """The attributes in a session's hash by name; `too_large` has the sizes in bytes of those that were not read.

    An empty value is a removed attribute (``delta.put(name, null)``) and no attribute.
    """
    start = len(reads.ATTRIBUTE)
    found = [decode_attribute(name[start:], raw) for name, raw in hash.items() if raw and name.startswith(reads.ATTRIBUTE)]
    for name, size in (too_large or {}).items():
        found.append(Attribute(name[start:], Undecodable(f"too large to read: {size:,} bytes"), None, "opaque", size))
    return sorted(found, key=lambda one: one.name)


def table(attributes: Sequence[Attribute], reveal: bool) -> Table:
    """The attributes as rows for a person and as a document for a program; secrets masked unless `reveal`."""
    rows: list[tuple[Any, ...]] = []
    document: dict[str, Any] = {}
    for one in attributes:
        value = one.value if reveal else mask(one.name, one.value)
        rows.append((one.name, one.java_class or one.encoding, one.size, value))
        entry: dict[str, Any] = {"class": one.java_class, "encoding": one.encoding, "size": one.size, "value": value}
        if isinstance(value, Undecodable):
            entry |= {"value": None, "reason": value.reason}
        if one.serial_version_uid is not None:
            entry["serialVersionUID"] = str(one.serial_version_uid)
        document[one.name] = entry
    return Table(FIELDS, rows, document)
