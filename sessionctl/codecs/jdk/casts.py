"""Shapes with their repeating contents filled in: of what varies in a login, only the user, the address and the id differ every time.

The roles of a user, say, are slots of a shape, but there are few sets of them. A cast is the shape for one such set: it has fewer slots to
cut out and to put into an answer, and answers what the shape would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessionctl.codecs.jdk.shapes import Shape

MAX_CASTS = 128
"""How many are kept: the first ones."""

WATCHED = 64
"""Hits of a shape after which it is known what repeats in it."""

FEW = 8
"""Different contents of a slot that still count as repeating."""

WINDOW = 256
"""Bytes right before the first slot of a cast, by which it is found: they tell a set of roles."""


class Casts:
    """The casts of one `Shapes`. `known` has them by what is in the `window` of a stream."""

    def __init__(self) -> None:
        self.known: dict[bytes, list[Shape]] = {}
        self.window = slice(0, 0)
        self._all: list[Shape] = []

    def learn(self, shape: Shape, raw: bytes, found: list[bytes]) -> None:
        """Takes notice of what `shape` found in `raw`, and makes a cast of it as soon as that is worth it."""
        if len(self._all) == MAX_CASTS:
            return
        watch = shape.watch
        if watch is None:
            watch = shape.watch = Watch(found)
        if watch.left:
            watch.see(found)
        elif len(watch.varying) < len(found):
            self._keep(shape.cast(raw, found, watch.varying))

    def _keep(self, cast: Shape) -> None:
        self._all.append(cast)
        end = min(len(known.beginning) for known in self._all)
        self.window = slice(max(0, end - WINDOW), end)
        self.known = {}
        for known in self._all:
            self.known.setdefault(known.beginning[self.window], []).append(known)


class Watch:
    """Which slots of a shape vary, found out by the first hits."""

    def __init__(self, found: Sequence[bytes]) -> None:
        self.left = WATCHED
        self.varying: list[int] = []
        self._contents: list[set[bytes]] = [set() for _ in found]

    def see(self, found: Sequence[bytes]) -> None:
        self.left -= 1
        for contents, seen in zip(found, self._contents, strict=True):
            seen.add(contents)
        if not self.left:
            self.varying = [at for at, seen in enumerate(self._contents) if len(seen) > FEW]
            self._contents.clear()
