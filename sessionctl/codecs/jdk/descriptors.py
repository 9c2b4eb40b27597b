"""Reads class descriptors (specification, section 6.4.1: classDesc)."""

from __future__ import annotations

import struct
from typing import NamedTuple, TypeAlias

from sessionctl.codecs.jdk import utf
from sessionctl.codecs.jdk.nodes import FORMATS, Descriptor, Raw
from sessionctl.codecs.jdk.protocol import (
    BASE_HANDLE,
    MAX_SUPERCLASSES,
    SC_EXTERNALIZABLE,
    SC_SERIALIZABLE,
    TC_CLASSDESC,
    TC_ENDBLOCKDATA,
    TC_NULL,
    TC_PROXYCLASSDESC,
    TC_REFERENCE,
    TC_STRING,
    Malformed,
)
from sessionctl.codecs.jdk.stream import Stream

_unsigned_int = struct.Struct(">I").unpack_from
_suid_flags_count = struct.Struct(">qBH").unpack_from


class Known(NamedTuple):
    """A descriptor with all its superclasses as it lay in a stream: the same bytes there mean the same again."""

    rest: bytes
    handles: list[Raw]
    descriptors: list[Descriptor]
    type_names: list[int]  # handles given out before it, which must be strings
    parent: tuple[int, Descriptor] | None  # the handle of a superclass given out before it, which must be this one
    values: int


KnownKey: TypeAlias = tuple[int, bytes]

_known: dict[KnownKey, Known] = {}
_MAX_KNOWN = 512
_MAX_KNOWN_BYTES = 2048


def read(stream: Stream) -> Descriptor:
    """The descriptor at the stream's position, with its superclasses. Raises `Malformed`."""
    data, pos, handles = stream.data, stream.pos, stream.handles
    if data[pos] != TC_CLASSDESC:
        desc = _chain(stream)
        if desc is None:
            raise Malformed("an object without a class")
        return desc
    end = pos + 11 + (data[pos + 1] << 8 | data[pos + 2])  # the type byte, the name with its length, the serialVersionUID
    key = (len(handles), data[pos:end])
    known = _known.get(key)
    if known is None:
        return _learn(stream, key, end)
    rest, new_handles, descriptors, type_names, parent, values = known
    if not data.startswith(rest, end) or (parent is not None and handles[parent[0]] is not parent[1]):
        return _learn(stream, key, end)
    for at in type_names:
        if not isinstance(handles[at], str):
            return _learn(stream, key, end)
    handles += new_handles
    stream.descriptors += descriptors
    stream.budget -= values
    stream.pos = end + len(rest)
    return descriptors[0]


def _learn(stream: Stream, key: KnownKey, end: int) -> Descriptor:
    """Read a descriptor, and remember it if it stands alone."""
    base, budget = len(stream.handles), stream.budget
    stream.type_names = []
    desc = _chain(stream)
    assert desc is not None
    type_names, rest = stream.type_names, stream.data[end : stream.pos]
    if type_names is None or len(rest) > _MAX_KNOWN_BYTES:
        return desc
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    handles = stream.handles[base:]
    descriptors = [node for node in handles if isinstance(node, Descriptor)]
    top = descriptors[-1].parent
    parent = (_unsigned_int(rest, len(rest) - 4)[0] - BASE_HANDLE, top) if top is not None else None
    outside = [at for at in type_names if at < base]
    _known[key] = Known(rest, handles, descriptors, outside, parent, budget - stream.budget)
    return desc


def _chain(stream: Stream) -> Descriptor | None:
    first = desc = _one(stream)
    unsealed: list[Descriptor] = []
    while desc is not None and not desc.depth:
        unsealed.append(desc)
        if len(unsealed) > MAX_SUPERCLASSES:
            raise Malformed(f"more than {MAX_SUPERCLASSES} superclasses")
        desc = _one(stream)
    for child in reversed(unsealed):
        child.seal(desc)
        desc = child
    return first


def _one(stream: Stream) -> Descriptor | None:
    """One descriptor; if it is new, its superclass follows."""
    code = stream.data[stream.pos]
    stream.pos += 1
    if code == TC_CLASSDESC:
        return _class(stream)
    if code == TC_REFERENCE:
        return _reference(stream)
    if code == TC_NULL:
        return None
    if code == TC_PROXYCLASSDESC:
        return _proxy(stream)
    raise Malformed(f"no class descriptor: 0x{code:02x}")


def _reference(stream: Stream) -> Descriptor:
    desc = _referenced(stream)
    if not isinstance(desc, Descriptor):
        raise Malformed("a reference to a class that is none")
    if not desc.depth:
        raise Malformed(f"class {desc.name[:200]} is its own superclass")
    return desc


def _referenced(stream: Stream) -> Raw:
    handle = _unsigned_int(stream.data, stream.pos)[0] - BASE_HANDLE
    stream.pos += 4
    if not 0 <= handle < len(stream.handles):
        raise Malformed("a reference to an object that is not there")
    return stream.handles[handle]


def _class(stream: Stream) -> Descriptor:
    data = stream.data
    name, pos = _utf(data, stream.pos)
    suid, flags, count = _suid_flags_count(data, pos)
    desc = Descriptor(name, suid)
    desc.flags = flags
    if flags & SC_SERIALIZABLE and flags & SC_EXTERNALIZABLE:
        raise Malformed(f"class {name[:200]} is both Serializable and Externalizable")
    stream.handles.append(desc)
    stream.descriptors.append(desc)
    stream.spend(count + 1)
    pos += 11
    own = desc.own
    for _ in range(count):
        code = chr(data[pos])
        end = pos + 3 + (data[pos + 1] << 8 | data[pos + 2])
        chunk = data[pos + 3 : end]
        own.append((code, chunk.decode() if chunk.isascii() else utf.decode(chunk)))
        pos = end
        if code == "L" or code == "[":
            pos = _type_name(stream, pos)
        elif code not in FORMATS:
            raise Malformed(f"no type of a field: {code!r}")
    stream.pos = pos
    _skip_annotation(stream)
    return desc


def _proxy(stream: Stream) -> Descriptor:
    (count,) = _unsigned_int(stream.data, stream.pos)
    stream.pos += 4
    stream.spend(count)
    interfaces = []
    for _ in range(count):
        name, stream.pos = _utf(stream.data, stream.pos)
        interfaces.append(name)
    desc = Descriptor("java.lang.reflect.Proxy", None, tuple(interfaces))
    stream.handles.append(desc)
    _skip_annotation(stream)
    return desc


def _type_name(stream: Stream, pos: int) -> int:
    """Skip the name of a field's type, which has a handle as any string; where it ends."""
    if stream.data[pos] == TC_STRING:
        name, end = _utf(stream.data, pos + 1)
        stream.handles.append(name)
        return end
    stream.pos = pos + 1
    if stream.type_names is not None:
        stream.type_names.append(_unsigned_int(stream.data, stream.pos)[0] - BASE_HANDLE)
    if stream.data[pos] != TC_REFERENCE or not isinstance(_referenced(stream), str):
        raise Malformed("a field without a type")
    return stream.pos


def _skip_annotation(stream: Stream) -> None:
    """Skip what ObjectOutputStream.annotateClass wrote: nothing, or for RMI where the class can be loaded from."""
    while stream.data[stream.pos] != TC_ENDBLOCKDATA:
        stream.type_names = None
        stream.nested(1)
        stream.type_names = None
    stream.pos += 1


def _utf(data: bytes, pos: int) -> tuple[str, int]:
    end = pos + 2 + (data[pos] << 8 | data[pos + 1])
    if end > len(data):
        raise Malformed("the stream ends too early")
    chunk = data[pos + 2 : end]
    return chunk.decode() if chunk.isascii() else utf.decode(chunk), end
