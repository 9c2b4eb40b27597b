"""The same part out of very many streams, quickly: who is logged in, for a million sessions.

The values of one application differ only in the contents of strings and primitives. A shape is learnt from one value that
was decoded in full: the bytes that stay the same, and the slots between them whose contents may vary. Every type code,
handle and class descriptor lies in the constant bytes, and so does whatever the extractor looked at, a map's key for
instance (`tagged`): a stream that matches would have been read, and looked at, in the same way.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from sessionctl.codecs.jdk import utf
from sessionctl.codecs.jdk.casts import Casts, Watch
from sessionctl.codecs.jdk.decoding import decode
from sessionctl.codecs.jdk.learning import Learner
from sessionctl.codecs.jdk.natural import Unexpected
from sessionctl.codecs.jdk.nodes import FORMATS
from sessionctl.codecs.jdk.protocol import MAX_BYTES, Malformed
from sessionctl.codecs.jdk.tagged import Slot, Tagged
from sessionctl.codecs.jdk.temporal import java_time
from sessionctl.model import Undecodable, Value

T = TypeVar("T")

MAX_SHAPES = 32
"""How many shapes are kept; the one that served least goes first."""

MAX_CREDIT = 4096
HIT_EARNS = 8
LEARNING_COSTS = 64
"""Trying a shape in vain costs 1, decoding in full earns 1: streams that never match can't make this much slower than the reader."""

REMEMBERED = 64
"""Contents of one slot whose text is kept."""

LONGEST_REMEMBERED = 256
"""Bytes of such contents: what is longer seldom comes again."""

WINDOW = 128
"""Bytes right before the first slot, by which the candidates are found: how many roles a user has is told there, for instance."""


class Shapes(Generic[T]):
    """Answers ``extract(decode(raw).value)``, and remembers the shapes of the streams. `extract` must be a pure function.

    `alone`: a stream of several objects has no answer.
    """

    def __init__(self, extract: Callable[[Value], T], *, alone: bool = False) -> None:
        self.extract = extract
        self.alone = alone
        self._shapes: list[Shape] = []
        self._candidates: dict[bytes, list[Shape]] = {}
        self._window = slice(0, 0)
        self._credit = MAX_CREDIT // 2
        self._booked = 0  # hits that have earned already
        self._casts = Casts()

    def lookup(self, raw: bytes) -> T | Undecodable:
        """What `extract` answers for the value of `raw`; `Undecodable` if there is none."""
        casts = self._casts
        for cast in casts.known.get(raw[casts.window], ()):
            found = cast.match(raw)
            if found is not None:
                return cast.answer(found)  # type: ignore[no-any-return]
        return self._general(raw)

    def _general(self, raw: bytes) -> T | Undecodable:
        shapes = self._candidates.get(raw[self._window])
        if shapes is not None:  # most are of the shape that matched most
            shape = shapes[0]
            found = shape.match(raw)
            if found is not None:
                shape.hits += 1
                self._casts.learn(shape, raw, found)
                return shape.answer(found)  # type: ignore[no-any-return]
        return self._search(raw, shapes or [])

    def _search(self, raw: bytes, shapes: list[Shape]) -> T | Undecodable:
        """Tries the other candidates, as far as the credit goes, and reads `raw` in full where none fits."""
        if self._credit < MAX_CREDIT // 2:
            self._collect()
        for at in range(1, min(len(shapes), self._credit)):
            shape = shapes[at]
            found = shape.match(raw)
            if found is not None:
                shape.hits += 1
                if shape.hits > shapes[at - 1].hits:
                    shapes[at], shapes[at - 1] = shapes[at - 1], shape
                self._credit = min(self._credit - at, MAX_CREDIT)
                self._casts.learn(shape, raw, found)
                return shape.answer(found)  # type: ignore[no-any-return]
        self._credit = min(self._credit - min(len(shapes), self._credit) + 1, MAX_CREDIT)
        return self._decode(raw)

    def _collect(self) -> None:
        """Books what the hits since the last time have earned."""
        hits = sum(shape.hits for shape in self._shapes)
        self._credit = min(self._credit + HIT_EARNS * (hits - self._booked), MAX_CREDIT)
        self._booked = hits

    def _decode(self, raw: bytes) -> T | Undecodable:
        decoded = decode(raw)
        if isinstance(decoded, Undecodable):
            return decoded
        if self.alone and decoded.java_class is None:
            return Undecodable("not one object", raw)
        if self._credit > LEARNING_COSTS:
            self._credit -= LEARNING_COSTS
            shape = learn(raw, self.extract)
            if shape is not None:
                self._remember(shape)
        return self.extract(decoded.value)

    def _remember(self, shape: Shape) -> None:
        """Keeps `shape` instead of the one that served least; all serve half as much from now on, so that old merits fade."""
        for known in self._shapes:
            known.hits //= 2
        best = sorted(self._shapes, key=lambda known: -known.hits)[: MAX_SHAPES - 1]
        self._shapes = [*best, shape]
        self._booked = sum(known.hits for known in self._shapes)
        first_slot = min(len(known.beginning) for known in self._shapes)
        self._window = slice(max(0, first_slot - WINDOW), first_slot)
        self._candidates = {}
        for known in self._shapes:
            self._candidates.setdefault(known.beginning[self._window], []).append(known)


Part: TypeAlias = tuple[bytes, int, int, bool]
"""Constant bytes, how many, and the slot after them: a byte for its length if it is measured (the last), and so many bytes more.

A string's length has two bytes: the higher one belongs to the constant, so that a much longer string makes another shape.
"""


class Shape:
    """The constant bytes of a stream with its slots, and the answer to make of the slots' contents."""

    def __init__(self, raw: bytes, slots: list[Slot], answer: Answer | TextAnswer, order: Sequence[int] | None = None) -> None:
        self.slots = slots
        self.hits = 0  # how often it matched
        self.watch: Watch | None = None  # what repeats in it
        self._answer = answer
        self._order = order or [slot.start for slot in slots]  # the names that the answer has for the slots
        self.answer = _ordered(answer, self._order)
        self._parts, self._end = _parts(raw, slots)
        self._strings_only = all(slot.form == "s" for slot in slots)
        self._filled = [at for at, slot in enumerate(slots) if slot.filled]

    @property
    def beginning(self) -> bytes:
        """The constant bytes before the first slot."""
        return self._parts[0][0] if self._parts else self._end

    def match(self, raw: bytes) -> list[bytes] | None:
        """The contents of the slots in order, after the byte of their length; None if `raw` has another shape."""
        end, found = 0, []
        try:
            for constant, width, size, measured in self._parts:
                start = end + width
                if raw[end:start] != constant:
                    return None
                end = start + size
                if measured:
                    end += raw[start]
                found.append(raw[start:end])
        except IndexError:
            return None
        if end + len(self._end) != len(raw) or raw[end:] != self._end or len(raw) > MAX_BYTES:
            return None
        for at in self._filled:
            if len(found[at]) == 1:
                return None
        return found if (self._strings_only and b"".join(found).isascii()) or self._sound(found) else None

    def cast(self, raw: bytes, found: list[bytes], varying: Sequence[int]) -> Shape:
        """This shape for streams with the same contents as `raw`, where it `found` them, in all slots but the `varying` ones."""
        slots, end = [], 0
        for (_, width, *_), slot, contents in zip(self._parts, self.slots, found, strict=True):
            start = end + width
            end = start + len(contents)
            slots.append(dataclasses.replace(slot, start=start - 1 if slot.form == "s" else start, end=end))
        fixed = {name: contents for at, (name, contents) in enumerate(zip(self._order, found, strict=True)) if at not in varying}
        return Shape(raw, [slots[at] for at in varying], self._answer.given(fixed), [self._order[at] for at in varying])

    def _sound(self, found: list[bytes]) -> bool:
        """Whether each slot could have these contents: a string in modified UTF-8, or a time."""
        try:
            for slot, contents in zip(self.slots, found, strict=True):
                if slot.form == "s" and not contents.isascii():
                    utf.decode(contents[1:])
                elif slot.form == "t":
                    java_time(contents[1:])
        except (Malformed, Unexpected):
            return False
        return True


def _parts(raw: bytes, slots: list[Slot]) -> tuple[list[Part], bytes]:
    """Cut `raw` at its slots."""
    parts: list[Part] = []
    pos = 0
    for slot in slots:
        start, size = slot.start, slot.end - slot.start
        if slot.form == "s":
            start, size = start + 1, 1 + 256 * raw[start]
        elif slot.form == "t":
            size = 1
        parts.append((raw[pos:start], start - pos, size, slot.form in ("s", "t")))
        pos = slot.end
    return parts, raw[pos:]


def learn(raw: bytes, extract: Callable[[Value], Any]) -> Shape | None:
    """The shape of `raw`; None if the answer is more than contents of slots and constants."""
    learner = Learner(raw)
    try:
        found = extract(learner.value())
        answer = _text_answer(found) if isinstance(found, Joined) else _answer(found)
    except (Malformed, Unlearnable):
        return None
    slots = sorted((slot for slot in learner.slots if not slot.looked_at), key=lambda slot: slot.start)
    wanted = {slot.start for slot in answer.slots}
    if len(wanted & {slot.start for slot in slots}) < len(wanted):
        return None
    shape = Shape(raw, slots, answer)
    return shape if _proves(shape, raw, slots, extract) else None


class Unlearnable(Exception):
    """An answer that is more than contents of slots and constants."""


class Answer(NamedTuple):
    """How to make an answer of the contents of `slots`."""

    slots: list[Slot]
    make: Callable[[dict[int, bytes]], Any]

    def given(self, fixed: Mapping[int, bytes]) -> Answer:
        """The same where the contents of some slots are known."""
        rest = [slot for slot in self.slots if slot.start not in fixed]
        return self if len(rest) == len(self.slots) else Answer(rest, lambda found: self.make({**fixed, **found}))


class Joined(tuple[Any, ...]):
    """An answer that is a text: constant pieces, and pairs of a value and the function that makes its piece."""

    def __str__(self) -> str:
        return "".join([piece if type(piece) is str else piece[1](piece[0]) for piece in self])


def _answer(value: Any) -> Answer:
    if isinstance(value, Tagged) and value.form and not value.slots[0].looked_at:
        return _slot_answer(value)
    if isinstance(value, Tagged):
        value.look()
        value = value.plain()
    if value is None or isinstance(value, str | int | float):
        return Answer([], lambda _: value)
    if isinstance(value, tuple):
        inner = [_answer(element) for element in value]
        return Answer([slot for part in inner for slot in part.slots], lambda found: tuple(part.make(found) for part in inner))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind, fields = type(value), _answer(tuple(getattr(value, field.name) for field in dataclasses.fields(value)))
        return Answer(fields.slots, lambda found: kind(*fields.make(found)))
    raise Unlearnable


def _slot_answer(value: Tagged) -> Answer:
    (slot,) = value.slots
    start = slot.start
    if slot.form == "s":
        return Answer([slot], lambda found: utf.decode(found[start][1:]))
    if slot.form == "t":
        return Answer([slot], lambda found: java_time(found[start][1:]))
    read, text = struct.Struct(">" + FORMATS[slot.form]).unpack, isinstance(value, str)
    return Answer([slot], lambda found: str(read(found[start])[0]) if text else read(found[start])[0])


class TextAnswer(NamedTuple):
    """How to make a text: constant pieces, and for each slot its place among them and what makes the piece of its contents."""

    slots: list[Slot]
    pieces: list[str]
    gaps: list[tuple[int, Slot, Callable[[bytes], str]]]

    def given(self, fixed: Mapping[int, bytes]) -> TextAnswer:
        """The same where the contents of some slots are known."""
        pieces, gaps = self.pieces.copy(), []
        for at, slot, make in self.gaps:
            if slot.start in fixed:
                pieces[at] = make(fixed[slot.start])
            else:
                gaps.append((at, slot, make))
        return TextAnswer([slot for _, slot, _ in gaps], pieces, gaps)


def _text_answer(value: Joined) -> TextAnswer:
    pieces: list[str] = []
    gaps: list[tuple[int, Slot, Callable[[bytes], str]]] = []
    for piece in value:
        if type(piece) is str:
            pieces.append(piece)
            continue
        part, finish = _answer(piece[0]), piece[1]
        if part.slots:
            gaps.append((len(pieces), part.slots[0], _finished(part, finish)))
        pieces.append("" if part.slots else finish(part.make({})))
    return TextAnswer([slot for _, slot, _ in gaps], pieces, gaps)


def _finished(part: Answer, finish: Callable[[Any], str]) -> Callable[[bytes], str]:
    """What makes the piece of a slot's contents. Roles, addresses and paths come again and again: the first ones are remembered."""
    (slot,) = part.slots
    known: dict[bytes, str] = {}
    strings = slot.form == "s"

    def make(chunk: bytes) -> str:
        text = known.get(chunk)
        if text is None:
            text = finish(chunk[1:].decode("ascii") if strings and chunk.isascii() else part.make({slot.start: chunk}))
            if len(known) < REMEMBERED and len(chunk) <= LONGEST_REMEMBERED:
                known[chunk] = text
        return text

    return make


def _ordered(answer: Answer | TextAnswer, order: Sequence[int]) -> Callable[[list[bytes]], Any]:
    """`answer` by the contents in the order of the stream, at its quickest for the one string of a name, and for a text."""
    if isinstance(answer, TextAnswer):
        return _filled(answer, order)
    if len(answer.slots) == 1 and answer.slots[0].form == "s" and isinstance(answer.make({answer.slots[0].start: b""}), str):
        at = order.index(answer.slots[0].start)
        return lambda found: found[at][1:].decode("ascii") if found[at].isascii() else utf.decode(found[at][1:])
    return lambda found: answer.make(dict(zip(order, found, strict=True)))


def _filled(answer: TextAnswer, order: Sequence[int]) -> Callable[[list[bytes]], str]:
    """What makes the text: what stands between two gaps is one piece."""
    pieces: list[str] = []
    gaps: list[tuple[int, int, Callable[[bytes], str]]] = []
    last = 0
    for at, slot, make in answer.gaps:
        pieces += ("".join(answer.pieces[last:at]), "")
        gaps.append((len(pieces) - 1, order.index(slot.start), make))
        last = at
    pieces.append("".join(answer.pieces[last:]))

    def fill(found: list[bytes]) -> str:
        whole = pieces.copy()
        for at, place, make in gaps:
            whole[at] = make(found[place])
        return "".join(whole)

    return fill


def _proves(shape: Shape, raw: bytes, slots: list[Slot], extract: Callable[[Value], Any]) -> bool:
    """Whether `shape` also answers rightly for other contents: the check on code that looks at a string unnoticed."""
    pieces = []
    pos = 0
    for at, slot in enumerate(slots):
        pieces += [raw[pos : slot.start], _other_contents(raw[slot.start : slot.end], slot.form, at)]
        pos = slot.end
    variant = b"".join(pieces) + raw[pos:]
    for example in (raw, variant):
        found, decoded = shape.match(example), decode(example)
        if found is None or isinstance(decoded, Undecodable) or shape.answer(found) != extract(decoded.value):
            return False
    return True


def _other_contents(contents: bytes, form: str, at: int) -> bytes:
    if form == "s":
        text = f"slot-{at}".encode().ljust(256 * contents[0], b".")
        return struct.pack(">H", len(text)) + text
    return contents if form == "t" else bytes(byte ^ 0x15 for byte in contents)
