"""Reads the Java Object Serialization Stream Protocol into a graph of nodes. No class is ever loaded.

An explicit stack instead of recursion: the depth of a stream is the sender's choice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Protocol

from sessionctl.codecs.jdk import descriptors, utf
from sessionctl.codecs.jdk.arrays import primitives
from sessionctl.codecs.jdk.nodes import Array, ClassObject, Constant, Instance, Raw, Step
from sessionctl.codecs.jdk.protocol import (
    BASE_HANDLE,
    MAX_DEPTH,
    MAX_RESETS,
    MAX_VALUES,
    TC_ARRAY,
    TC_BLOCKDATA,
    TC_BLOCKDATALONG,
    TC_CLASS,
    TC_CLASSDESC,
    TC_ENDBLOCKDATA,
    TC_ENUM,
    TC_EXCEPTION,
    TC_LONGSTRING,
    TC_NULL,
    TC_OBJECT,
    TC_PROXYCLASSDESC,
    TC_REFERENCE,
    TC_RESET,
    TC_STRING,
    Malformed,
)
from sessionctl.codecs.jdk.stream import Stream

_unsigned_int = struct.Struct(">I").unpack_from
_long = struct.Struct(">q").unpack_from

_BLOCKS = (TC_BLOCKDATA, TC_BLOCKDATALONG)

TRUNCATED = "the stream ends too early"


class Trace(Protocol):
    """Told where in the stream the variable parts lie; what learns a shape listens."""

    def string(self, text: str, start: int, end: int) -> str:
        """The text to use for the string whose bytes are at `start` to `end`."""

    def step(self, node: Instance, step: Step, at: int) -> None:
        """The primitives of `step` of `node` are at `at`."""

    def block(self, node: Instance | None, start: int, end: int) -> None:
        """The contents of a block that `node` wrote are at `start` to `end`."""


class Reader(Stream):
    """Reads one stream."""

    def __init__(self, data: bytes, trace: Trace | None = None) -> None:
        super().__init__(data)
        self.trace = trace

    def contents(self) -> list[Raw]:
        """All that was written, usually one object. Raises `Malformed`."""
        values: list[Raw] = []
        resets = 0
        try:
            while self.pos < len(self.data):
                if self.data[self.pos] != TC_RESET:
                    self.read(values, 1)
                    self.spend(1)
                    continue
                self.pos += 1
                self.handles.clear()
                resets += 1
                if resets > MAX_RESETS:
                    raise Malformed(f"more than {MAX_RESETS} resets")
        except (IndexError, struct.error):
            raise Malformed(TRUNCATED) from None
        return values

    def read(self, values: list[Raw], left: int) -> None:
        """Read `left` values, and whatever lies in them, into `values`.

        Kept in one piece and in local variables for its speed. A node goes into its place as soon as it begins; the
        stack holds what its surroundings still wait for: where to put values, how many are left, the next steps.
        """
        data, handles, trace = self.data, self.handles, self.trace
        size, pos = len(data), self.pos
        stack: list[tuple[Raw, int, Iterator[Step], Raw, bool]] = []
        append, annotated = values.append, True
        node: Raw = None
        steps: Iterator[Step] = iter(())
        while True:
            code = data[pos]
            pos += 1
            if code == TC_STRING:
                start = pos + 2
                pos = start + (data[pos] << 8 | data[pos + 1])
                if pos > size:
                    raise Malformed(TRUNCATED)
                chunk = data[start:pos]
                text = chunk.decode() if chunk.isascii() else utf.decode(chunk)
                if trace is not None:
                    text = trace.string(text, start, pos)
                handles.append(text)
                append(text)
            elif code == TC_REFERENCE:
                handle = _unsigned_int(data, pos)[0] - BASE_HANDLE
                if not 0 <= handle < len(handles):
                    raise Malformed("a reference to an object that is not there")
                pos += 4
                append(handles[handle])
            elif code == TC_NULL:
                append(None)
            elif code == TC_OBJECT:
                self.pos = pos
                desc = descriptors.read(self)
                pos = self.pos
                stack.append((append, left - 1, steps, node, annotated))
                if len(stack) > MAX_DEPTH:
                    raise Malformed(f"nested deeper than {MAX_DEPTH} objects")
                node = Instance(desc)
                handles.append(node)
                append(node)
                steps = iter(desc.layout() if desc.steps is None else desc.steps)
                self.budget -= len(desc.codes) + 1
                if self.budget < 0:
                    raise Malformed(f"more than {MAX_VALUES} values")
                left, annotated = 1, False
            elif code == TC_ENDBLOCKDATA:
                if node is None or not annotated:
                    raise Malformed("an end mark where no data of a class is open")
                self.spend(len(node.data[-1]))
                left, annotated = 1, False
            elif code in _BLOCKS:
                if not annotated:
                    raise Malformed("block data where an object belongs")
                start = pos + 1 if code == TC_BLOCKDATA else pos + 4
                pos = start + (data[pos] if code == TC_BLOCKDATA else _unsigned_int(data, pos)[0])
                if pos > size:
                    raise Malformed(TRUNCATED)
                append(data[start:pos])
                if trace is not None:
                    trace.block(node, start, pos)
            elif code == TC_ARRAY:
                self.pos = pos
                array, count = self._array()
                pos = self.pos
                append(array)
                if count:
                    stack.append((append, left - 1, steps, node, annotated))
                    if len(stack) > MAX_DEPTH:
                        raise Malformed(f"nested deeper than {MAX_DEPTH} objects")
                    append, left, steps, node, annotated = array.values.append, count + 1, iter(()), None, False
            else:
                self.pos = pos
                append(self._other(code))
                pos = self.pos

            left -= 1
            while not left:
                if annotated and stack:
                    raise Malformed(f"more than {MAX_VALUES} values")
                step = next(steps, None)
                if step is None:
                    if not stack:
                        self.pos = pos
                        return
                    append, left, steps, node, annotated = stack.pop()
                    continue
                unpack, width, left, annotated = step
                if annotated:
                    node.data += ([],)
                    append, left = node.data[-1].append, MAX_VALUES
                    continue
                append = node.values.append
                if unpack:
                    node.values += unpack(data, pos)
                    if trace is not None:
                        trace.step(node, step, pos)
                    pos += width

    def _array(self) -> tuple[Array, int]:
        """An array, and how many objects it still waits for."""
        desc = descriptors.read(self)
        array = Array(desc, [])
        self.handles.append(array)
        count = _unsigned_int(self.data, self.pos)[0]
        self.pos += 4
        if count > len(self.data) - self.pos:  # checked first: nothing is ever allocated by a claimed size
            raise Malformed(TRUNCATED)
        if desc.name[1:2] in ("L", "["):
            self.spend(count)
            return array, count
        array.values, self.pos = primitives(desc.name, self.data, self.pos, count)
        if isinstance(array.values, list):
            self.spend(count)
        return array, 0

    def _other(self, code: int) -> Raw:
        """The rarer types of content."""
        if code == TC_ENUM:
            return self._constant()
        if code == TC_LONGSTRING:
            return self._long_string()
        if code == TC_CLASS:
            node = ClassObject(descriptors.read(self))
            self.handles.append(node)
            return node
        if code in (TC_CLASSDESC, TC_PROXYCLASSDESC):
            self.pos -= 1
            return descriptors.read(self)
        if code == TC_EXCEPTION:
            raise self._aborted()
        if code == TC_RESET:
            raise Malformed("a reset inside an object")
        raise Malformed(f"no such type of content: 0x{code:02x}")

    def _constant(self) -> Constant:
        constant = Constant(descriptors.read(self))
        self.handles.append(constant)
        constant.name = self._name()
        return constant

    def _name(self) -> str:
        """The name of a constant, a string of its own or one that was there before."""
        (name,) = self.nested(1)
        if not isinstance(name, str):
            raise Malformed("no name where one belongs")
        return name

    def _long_string(self) -> str:
        start = self.pos + 8
        length = _long(self.data, self.pos)[0]
        if not 0 <= length <= len(self.data) - start:
            raise Malformed(TRUNCATED)
        self.pos = start + length
        text = utf.decode(self.data[start : self.pos])
        self.handles.append(text)
        return text

    def _aborted(self) -> Malformed:
        """Why the writer gave up in the middle (specification, section 6.4, TC_EXCEPTION)."""
        self.handles.clear()
        (failure,) = self.nested(1)
        if not isinstance(failure, Instance):
            return Malformed("the writer failed")
        message = failure.values[failure.desc.index["detailMessage"]] if "detailMessage" in failure.desc.index else None
        return Malformed(f"the writer failed: {failure.desc.name[:200]}: {str(message)[:200]}")
