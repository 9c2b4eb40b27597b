"""The words of a plan's commands as Redis gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sessionctl.codecs import encode
from sessionctl.guarded import Step
from sessionctl.layouts.keys import raw
from sessionctl.layouts.members import spellings
from sessionctl.layouts.reads import METADATA
from sessionctl.plan import Change, Keep, Plan, Remove, Spellings, Word

REMOVAL = ((b"UNLINK",),)


def step_of(plan: Plan, full: bool = False) -> Step:
    """The guarded step of a plan's hash. Where Redis is `full`, a hash that is to go does so at once."""
    if isinstance(plan.change, Remove) and (full or plan.change.meanwhile is None):
        return Step(plan.key, plan.guard, REMOVAL)
    return Step(plan.key, plan.guard, [tuple(encoded(words, plan.guard)) for words in _commands(plan.change)])


def removal_of(plan: Plan) -> Step:
    """The guarded removal of a hash that was kept until its companions were clean."""
    kept = meanwhile(plan.change)
    written = {name: encode(value, _like(plan.guard)) for name, value in kept.fields.items()} if kept else {}
    return Step(plan.key, {**plan.guard, **written}, REMOVAL)


def meanwhile(change: Change) -> Keep | None:
    """What a hash is until its companions are clean, if it goes only then."""
    return change.meanwhile if isinstance(change, Remove) else None


def _commands(change: Change) -> list[tuple[Word, ...]]:
    """The commands of a change of the hash, each without its key."""
    change = meanwhile(change) or change
    if isinstance(change, Keep):
        return [*((b"HSET", raw(name), value) for name, value in change.fields.items()), change.expiry]
    return []


def encoded(words: Sequence[Word], hash: Mapping[str, bytes | None]) -> list[bytes]:
    """The words as Redis gets them, values in the encoding of the session with these fields. Raises ValueError where it has none."""
    found: list[bytes] = []
    for word in words:
        if isinstance(word, bytes):
            found.append(word)
        elif isinstance(word, int):
            found.append(b"%d" % word)
        elif isinstance(word, Spellings):
            found.extend(spellings(word.value))
        else:
            found.append(encode(word, _like(hash)))
    return found


def _like(hash: Mapping[str, bytes | None]) -> bytes:
    """A value that the application wrote: its maxInactiveInterval, or what there is instead."""
    return next((value for name in reversed(METADATA) if (value := hash.get(name))), b"")
