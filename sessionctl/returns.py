"""What is to become of each recorded session: judged by what the record says, and by the clock, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sessionctl.app import App
from sessionctl.archives import Damaged, Line
from sessionctl.codecs import encode
from sessionctl.errors import SessionctlError
from sessionctl.layouts import LAYOUTS, indexed, reads, recognise
from sessionctl.layouts.base import Stored
from sessionctl.layouts.keys import Keys
from sessionctl.model import State, Undecodable
from sessionctl.plan import JavaString, Outcome, Result
from sessionctl.records.read import Record
from sessionctl.records.replay import Command, replay
from sessionctl.restoring import Found, Restoration
from sessionctl.topologies.base import Request
from sessionctl.wire import ReplyError, pack
from sessionctl.words import encoded

NO_RAW = "it was exported without its raw bytes"
NO_DEADLINE = "a required field is missing, so its deadline isn't known, and no other layout can keep it"

_OVER = {State.DELETED: "it had ended before it was recorded", State.EXPIRED: "its deadline has passed"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How sessions are to come back: in which namespace and layout (None: the recorded ones), and whether instead of those there are."""

    namespace: str | None = None
    layout: str | None = None
    replace: bool = False


@dataclass(slots=True)
class Return:
    """A session on its way back: its hash, and the commands that follow it. `note` is what is odd about it.

    What becomes known on the way: what was `found` at its key, what failed, and of a predecessor what has to go (the words of commands, and
    the fields and values that it had) and whether it `differs` in its layout.
    """

    id: str
    keys: Keys
    restoration: Restoration
    commands: Sequence[Command]
    detail: Mapping[str, object]
    note: str | None = None
    found: Found | ReplyError | None = None
    failure: SessionctlError | None = None
    removals: Sequence[Command] = ()
    former: Sequence[bytes] = ()
    differs: bool = False

    @property
    def written(self) -> bool:
        """Whether the session is back, and wasn't before."""
        return self.found is Found.NOTHING or (self.found is Found.SAME and self.differs)

    @property
    def following(self) -> Sequence[Command]:
        """What follows now that the hash was dealt with. One that was there already may lack companions: an import was interrupted."""
        if self.written:
            return (*self.removals, *self.commands) if self.removals else self.commands
        return self.commands if self.found is Found.SAME else ()


class Returns:
    """Judges records for one run."""

    def __init__(self, app: App, wishes: Wishes) -> None:
        self.app = app
        self.wishes = wishes
        self._members: dict[str, bytes | None] = {}

    def judge(self, line: Line, now: int) -> Return | Result:
        """A session's way back, or why there is none; `now` in milliseconds since the epoch."""
        number, record = line
        if isinstance(record, Damaged):
            return Result("", Outcome.REFUSED, record.reason, {"line": number})
        keys = _keys(self.wishes.namespace or record.namespace)
        layout = self.wishes.layout or _layout(record)
        detail = {"line": number, "namespace": keys.namespace, "layout": layout}
        if record.hash is None:
            return Result(record.id, Outcome.REFUSED, NO_RAW, detail)
        if gone := _gone(record, now):
            return Result(record.id, Outcome.GONE, gone, detail)
        try:
            end, commands, note = self._plan(record, record.hash, keys, layout, now)
        except ValueError as error:
            return Result(record.id, Outcome.REFUSED, str(error), detail)
        restoration = Restoration(keys.session(record.id), record.hash, end, self.wishes.replace)
        return Return(record.id, keys, restoration, commands, detail, note)

    def _plan(
        self, record: Record, hash: Mapping[str, bytes], keys: Keys, layout: str, now: int
    ) -> tuple[int | None, Sequence[Command], str | None]:
        """When the hash is to go, its companions, and what is odd. Raises ValueError where it can't come back so."""
        converted = layout != _layout(record)
        if record.beside is not None and not converted:
            return record.end, replay(record, keys, now), None
        state = record.state(now)
        if converted and state == State.PARTIAL:
            raise ValueError(NO_DEADLINE)
        principal = self._principal(hash) if LAYOUTS[layout].GRACE else None
        session = Stored(
            record.id,
            layout,
            state,
            record.accessed,
            record.max_inactive,
            record.ttl,
            principal if isinstance(principal, str) else None,
            sorted_member=self._sorted_member(record, keys) if layout == indexed.NAME else None,
        )
        commands = [tuple(encoded(write.words, hash)) for write in LAYOUTS[layout].restore(keys, session, now)]
        grace = LAYOUTS[layout].GRACE
        end = record.end if not converted else None if session.deadline is None else session.deadline + grace
        return end, commands, "its principal can't be read, so no index has it" if isinstance(principal, Undecodable) else None

    def _principal(self, hash: Mapping[str, bytes]) -> str | Undecodable | None:
        raw = next((value for name in reads.PRINCIPAL if (value := hash.get(name))), None)
        return self.app.scope.principal_name(raw) if raw else None

    def _sorted_member(self, record: Record, keys: Keys) -> bytes | None:
        """How the application's sorted set of deadlines would spell the session, where there is such a set."""
        if keys.namespace not in self._members:
            request = Request(keys.expirations, pack(b"ZRANGE", keys.expirations, b"0", b"0"))
            [reply] = self.app.twin.execute([request], idempotent=True)
            self._members[keys.namespace] = reply[0] if isinstance(reply, list) and reply else None
        like = self._members[keys.namespace]
        return None if like is None else encode(JavaString(record.id), like)


@lru_cache(maxsize=64)
def _keys(namespace: str) -> Keys:
    """The same object for all: what is made a million times needn't be made."""
    return Keys(namespace)


def _gone(record: Record, now: int) -> str | None:
    """Why there is nothing left of a session to bring back."""
    state = record.state(now)
    if state is not State.ACTIVE and state in _OVER:
        return _OVER[state]
    return "Redis would have removed it by now" if record.end is not None and record.end <= now else None


def _layout(record: Record) -> str:
    """The recorded layout, or what the TTL tells of it."""
    if record.layout is not None:
        return record.layout
    beyond = None if record.end is None or record.deadline is None else record.end - record.deadline
    return recognise(expires=False, back_references=False, bucket=False, deleted=False, logged_in=False, beyond=beyond, usual=None)
