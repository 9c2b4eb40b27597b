"""Reads one stream with every variable part tagged, and works out which parts a result depends on."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sessionctl.codecs.jdk.kinds import kind_of
from sessionctl.codecs.jdk.natural import value_of
from sessionctl.codecs.jdk.nodes import FORMATS, Instance, Raw, Step
from sessionctl.codecs.jdk.protocol import TC_BLOCKDATA, Malformed
from sessionctl.codecs.jdk.reader import Reader
from sessionctl.codecs.jdk.tagged import Slot, TaggedText, tag
from sessionctl.model import Value

_WHOLE_NUMBERS = "BSIJ"
_DATES = frozenset({"java.util.Date", "java.sql.Date", "java.sql.Time", "java.sql.Timestamp"})


class Learner:
    """Listens to the reader and to the conversion. `slots` are the variable parts, of which some may have been looked at."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.slots: list[Slot] = []
        self._steps: dict[Instance, list[int]] = {}
        self._blocks: dict[Instance, list[tuple[int, int]]] = {}
        self._block_slots: dict[Instance, Slot] = {}
        self._fields: dict[Instance, list[Slot | None]] = {}

    def value(self) -> Value:
        """The tree of the only object in the stream. Raises `Malformed`."""
        contents = Reader(self.raw, self).contents()
        if len(contents) != 1:
            raise Malformed("not one object")
        return value_of(contents[0], kind_of, self)

    def string(self, text: str, start: int, end: int) -> str:
        slot = Slot(start - 2, end, "s")
        self.slots.append(slot)
        tagged = TaggedText(text)
        tagged.slots, tagged.form = (slot,), "s"
        return tagged

    def step(self, node: Instance, step: Step, at: int) -> None:
        self._steps.setdefault(node, []).append(at)

    def block(self, node: Instance | None, start: int, end: int) -> None:
        if node is not None:
            self._blocks.setdefault(node, []).append((start, end))

    def leaf(self, node: Instance, value: Value) -> Value:
        slots = tuple(slot for slot in (*self._primitives(node), self._block(node)) if slot is not None)
        digits = len(slots) == 1 and isinstance(value, int) and slots[0].form in _WHOLE_NUMBERS
        time = len(slots) == 1 and isinstance(value, str) and slots[0].form == "t"
        tagged: Value = tag(value, slots, slots[0].form if digits or time else "")
        return tagged

    def fields(self, node: Instance, values: Sequence[Raw]) -> Sequence[Raw]:
        primitives = self._primitives(node)
        tagged = [
            value if slot is None else tag(value, (slot,), slot.form if slot.form in _WHOLE_NUMBERS else "")
            for value, slot in zip(values, primitives, strict=False)
        ]
        return tagged + list(values[len(primitives) :])

    def _primitives(self, node: Instance) -> list[Slot | None]:
        """For each field of `node` its slot; None for objects, and for booleans, which decide too much.

        None at all for a node that is a part of another one (`kinds`): its primitives stay as they are.
        """
        if node not in self._fields:
            self._fields[node] = slots = []
            starts = iter(self._steps.get(node, ()))
            for layer in node.desc.chain() if node in self._steps else ():
                at = next(starts) if layer.own and layer.own[0][0] in FORMATS else 0
                for code, _ in layer.own:
                    width = struct.calcsize(FORMATS[code]) if code in FORMATS else 0
                    slots.append(Slot(at, at + width, code) if code in FORMATS and code != "Z" else None)
                    at += width
            self.slots += [slot for slot in slots if slot is not None]
        return self._fields[node]

    def _block(self, node: Instance) -> Slot | None:
        """The slot of what a date wrote, 8 bytes whatever they are, or java.time; None: other data stays as it is."""
        blocks = self._blocks.get(node, [])
        if len(blocks) != 1:
            return None
        start, end = blocks[0]
        if node not in self._block_slots and self.raw[start - 2 : start] == bytes((TC_BLOCKDATA, (end - start) & 0xFF)):
            dated = node.desc.name in _DATES
            if dated or node.desc.name == "java.time.Ser":
                self._block_slots[node] = slot = Slot(start, end, "") if dated else Slot(start - 1, end, "t")
                self.slots.append(slot)
        return self._block_slots.get(node)
