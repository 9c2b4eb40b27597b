"""What a person types for a session (an id, the start of one, a Redis key, a browser's cookie) and which session that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sessionctl.app import App
from sessionctl.cookies import candidates
from sessionctl.errors import NotFound, UsageProblem
from sessionctl.model import SessionId
from sessionctl.report import Need

CANDIDATES = 10  # how many sessions an ambiguous prefix lists


def resolve(app: App, typed: str) -> SessionId:
    """The session that `typed` names. Raises NotFound, and UsageProblem where a prefix fits several."""
    guesses = candidates(typed, app.store.keys)
    for guess in guesses:
        if app.store.exists(guess):
            return guess
    if guesses[0]:
        fitting = list(islice(_beginning_with(app, guesses[0]), CANDIDATES + 1))
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise UsageProblem(_ambiguous(typed, app.brief(fitting)), "type more of the id")
    raise NotFound(f"there is no session {_safe(typed)} in namespace {app.namespace}", _advice(app, guesses[0]))


def resolve_all(app: App, typed: Iterable[str]) -> Iterator[SessionId | NotFound]:
    """Each session in turn, once; one that isn't there is an answer, not the end. ``-`` reads more from standard input."""
    met: set[SessionId] = set()
    for word in typed:
        for one in app.terminal.read_ids() if word == "-" else (word,):
            try:
                found = resolve(app, one)
            except NotFound as error:
                yield error
                continue
            if found not in met:
                met.add(found)
                yield found


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
        return "its expires key is still there: the hash was removed without its companions"
    return "sessionctl ls lists the sessions; sessionctl namespaces tells in which namespaces there are any"


def _safe(typed: str) -> str:
    """What was typed, shortened: it may be somebody's cookie."""
    return repr(typed if len(typed) <= 60 else typed[:57] + "…")
