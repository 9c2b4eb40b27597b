"""What a stream holds, as a graph: the reader makes it, `natural` turns it into values."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from sessionctl.codecs.jdk.protocol import MAX_SUPERCLASSES, SC_BLOCK_DATA, SC_EXTERNALIZABLE, SC_SERIALIZABLE, SC_WRITE_METHOD, Malformed

Raw: TypeAlias = Any
"""None, bool, int, float, str, bytes (block data) or one of the nodes below."""

FORMATS = {"B": "b", "C": "H", "D": "d", "F": "f", "I": "i", "J": "q", "S": "h", "Z": "?"}
"""The primitive types by their code in a descriptor, and their format in `struct`."""


class Step(NamedTuple):
    """A stretch of an object's data: primitives, then `objects` objects; or, if `annotated`, anything up to an end mark."""

    unpack: Callable[[bytes, int], tuple[Any, ...]] | None
    width: int
    objects: int
    annotated: bool


ANYTHING = Step(None, 0, 0, True)


class Descriptor:
    """A class descriptor: name, serialVersionUID, and how an instance's data lies in the stream.

    `steps`, `names`, `codes` and `index` tell of the whole class, its superclasses first. They are worked out for the
    first instance only: an instance is as long as its fields are many, so that hostile descriptors cost no more than their bytes.
    """

    __slots__ = ("codes", "depth", "flags", "index", "interfaces", "kind", "name", "names", "open", "own", "parent", "steps", "suid")

    names: tuple[str, ...]
    codes: str
    index: dict[str, int]

    def __init__(self, name: str, suid: int | None = None, interfaces: tuple[str, ...] = ()) -> None:
        self.name = name
        self.suid = suid
        self.interfaces = interfaces
        self.flags = SC_SERIALIZABLE
        self.own: list[tuple[str, str]] = []
        self.parent: Descriptor | None = None
        self.depth = 0
        self.steps: tuple[Step, ...] | None = None
        self.kind: Any = None
        self.open = False

    def seal(self, parent: Descriptor | None) -> None:
        """Set the superclass, which must be sealed itself. Raises `Malformed`."""
        if parent is not None and not parent.depth:
            raise Malformed(f"class {self.name[:200]} is its own superclass")
        self.parent = parent
        self.depth = parent.depth + 1 if parent else 1
        if self.depth > MAX_SUPERCLASSES:
            raise Malformed(f"more than {MAX_SUPERCLASSES} superclasses")

    def chain(self) -> list[Descriptor]:
        """The classes whose data an instance has, the topmost first."""
        layers = [self]
        while (parent := layers[-1].parent) is not None:
            layers.append(parent)
        return layers[::-1]

    def layout(self) -> tuple[Step, ...]:
        """How an instance lies in the stream. Raises `Malformed`."""
        if self.flags & SC_EXTERNALIZABLE:
            if not self.flags & SC_BLOCK_DATA:  # its data has no end mark
                raise Malformed(f"class {self.name[:200]} is Externalizable in protocol version 1: only the class itself could read it")
            layers, steps = [], [ANYTHING]
        else:
            layers, steps = self.chain(), []
        for layer in layers:
            steps += layer._own_steps()
        fields = [field for layer in layers for field in layer.own]
        self.codes = "".join(code for code, _ in fields)
        self.names = tuple(name for _, name in fields)
        self.index = {name: at for at, name in enumerate(self.names)}
        self.steps = tuple(steps)
        return self.steps

    def _own_steps(self) -> list[Step]:
        codes = "".join(code for code, _ in self.own)
        primitives = codes.rstrip("L[")
        if "L" in primitives or "[" in primitives:
            raise Malformed(f"class {self.name[:200]} has a primitive field after an object field")
        steps = []
        if codes:
            layout = struct.Struct(">" + "".join(map(FORMATS.__getitem__, primitives)))
            steps.append(Step(layout.unpack_from if primitives else None, layout.size, len(codes) - len(primitives), False))
        if self.flags & SC_WRITE_METHOD:
            steps.append(ANYTHING)
        return steps


class Instance:
    """An object: the values of its fields in the order of `desc.names`, and what each writeObject or writeExternal wrote."""

    __slots__ = ("data", "desc", "open", "values")

    def __init__(self, desc: Descriptor) -> None:
        self.desc = desc
        self.values: list[Raw] = []
        self.data: tuple[list[Raw], ...] = ()
        self.open = False


class Array:
    """An array: a list of values; ``byte[]`` as bytes and ``char[]`` as str."""

    __slots__ = ("desc", "open", "values")

    def __init__(self, desc: Descriptor, values: Raw) -> None:
        self.desc = desc
        self.values = values
        self.open = False


class Constant:
    """A constant of an enum."""

    __slots__ = ("desc", "name", "open")

    def __init__(self, desc: Descriptor) -> None:
        self.desc = desc
        self.name = ""
        self.open = False


class ClassObject:
    """A ``java.lang.Class``."""

    __slots__ = ("desc", "open")

    def __init__(self, desc: Descriptor) -> None:
        self.desc = desc
        self.open = False
