"""What a record may show to others: secrets masked, and each id as a hash that is the same in every export, but tells nothing."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence

from sessionctl import fields
from sessionctl.batch import Batch
from sessionctl.formats.values import quoted
from sessionctl.layouts.keys import raw
from sessionctl.model import SessionId
from sessionctl.records import write
from sessionctl.records.beside import Beside
from sessionctl.report import Field, Kind, Need

_LOGIN_ID = re.compile(r'(?<="sessionId":")(?:[^"\\]|\\.)+(?=")')
"""Where a security context has the id that the session had at its login (WebAuthenticationDetails)."""

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[^"]+')
"""A text or what stands between two texts of a document."""

_SHORTEST = 16
"""Ids with fewer characters are no secrets, and may be words of the document."""

_LETTERS = re.compile("[^0-9.eE+-]")
"""What no number has."""


def hashed(id: SessionId) -> str:
    """A session's id made harmless: 128 bits of its SHA-256, of which there is no way back to a random id."""
    return "redacted-" + hashlib.sha256(b"sessionctl:" + raw(id)).hexdigest()[:32]


def _ids(batch: Batch) -> Sequence[str]:
    return list(map(hashed, batch.ids))


def without_ids(text: str, id: SessionId) -> str:
    """The JSON `text` of a session's attributes without its id, also as its cookie has it, and without the one that it had at its login."""
    if len(id) >= _SHORTEST:
        text = text.replace(b64encode(raw(id)).decode("ascii").rstrip("="), hashed(id))
        shown = quoted(id)[1:-1]
        text = text.replace(shown, hashed(id)) if _LETTERS.search(shown) else _without_number(text, shown, hashed(id))
    return _LOGIN_ID.sub(lambda login: hashed(login[0]), text)


def _without_number(text: str, number: str, instead: str) -> str:
    """`text` without a number, whether it stands in a text or by itself: what then stands there is a text."""
    if number not in text:
        return text
    alone = re.compile(rf"[\d.eE+-]*{re.escape(number)}[\d.eE+-]*")
    pieces = _PIECE.findall(text)
    return "".join([piece.replace(number, instead) if piece[0] == '"' else alone.sub(f'"{instead}"', piece) for piece in pieces])


def _keys(batch: Batch) -> Sequence[str]:
    columns = zip(batch.raw[write.BESIDE], batch.ids, strict=True)
    return [f"[{','.join([_key(one, id).text() for one in several])}]" for several, id in columns]


def _key(one: Beside, id: SessionId) -> Beside:
    """A companion without its members, which are ids, and without the id in its name."""
    key = one.key
    for ending in (raw(f":{id}"), raw(f":{id}:idx")):
        if key.endswith(ending):
            key = key[: -len(ending)] + ending.replace(raw(id), raw(hashed(id)))
    return one._replace(key=key, members=())


def _redacted(batch: Batch) -> Sequence[bool]:
    return [True] * len(batch)


ID = Field("id", "ID", Kind.ID, fields.ID.description, Need(), _ids)
KEYS = Field("keys", "KEYS", Kind.DOCUMENT, write.KEYS.description, write.KEYS.need, _keys)
REDACTED = Field("redacted", "REDACTED", Kind.FLAG, "no import takes it", Need(), _redacted)
