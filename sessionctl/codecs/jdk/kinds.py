"""Which class becomes what: the JDK's own, whatever extends one of them, throwables; all others are shown field by field."""

from __future__ import annotations

from collections.abc import Sequence

from sessionctl.codecs.jdk.containers import CONTAINERS
from sessionctl.codecs.jdk.natural import Kind, fields, make_object
from sessionctl.codecs.jdk.nodes import Array, Descriptor, Instance, Raw
from sessionctl.codecs.jdk.numbers import NUMBERS
from sessionctl.codecs.jdk.protocol import SC_EXTERNALIZABLE, SC_WRITE_METHOD
from sessionctl.codecs.jdk.temporal import TEMPORAL
from sessionctl.codecs.jdk.texts import TEXTS
from sessionctl.model import JavaObject, Value

MAX_STACK_FRAMES = 8
"""How many frames of a stack trace are kept."""

_KINDS: dict[str, Kind] = {**CONTAINERS, **NUMBERS, **TEXTS, **TEMPORAL}


def kind_of(desc: Descriptor) -> Kind | None:
    """How an instance of `desc` becomes a value; None: field by field."""
    known = _KINDS.get(desc.name)
    if known is not None or desc.flags & SC_EXTERNALIZABLE:
        return known
    for ancestor in reversed(desc.chain()[:-1]):
        if ancestor.name in _KINDS:
            return _extended(desc, ancestor)
        if ancestor.name == "java.lang.Throwable":
            return _THROWABLE
    return _THROWABLE if desc.name == "java.lang.Throwable" else None


def _extended(desc: Descriptor, ancestor: Descriptor) -> Kind:
    """A class that extends one of the JDK: that one's value, under ``@value`` if there are fields besides."""
    if ancestor.steps is None:
        ancestor.layout()
    own_fields = len(ancestor.names)
    own_data = sum(bool(layer.flags & SC_WRITE_METHOD) for layer in ancestor.chain())

    def parts(node: Instance) -> Sequence[Raw]:
        inner = Instance(ancestor)
        inner.values, inner.data = node.values[:own_fields], node.data[:own_data]
        return [inner, *fields(node)[own_fields:], *(part for data in node.data[own_data:] for part in data)]

    def make(node: Instance, values: list[Value]) -> Value:
        if len(values) == 1:
            return values[0]
        names = desc.names[own_fields:]
        shown: dict[str, Value] = {"@value": values[0], **dict(zip(names, values[1:], strict=False))}
        if len(values) > 1 + len(names):
            shown["@data"] = values[1 + len(names) :]
        return JavaObject(desc.name, shown, desc.suid)

    return Kind(parts, make)


def _throwable(node: Instance) -> Sequence[Raw]:
    """Its fields; a cause that is the throwable itself means none (Throwable.cause), and a stack trace is cut."""
    shown = dict(zip(node.desc.names, fields(node), strict=True))
    if shown.get("cause") is node:
        shown["cause"] = None
    if isinstance(trace := shown.get("stackTrace"), Array):
        shown["stackTrace"] = _short(trace)
    return [*(shown[name] for name in node.desc.names), *(part for data in node.data for part in data)]


def _short(trace: Array) -> Array:
    frames = trace.values
    if not isinstance(frames, list) or len(frames) <= MAX_STACK_FRAMES:
        return Array(trace.desc, []) if _is_no_trace(frames) else trace
    return Array(trace.desc, [*frames[:MAX_STACK_FRAMES], f"... {len(frames) - MAX_STACK_FRAMES} more"])


def _is_no_trace(frames: Raw) -> bool:
    """Throwable.SentinelHolder: a throwable without a writable stack trace writes one frame of no class."""
    return isinstance(frames, list) and len(frames) == 1 and isinstance(frames[0], Instance) and "" in frames[0].values


_THROWABLE = Kind(_throwable, make_object)
