"""From the graph of a stream to the tree that people read: JDK classes become natural values.

An explicit stack instead of recursion, as in the reader: references make a graph deeper than its stream is nested.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from sessionctl.codecs.jdk.nodes import Array, ClassObject, Constant, Descriptor, Instance, Raw
from sessionctl.codecs.jdk.protocol import MAX_DEPTH, MAX_VALUES, Malformed
from sessionctl.model import JavaObject, Reference, Value

Make: TypeAlias = Callable[[Raw, "list[Value]"], Value]
"""Makes the value of a node from the values of its parts."""


class Unexpected(Exception):
    """An object that does not have the form its class name promises; it is shown field by field instead."""


class Kind(NamedTuple):
    """How the instances of a class become values: `make` gets an instance and the values of what `parts` names.

    `alone`: the value depends on the instance's own primitives and data only.
    """

    parts: Callable[[Instance], Sequence[Raw]] | None
    make: Make
    alone: bool = False


def leaf(make: Callable[[Instance], Value], alone: bool = False) -> Kind:
    """A kind whose values need no part to be converted first."""
    return Kind(None, lambda node, _: make(node), alone)


class Watch(Protocol):
    """Told what becomes of the variable parts of a stream; what learns a shape listens."""

    def leaf(self, node: Instance, value: Value) -> Value:
        """The value to use for `value`, which was made from the primitives and data of `node` alone."""

    def fields(self, node: Instance, values: Sequence[Raw]) -> Sequence[Raw]:
        """The values to use for the fields of `node`, shown as they are."""


def value_of(root: Raw, kind_of: Callable[[Descriptor], Kind | None], watch: Watch | None = None) -> Value:
    """The tree of `root`, a finite one: an object inside itself is a `Reference`. Raises `Malformed` if it is too large or deep.

    The stack holds what is open around a node: the parts still to convert, the values so far, and how to use them.
    """
    result: list[Value] = []
    stack: list[tuple[Iterator[Raw], list[Value], Raw, Make]] = []
    parts: Iterator[Raw] = iter((root,))
    values, budget = result, MAX_VALUES
    node: Raw = None
    make: Make = _nothing
    children: Sequence[Raw] | None
    make_part: Any  # or the value itself, where there are no children
    while True:
        for part in parts:
            if type(part) not in _NODES:
                values.append(part)
                continue
            if part.open:
                values.append(Reference(part.desc.name))
                continue
            if type(part) is Instance:
                kind = part.desc.kind
                if kind is None:
                    kind = part.desc.kind = kind_of(part.desc) or field_by_field(part.desc)
                if kind.parts is _plain_parts and watch is None:  # most objects: what `_opened` does, without the calls
                    children, make_part = part.values, make_plain
                else:
                    children, make_part = _opened(part, kind, watch)
            elif type(part) is Array and type(part.values) is list:
                children, make_part = part.values, _as_list
            else:
                values.append(_simple(part))
                continue
            if children is None:
                values.append(make_part)
                continue
            budget -= len(children) + 1
            if budget < 0:
                raise Malformed(f"shows more than {MAX_VALUES} values")
            if _NODES.isdisjoint(map(type, children)):  # nothing in it to convert
                values.append(make_part(part, list(children)))
                continue
            stack.append((parts, values, node, make))
            if len(stack) > MAX_DEPTH:
                raise Malformed(f"nested deeper than {MAX_DEPTH} objects")
            part.open = True
            parts, values, node, make = iter(children), [], part, make_part
            break
        else:
            if not stack:
                return result[0]
            node.open = False
            value = make(node, values)
            parts, values, node, make = stack.pop()
            values.append(value)


def _opened(node: Instance, kind: Kind, watch: Watch | None) -> tuple[Sequence[Raw] | None, Any]:
    """The parts of `node` and how to make its value of them; or None and its value."""
    try:
        if kind.parts is not None:
            children = kind.parts(node)
            return watch.fields(node, children) if watch is not None and kind.make in (make_plain, make_object) else children, kind.make
        value = kind.make(node, [])
        return None, value if watch is None or not kind.alone else watch.leaf(node, value)
    except Unexpected:
        return _all_parts(node), make_object


def field_by_field(desc: Descriptor) -> Kind:
    """How instances of a class without a natural value are shown."""
    if "C" in desc.codes or "F" in desc.codes or desc.interfaces or any(step.annotated for step in desc.steps or ()):
        return Kind(_all_parts, make_object)
    return Kind(_plain_parts, make_plain)


def _nothing(node: Raw, values: list[Value]) -> Value:
    raise AssertionError("the root has no value of its own")


def _as_list(node: Raw, values: list[Value]) -> Value:
    return values


def _simple(node: Raw) -> Value:
    if isinstance(node, Array):
        packed: bytes | str = node.values
        return packed
    if isinstance(node, Constant):
        return str(node.name)
    if isinstance(node, ClassObject):
        return str(node.desc.name)
    return JavaObject("java.io.ObjectStreamClass", {"name": node.name}, node.suid)


def _plain_parts(node: Instance) -> Sequence[Raw]:
    return node.values


def make_plain(node: Instance, values: list[Value]) -> JavaObject:
    """`node`, field by field."""
    desc = node.desc
    return JavaObject(desc.name, dict(zip(desc.names, values, strict=False)), desc.suid)


def _all_parts(node: Instance) -> list[Raw]:
    return fields(node) + [part for data in node.data for part in data]


def make_object(node: Instance, values: list[Value]) -> JavaObject:
    """`node`, field by field; what its class wrote besides is the field ``@data``."""
    desc = node.desc
    shown = dict(zip(desc.names, values, strict=False))
    if desc.interfaces:
        shown["@interfaces"] = list(desc.interfaces)
    data = values[len(desc.names) :]
    if data:
        shown["@data"] = data
    return JavaObject(desc.name, shown, desc.suid)


def fields(node: Instance) -> list[Raw]:
    """The values of the fields of `node`; a char is text, a float is as short as it can be."""
    return [_FIXES[code](value) if code in _FIXES else value for code, value in zip(node.desc.codes, node.values, strict=True)]


def shortest_float(value: float) -> float:
    """The double that is written as `value`, a float of 32 bits, would be: 0.1, not 0.10000000149011612."""
    if value - value != 0:  # infinite or not a number
        return value
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        if _float.unpack(_float.pack(short))[0] == value:
            return short
    return float(f"{value:.9g}")


_float = struct.Struct(">f")
_FIXES: dict[str, Callable[[Raw], Value]] = {"C": chr, "F": shortest_float}
_NODES = frozenset({Instance, Array, Constant, ClassObject, Descriptor})
