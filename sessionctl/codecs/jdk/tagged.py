"""Values that know where in a stream they came from, and notice when somebody looks at them.

Passing such a value on is not looking; comparing, hashing, measuring or printing it is. Code written in C that takes a
string's characters without asking (``str.join``, ``re``) goes unnoticed: what learns from these values checks its result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(eq=False, slots=True)
class Slot:
    """A part of a stream whose contents vary: `start` to `end`, and how it is read.

    `form` is a code of `struct`, ``s`` for a string (its length in two bytes included), or ``t`` for what java.time.Ser wrote
    (its length in one byte included).
    """

    start: int
    end: int
    form: str
    looked_at: bool = False
    filled: bool = False  # somebody asked whether the string is empty, and it was not


class Tagged:
    """A value made from the contents of `slots`. `form` is given if it is just what the only slot holds, or its digits."""

    slots: tuple[Slot, ...]
    form: str

    def look(self) -> None:
        """Note that the contents mattered."""
        for slot in self.slots:
            slot.looked_at = True

    def plain(self) -> Any:
        """The value itself."""
        return next(base for base in _KINDS if isinstance(self, base))(self)


_T = TypeVar("_T", bound=type)

_LOOKS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__repr__", "__str__", "__format__"})
_UNNOTICED = (frozenset(vars(object)) - _LOOKS) | {"__getnewargs__", "__getformat__"}


def _noticing(base: type) -> Callable[[_T], _T]:
    """Let each method of `base` note that it was called."""

    def noticed(name: str) -> Callable[..., Any]:
        original = getattr(base, name)

        def method(self: Tagged, *args: Any, **kwargs: Any) -> Any:
            for looked in (self, *args, *kwargs.values()):
                if isinstance(looked, Tagged):
                    looked.look()
            return original(self, *args, **kwargs)

        return method

    def decorate(cls: _T) -> _T:
        for name in dir(base):
            if name not in _UNNOTICED and name not in vars(cls) and callable(getattr(base, name)):
                setattr(cls, name, noticed(name))
        return cls

    return decorate


@_noticing(str)
class TaggedText(Tagged, str):
    """A str. Whether it is empty is asked often, and noted apart: that is true of most contents."""

    def __bool__(self) -> bool:
        filled = str.__len__(self) > 0
        if self.form == "s" and filled:
            self.slots[0].filled = True
        elif self.form != "t":  # a time's text is never empty
            self.look()
        return filled

    def __radd__(self, other: str) -> str:
        return other + str(self)


@_noticing(float)
class TaggedFloat(Tagged, float):
    """A float."""


@_noticing(int)
class TaggedInt(Tagged, int):
    """An int; its digits are tagged too, because a user's name may be a number."""

    def __str__(self) -> str:
        if not self.form:
            self.look()
            return int.__repr__(self)
        digits: str = tag(int.__repr__(self), self.slots, self.form)
        return digits


def tag(value: Any, slots: tuple[Slot, ...], form: str = "") -> Any:
    """`value` tagged; as it is, after a look, if its type can't be. A bool is never tagged."""
    kind = _KINDS.get(type(value))
    if kind is None:
        for slot in slots:
            slot.looked_at = True
        return value
    tagged = kind(value)
    tagged.slots, tagged.form = slots, form
    return tagged


_KINDS: dict[type, Callable[[Any], Any]] = {str: TaggedText, int: TaggedInt, float: TaggedFloat}
