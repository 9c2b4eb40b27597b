"""From what a browser or a person holds to session ids: DefaultCookieSerializer, CookieWebSessionIdResolver, and 1.x's several sessions."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from sessionctl.layouts.keys import Keys, text
from sessionctl.model import SessionId


def candidates(typed: str, keys: Keys) -> list[SessionId]:
    """Session ids that `typed` may stand for, the likeliest first; never empty.

    A Redis key of the session or of one of its companions; the value of the cookie, in base64 (the servlet's default since 2.0) or not,
    with or without a ``.jvmRoute``, by itself or in a header as the browser shows it; the id itself.
    """
    word = typed.strip()
    found = [_from_key(word, keys) or word.strip('"')]
    for part in (word, *_values(word)):
        bare = part.strip('"')
        for value in (bare, unquote(bare)):
            decoded = _base64(value)
            for one in (value, decoded):
                if one:
                    found += [one, *_several(one), *_without_route(one)]
    return list(dict.fromkeys(found))


def _values(word: str) -> list[str]:
    """The values of the cookies in a header: ``Cookie: theme=dark; SESSION=…``, ``SESSION=…; Path=/; HttpOnly``."""
    return [value for part in word.split(";", 50) if (value := part.partition("=")[2].strip())]


def _from_key(word: str, keys: Keys) -> SessionId | None:
    prefix = text(keys.prefix)
    if not word.startswith(prefix):
        return None
    return word[len(prefix) :].removeprefix("expires:").removesuffix(":idx")


def _base64(value: str) -> str | None:
    """The text that `value` encodes, padded or not; None unless it is printable."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return decoded if decoded and decoded.isprintable() else None


def _without_route(value: str) -> list[SessionId]:
    id, dot, _ = value.rpartition(".")
    return [id] if dot and id else []


def _several(value: str) -> list[SessionId]:
    """Spring Session 1.x: ``0 <id> <alias> <id>``."""
    words = value.split(" ")
    return words[1::2] if len(words) > 1 and len(words) % 2 == 0 else []
