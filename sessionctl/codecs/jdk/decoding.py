"""From bytes to values, and to the census of classes."""

from __future__ import annotations

from sessionctl.codecs.jdk.kinds import kind_of
from sessionctl.codecs.jdk.natural import value_of
from sessionctl.codecs.jdk.nodes import Array, ClassObject, Constant, Descriptor, Instance, Raw
from sessionctl.codecs.jdk.protocol import Malformed
from sessionctl.codecs.jdk.reader import Reader
from sessionctl.model import Decoded, Undecodable

_DESCRIBED = (Instance, Array, Constant)


def decode(raw: bytes) -> Decoded | Undecodable:
    """The value, or why there is none; never raises. Of a stream with several values: a list of all."""
    try:
        contents = Reader(raw).contents()
        if not contents:
            return Undecodable("the stream is empty", raw)
        if len(contents) > 1:
            return Decoded([value_of(content, kind_of) for content in contents])
        root = contents[0]
        return Decoded(value_of(root, kind_of), *_class(root))
    except Malformed as problem:
        return Undecodable(str(problem), raw)


def classes(raw: bytes) -> dict[str, int]:
    """The serialVersionUID of every class that `raw` describes, by the class's name; nothing if it is unreadable."""
    try:
        reader = Reader(raw)
        reader.contents()
    except Malformed:
        return {}
    return {desc.name: desc.suid for desc in reader.descriptors if desc.suid is not None}


def _class(root: Raw) -> tuple[str | None, int | None]:
    if isinstance(root, _DESCRIBED):
        return root.desc.name, root.desc.suid
    names = {str: "java.lang.String", ClassObject: "java.lang.Class", Descriptor: "java.io.ObjectStreamClass"}
    return names.get(type(root)), None
