"""Who is logged in, read out of raw attribute values: quickly by learnt shapes for a listing, in full for one session."""

from __future__ import annotations

from dataclasses import replace

from sessionctl.codecs import codec_for
from sessionctl.codecs.jdk.protocol import HEADER
from sessionctl.model import Principal, Undecodable
from sessionctl.security import principal, principal_name


class Identities:
    """Reads principals for one run; what it learns of the application's contexts makes the next ones cheap."""

    def __init__(self) -> None:
        from sessionctl.codecs.jdk.shapes import Shapes

        self._lookup = Shapes(_name_in).lookup

    def name(self, raw: bytes) -> str | Undecodable | None:
        """The principal's name in an explicit name attribute or a security context; None: nobody."""
        if raw.startswith(HEADER):
            return self._lookup(raw)
        decoded = codec_for(raw).decode(raw)
        return decoded if isinstance(decoded, Undecodable) else _name_in(decoded.value)


def _name_in(value: object) -> str | None:
    return value if isinstance(value, str) else principal_name(value)  # type: ignore[arg-type]


def whole(raw: bytes) -> Principal | Undecodable | None:
    """Everything a context tells about who is logged in."""
    decoded = codec_for(raw).decode(raw)
    if isinstance(decoded, Undecodable):
        return decoded
    return Principal(decoded.value) if isinstance(decoded.value, str) else principal(decoded.value)


def renamed(who: Principal | Undecodable | None, name: str) -> Principal:
    """`who` under the explicit name that the application gave the session."""
    return replace(who, name=name) if isinstance(who, Principal) else Principal(name)
