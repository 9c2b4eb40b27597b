"""Reads the parts of an object that ought to have a known form; `Unexpected` if it has not."""

from __future__ import annotations

from typing import TypeVar

from sessionctl.codecs.jdk.natural import Unexpected
from sessionctl.codecs.jdk.nodes import Array, Instance, Raw

T = TypeVar("T")


def field(node: Instance, name: str) -> Raw:
    """The field `name`."""
    at = node.desc.index.get(name)
    if at is None or at >= len(node.values):
        raise Unexpected
    return node.values[at]


def typed(node: Instance, name: str, kind: type[T]) -> T:
    """The field `name`, which must be a `kind`."""
    value = field(node, name)
    if not isinstance(value, kind):
        raise Unexpected
    return value


def elements(node: Instance, name: str) -> list[Raw]:
    """The elements of the field `name`, an array."""
    values = typed(node, name, Array).values
    if not isinstance(values, list):
        raise Unexpected
    return values


def written(node: Instance) -> list[Raw]:
    """All that a class with one writeObject method wrote: block data as bytes, and objects."""
    if len(node.data) != 1:
        raise Unexpected
    return node.data[0]


def objects(node: Instance) -> list[Raw]:
    """The objects that the class wrote, without the block data between them."""
    data = node.data
    if len(data) != 1:
        raise Unexpected
    return [part for part in data[0] if type(part) is not bytes]


def block(node: Instance, size: int | None = None) -> bytes:
    """The block data that the class wrote, of `size` bytes if that is known."""
    data = b"".join(part for part in written(node) if type(part) is bytes)
    if size is not None and len(data) != size:
        raise Unexpected
    return data
