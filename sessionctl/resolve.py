"""What a person types for a session (an id, the start of one, a Redis key, a browser's cookie) and which session that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sessionctl.app import App
from sessionctl.chunks import chunks
from sessionctl.cookies import candidates
from sessionctl.errors import NotFound, UsageProblem
from sessionctl.model import SessionId
from sessionctl.report import Need

CANDIDATES = 10  # how many sessions an ambiguous prefix lists
AT_ONCE = 100  # words that are looked up together
WHOLE = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # an id as Spring Session makes it: no other id begins so


def resolve(app: App, typed: str) -> SessionId:
    """The session that `typed` names. Raises NotFound, and UsageProblem where a prefix fits several."""
    [found] = _lookup(app, [typed])
    if isinstance(found, NotFound):
        raise found
    return found


def resolve_all(app: App, typed: Iterable[str], *, literally: bool = False) -> Iterator[SessionId | NotFound]:
    """Each session in turn, once; one that isn't there is an answer, not the end. ``-`` reads more from standard input.

    `literally`: what fits no session is the id of one that is gone already, of which something may be left.
    """
    met: set[SessionId] = set()
    words = (word for one in typed for word in (app.terminal.read_ids() if one == "-" else (one,)))
    for chunk in chunks(words, AT_ONCE):
        for word, found in zip(chunk, _lookup(app, chunk), strict=True):
            if isinstance(found, NotFound) and literally and (literal := candidates(word, app.store.keys)[0]):
                found = literal
            if isinstance(found, NotFound):
                yield found
            elif found not in met:
                met.add(found)
                yield found


def _lookup(app: App, words: Sequence[str]) -> list[SessionId | NotFound]:
    guesses = [candidates(word, app.store.keys) for word in words]
    there = app.store.existing([guess for several in guesses for guess in several])
    found = [[guess for guess in several if guess in there] for several in guesses]
    return [exact[0] if exact else _by_prefix(app, word, all[0]) for word, all, exact in zip(words, guesses, found, strict=True)]


def _by_prefix(app: App, typed: str, prefix: str) -> SessionId | NotFound:
    """The one session whose id begins so. Raises UsageProblem where there are several."""
    searched = prefix and not WHOLE.fullmatch(prefix)
    fitting = list(islice(_beginning_with(app, prefix), CANDIDATES + 1)) if searched else []
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise UsageProblem(_ambiguous(typed, app.brief(fitting)), "type more of the id")
    return NotFound(f"there is no session {_safe(typed)} in namespace {app.namespace}", _advice(app, prefix))


def _beginning_with(app: App, prefix: str) -> Iterator[SessionId]:
    for batch in app.store.scan(Need(), app.scope, prefix):
        yield from batch.ids


def _ambiguous(typed: str, fitting: list[str]) -> str:
    listed = ", ".join(sorted(fitting)[:CANDIDATES]) + (", …" if len(fitting) > CANDIDATES else "")
    many = f"more than {CANDIDATES}" if len(fitting) > CANDIDATES else str(len(fitting))
    return f"{_safe(typed)} fits {many} sessions: {listed}"


def _advice(app: App, guess: SessionId) -> str:
    key = app.store.keys.expires(guess)
    if app.store.call(key, b"TYPE", key) != b"none":
        return f"its expires key is still there: the hash was removed without its companions; sessionctl delete {guess} cleans up"
    return "sessionctl ls lists the sessions; sessionctl namespaces tells in which namespaces there are any"


def _safe(typed: str) -> str:
    """What was typed, shortened: it may be somebody's cookie."""
    return repr(typed if len(typed) <= 60 else typed[:57] + "…")
