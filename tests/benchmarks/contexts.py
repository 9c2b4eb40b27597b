"""Security contexts as applications write them: real ones, cut into templates, filled with other users, addresses and authorities.

The number of authorities changes the structure of a context (lengths, later object handles), so each number is a template of its own.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import loads
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent.parent / "data"
LIST_SIZE = b"I\0\4sizexp\0\0\0\1w\4\0\0\0\1"
"""The ArrayList of the token: its field ``size``, and the capacity that ArrayList.writeObject puts before the elements."""
FIRST_ROLE_HANDLE, AUTHORITY_CLASS_HANDLE = 0x10, 0x0E
ROLES = (
    *("ROLE_USER", "ROLE_ADMIN", "ROLE_EDITOR", "ROLE_AUDITOR", "ROLE_SUPPORT", "ROLE_BILLING", "ROLE_REPORTING"),
    *("SCOPE_read", "SCOPE_write", "orders:read", "orders:write", "tenant:manage"),
)


def java_string(text: bytes) -> bytes:
    """A string as ObjectOutputStream writes it (TC_STRING, length, bytes)."""
    return b"t" + len(text).to_bytes(2, "big") + text


@dataclass(frozen=True, slots=True)
class Template:
    """A stored value with gaps; `gaps[n]` comes after `pieces[n]`."""

    pieces: tuple[bytes, ...]
    gaps: tuple[str, ...]

    @classmethod
    def cut(cls, raw: bytes, **gaps: bytes) -> Template:
        """Cuts out the given parts, which must follow each other in `raw` in this order."""
        pieces = []
        for part in gaps.values():
            piece, found, raw = raw.partition(part)
            assert found, part
            pieces.append(piece)
        return cls((*pieces, raw), tuple(gaps))

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        parts = [self.pieces[0]]
        for gap, piece in zip(self.gaps, self.pieces[1:], strict=True):
            parts += (values[gap], piece)
        return b"".join(parts)


def with_roles(raw: bytes, roles: Sequence[str]) -> bytes:
    """The context of a form login (one authority, ROLE_USER) with other authorities: in the token's list and, sorted, in the user's set."""
    count = len(roles).to_bytes(4, "big")
    names = [java_string(role.encode()) for role in sorted(roles)]
    more = b"".join(b"sq\0~\0" + bytes([AUTHORITY_CLASS_HANDLE]) + name for name in names[1:])
    references = b"".join(b"q\0~\0" + bytes([FIRST_ROLE_HANDLE + 2 * number]) for number in range(len(names)))
    one = b"w\4\0\0\0\1q\0~\0" + bytes([FIRST_ROLE_HANDLE])
    last_before = FIRST_ROLE_HANDLE + 1  # an authority takes two handles: the object and its string
    assert all(handle[-1] <= last_before for handle in re.findall(rb"q\0~\0.", raw, re.DOTALL)), "a later handle would have to move"
    for old, new in (
        (LIST_SIZE, LIST_SIZE.replace(b"\0\0\0\1", count)),
        (java_string(b"ROLE_USER"), names[0] + more),
        (one, b"w\4" + count + references),
    ):
        assert raw.count(old) == 1, old
        raw = raw.replace(old, new)
    return raw


def form_logins(random: Random, role_sets: int = 40) -> list[Template]:
    """A UserDetails principal with one to six authorities; few users have many."""
    raw = (DATA / "samples" / "securitycontext-upat-user-620.bin").read_bytes()
    counts = random.choices(range(1, 7), (30, 30, 18, 12, 6, 4), k=role_sets)
    counts[:6] = range(1, 7)
    address, session = java_string(b"10.0.0.7"), java_string(b"5f2f5a3e-7b7c-4a0e-9e55-0d4a9b0d3c11")
    return [
        Template.cut(with_roles(raw, random.sample(ROLES, count)), address=address, session=session, user=java_string(b"alice"))
        for count in counts
    ]


def string_principal() -> Template:
    """A token whose principal is a plain string."""
    raw = (DATA / "samples" / "securitycontext-upat-string-620.bin").read_bytes()
    return Template.cut(raw, user=java_string(b"bob"))


def oauth2_login() -> Template:
    """An OAuth 2 login: the user's name is an attribute of a DefaultOAuth2User."""
    return Template.cut(captured("zoe", "sessionAttr:SPRING_SECURITY_CONTEXT"), user=java_string(b"zoe"))


def saved_request() -> bytes:
    """What the session of a browser holds that was sent to the login page and never logged in."""
    return captured(None, "sessionAttr:SPRING_SECURITY_SAVED_REQUEST")


def captured(user: str | None, field: str) -> bytes:
    """A field of the session of `user` in the captured application (Spring Boot 3.5, simple layout, JDK values)."""
    document: dict[str, Any] = loads((DATA / "captured" / "boot35-simple-jdk.json").read_text(encoding="utf-8"))
    ids = {session["id"] for session in document["sessions"] if session["user"] == user}
    for key in document["keys"]:
        if key["key"].rpartition(":")[2] in ids and field in key["value"]:
            return b64decode(key["value"][field])
    raise LookupError(f"no session of {user} with {field}")
