"""Writes small streams of Java's serialization, right ones and wrong ones, independently of the reader."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

HEADER = b"\xac\xed\x00\x05"
NULL, END = b"\x70", b"\x78"


def utf(text: str) -> bytes:
    chunk = text.encode("utf-8", "surrogatepass")
    return struct.pack(">H", len(chunk)) + chunk


def string(text: str) -> bytes:
    return b"\x74" + utf(text)


def reference(handle: int) -> bytes:
    return b"\x71" + struct.pack(">I", 0x7E0000 + handle)


def described(
    name: str, fields: bytes = b"", count: int = 0, flags: int = 2, suid: int = 1, parent: bytes = NULL, annotation: bytes = b""
) -> bytes:
    """A class descriptor; `fields` as `primitive` and `objective` make them."""
    return b"\x72" + utf(name) + struct.pack(">qBH", suid, flags, count) + fields + annotation + END + parent


def primitive(code: str, name: str) -> bytes:
    return code.encode() + utf(name)


def objective(name: str, type_name: bytes) -> bytes:
    return b"L" + utf(name) + type_name


def array_of(element: str, count: int, contents: bytes) -> bytes:
    return b"\x75" + described("[" + element) + struct.pack(">I", count) + contents


@dataclass(eq=False)
class Obj:
    """An object: its class, and its fields: bool and int for primitives, all else objects. `data` is what writeObject wrote."""

    class_name: str
    fields: dict[str, Any] = field(default_factory=dict)
    data: list[Any] | None = None
    external: bool = False


def list_of(*elements: Any) -> Obj:
    return Obj("java.util.ArrayList", {"size": len(elements)}, [struct.pack(">i", len(elements)), *elements])


def map_of(entries: dict[Any, Any]) -> Obj:
    flat = [part for entry in entries.items() for part in entry]
    return Obj("java.util.HashMap", {"threshold": 12}, [struct.pack(">ii", 16, len(entries)), *flat])


def boxed(number: int) -> Obj:
    return Obj("java.lang.Integer", {"value": number})


def instant(seconds: int, nanos: int = 0) -> Obj:
    return Obj("java.time.Ser", {}, [struct.pack(">bqi", 2, seconds, nanos)], external=True)


class Writer:
    """Writes objects as ObjectOutputStream does, with a handle for whatever was written before."""

    def __init__(self) -> None:
        self.handles: dict[Any, int] = {}
        self.given = 0

    def stream(self, root: Any) -> bytes:
        return HEADER + self.content(root)

    def content(self, value: Any) -> bytes:
        if value is None:
            return NULL
        key = value if isinstance(value, str) else id(value)
        if key in self.handles:
            return reference(self.handles[key])
        if isinstance(value, bytes):
            return b"\x77" + bytes([len(value)]) + value
        if isinstance(value, str):
            self._give(key)
            return string(value)
        return self._object(value)

    def _give(self, key: Any) -> None:
        self.handles[key] = self.given
        self.given += 1

    def _object(self, value: Obj) -> bytes:
        written = b"\x73" + self._class(value)
        self._give(id(value))
        ordered = sorted(value.fields.items(), key=lambda item: not isinstance(item[1], int))
        for _, content in ordered:
            if isinstance(content, int):
                written += struct.pack(">?" if isinstance(content, bool) else ">i", content)
            else:
                written += self.content(content)
        if value.data is not None:
            written += b"".join(map(self.content, value.data)) + END
        return written

    def _class(self, value: Obj) -> bytes:
        key = ("class", value.class_name)
        if key in self.handles:
            return reference(self.handles[key])
        self._give(key)
        ordered = sorted(value.fields.items(), key=lambda item: not isinstance(item[1], int))
        fields = b""
        for name, content in ordered:
            if isinstance(content, int):
                fields += primitive("Z" if isinstance(content, bool) else "I", name)
            else:
                fields += objective(name, self.content("Ljava/lang/Object;"))
        flags = 0x0C if value.external else 2 | (value.data is not None)
        return described(value.class_name, fields, len(ordered), flags)
