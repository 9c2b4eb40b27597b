"""A companion key of one session, as it was read: what an import writes again."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from typing import Any, NamedTuple, TypeAlias

from sessionctl.formats.values import quoted
from sessionctl.layouts.keys import raw, text

KINDS = ("string", "set", "zset")
EXPIRES, BUCKET, SORTED, INDEX, BACK = "expires key", "minute bucket", "sorted set of deadlines", "principal index", "back references"
GONE = -2  # PTTL of a key that isn't there

Question: TypeAlias = tuple[str, bytes] | tuple[str, bytes, bytes]
"""Whether there is a companion: its kind, its key, and the member to look for in a set."""


class Beside(NamedTuple):
    """A companion that existed: its key, its type and role as in `layouts.base.Companion`.

    `ttl` in milliseconds (None: none), of keys that only this session has. `members` are the session's own, as they are stored; `score` is
    that of a sorted set, in milliseconds since the epoch.
    """

    key: bytes
    kind: str
    role: str
    ttl: int | None = None
    members: tuple[bytes, ...] = ()
    score: float | None = None

    @property
    def question(self) -> Question:
        """What tells whether it is there."""
        return (self.kind, self.key, *self.members)  # type: ignore[return-value]  # one that is looked for has one member at most

    def held(self, reply: Any) -> Beside | None:
        """The companion with what the reply to its question tells; None where it isn't there."""
        if self.kind == "set":
            return self if reply == 1 else None
        if self.kind == "string":
            return self._replace(ttl=reply if reply >= 0 else None) if isinstance(reply, int) and reply != GONE else None
        return self._replace(score=float(reply)) if isinstance(reply, bytes) else None

    def text(self) -> str:
        """What JSON has of it: the names of the session document's `keys`, and the members."""
        found = f'{{"key":{quoted(text(self.key))},"type":"{self.kind}","role":"{self.role}","ttl":{seconds(self.ttl)}'
        if self.members:
            members = b'","'.join([b2a_base64(member, newline=False) for member in self.members])
            found += f',"members":["{members.decode("ascii")}"]'
        if self.score is not None:
            found += f',"score":{int(self.score) if self.score.is_integer() else self.score}'
        return found + "}"

    @classmethod
    def of(cls, document: Any) -> Beside:
        """The companion that a part of a document tells of. Raises ValueError for anything else."""
        if not isinstance(document, dict):
            raise ValueError("a key is no object")
        get = document.get
        key, kind, role, members, score = get("key"), get("type"), get("role"), get("members", []), get("score")
        if not isinstance(key, str) or kind not in KINDS or not isinstance(role, str):
            raise ValueError("a key has no name, type or role")
        return cls(raw(key), kind, role, milliseconds(get("ttl")), _members(members), None if score is None else float(_number(score)))

    @classmethod
    def several(cls, text: bytes) -> tuple[Beside, ...]:
        """What `of` makes of a list that `text` has written, after its opening bracket; in half the time.

        Raises ValueError for what may be another's.
        """
        if text == b"]":
            return ()
        found: list[Beside] = []
        end = 0
        while not end or end < len(text):
            match = _OURS.match(text, end)
            if match is None:
                raise ValueError
            key, kind, role, whole, thousandths, member, score = match.groups()
            if not key.isascii():
                key.decode()
            ttl = None if whole is None else int(whole + thousandths)
            members = () if member is None else (a2b_base64(member, strict_mode=True),)
            found.append(cls(key, kind.decode(), role.decode(), ttl, members, None if score is None else float(score)))
            end = match.end()
        return tuple(found)


_OURS = re.compile(
    rb'\{"key":"([^"\\\x00-\x1f]*+)","type":"(string|set|zset)","role":"([ -!#-\[\]-~]*+)","ttl":(?:null|(0|[1-9]\d{0,11})\.(\d{3}))'
    rb'(?:,"members":\["([A-Za-z0-9+/=]++)"\])?(?:,"score":(0|[1-9]\d{0,14}))?\}(?:,(?=\{)|\]$)'
)
"""A companion as `Beside.text` writes it, with the comma or bracket that follows it."""


def _members(texts: Any) -> tuple[bytes, ...]:
    """Members as they are stored. Raises ValueError where there is something else than base64."""
    try:
        if isinstance(texts, list):
            return tuple([a2b_base64(text, strict_mode=True) for text in texts])
    except TypeError:
        pass
    raise ValueError("the members of a key are no list of text")


def seconds(milliseconds: int | None) -> str:
    """A TTL as JSON has it."""
    return "null" if milliseconds is None else f"{milliseconds // 1000}.{milliseconds % 1000:03}"


def milliseconds(seconds: Any) -> int | None:
    """A `ttl` of a document, in seconds. Raises ValueError for what is no number of them."""
    return None if seconds is None else round(_number(seconds) * 1000)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return value
