"""How sessions leave: their expires keys go, and the applications hear of it, once each, on every node.

Spring listens on ordinary channels, and Redis's keyspace events are ordinary messages. So the key goes without an event under its own name
(RENAME, then UNLINK), and the message is published here: PUBLISH reaches every node of a Cluster, keyspace events only the listeners of
one, and none where they are switched off (facts 2.2 b2). Both happen in one script, so nobody dies between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sessionctl.layouts.keys import Keys, raw
from sessionctl.plan import Event, Farewell
from sessionctl.replies import code
from sessionctl.scripts import FAILED, Script, no_scripts, repeat_unknown
from sessionctl.topologies.base import Request, Topology
from sessionctl.topologies.cluster import slot_of, tag_of
from sessionctl.wire import ReplyError, pack

SCRIPT = Script(
    FAILED
    + b"""\
if ARGV[2] == '0' then
  local there = redis.pcall('EXISTS', KEYS[1])
  if failed(there, 'exists') then return failed(there, 'exists') end
  if there == 0 then return 0 end
end
if ARGV[1] ~= '' then
  local heard = redis.pcall('PUBLISH', ARGV[1], KEYS[1])
  if failed(heard, 'publish') then return redis.error_reply('NOCHANNEL ' .. failed(heard, 'publish').err) end
end
local away = redis.pcall('RENAME', KEYS[1], KEYS[2])
if away.err and string.find(away.err, 'no such key', 1, true) then return 2 end
if failed(away, 'rename') then return failed(away, 'rename') end
local gone = redis.pcall('UNLINK', KEYS[2])
return failed(gone, 'unlink') or 1
"""
)
SOON = b"100"  # milliseconds to the end of an expires key; with less, a slow moment of Redis makes a DEL of it (facts 2.0)
LONG = b"60000"  # milliseconds that an expires key made only to be deleted may live, should we die in between
MESSAGES = {Event.DELETED: b"del", Event.EXPIRED: b"expired"}


@dataclass(frozen=True, slots=True)
class Heard:
    """How a farewell went: whether there was an expires key, and whether an event was sent."""

    existed: bool
    told: bool


class Farewells:
    """The farewells of one run. `native`: this user may not publish, so Redis itself has to send the events, where it sends any."""

    def __init__(self, topology: Topology, keys: Keys) -> None:
        self.topology = topology
        self.keys = keys
        self.scripted = True
        self.native = False
        self._channel = b"__keyevent@%d__:" % topology.target.db
        self._denied: ReplyError | None = None  # what Redis said when this user wanted to publish
        self._expiring: list[bytes] = []

    def commands(self, farewell: Farewell) -> list[tuple[bytes, ...]]:
        """What a farewell amounts to, for a person to read."""
        key, away = farewell.key, self._away(farewell.key)
        told = [(b"PUBLISH", self.channel(farewell.event), key)] if farewell.event != Event.NONE else []
        return [*told, (b"RENAME", key, away), (b"UNLINK", away)]

    def channel(self, event: Event) -> bytes:
        """Where Spring's listeners hear of an event; empty for none."""
        return self._channel + MESSAGES[event] if event != Event.NONE else b""

    def words(self, farewell: Farewell, whole: bool = False) -> list[bytes]:
        """A farewell as one command; with the script itself instead of its digest if `whole`."""
        keys = (farewell.key, self._away(farewell.key))
        return SCRIPT.words(keys, (self.channel(farewell.event), b"1" if farewell.even_without else b"0"), whole)

    def request(self, farewell: Farewell, whole: bool = False) -> Request:
        """The same as a request."""
        return Request(farewell.key, pack(*self.words(farewell, whole)))

    def requests(self, farewells: Sequence[Farewell]) -> list[Request]:
        """All of them as requests; none where they have to go step by step."""
        return [self.request(farewell) for farewell in farewells] if self.scripted and not self.native else []

    def settle(self, farewells: Sequence[Farewell], replies: list[Any]) -> list[Heard | ReplyError]:
        """What the replies to `requests` mean; what no server executed is done in another way. Raises Unreachable."""
        if len(replies) < len(farewells):
            return self._by_steps(farewells)
        repeat_unknown(self.topology, replies, lambda number: self.request(farewells[number], whole=True))
        self.scripted = self.scripted and not any(no_scripts(reply) for reply in replies)
        self._note_denial(replies)
        undone = [number for number, reply in enumerate(replies) if no_scripts(reply) or _no_channel(reply)]
        if undone:
            for number, heard in zip(undone, self._by_steps([farewells[number] for number in undone]), strict=True):
                replies[number] = heard
        return [self._heard(farewell, reply) for farewell, reply in zip(farewells, replies, strict=True)]

    def finish(self, topology: Topology) -> None:
        """Looks at expires keys whose end is due: that makes Redis say that they have ended. Raises Unreachable.

        By another topology than that of the farewells, on which others may be on their way.
        """
        expiring, self._expiring = self._expiring, []
        topology.execute([Request(key, pack(b"EXISTS", key)) for key in expiring], idempotent=True)

    def _heard(self, farewell: Farewell, reply: Any) -> Heard | ReplyError:
        if isinstance(reply, Heard):
            return reply
        if isinstance(reply, ReplyError):
            return Heard(False, False) if "WRONGTYPE" in str(reply) else reply
        return Heard(reply == 1, reply > 0 and farewell.event != Event.NONE)

    def _away(self, key: bytes) -> bytes:
        """Where an expires key goes to vanish unheard: a name in the same slot that Spring's listeners don't look at."""
        beginning = raw(f"{self.keys.namespace}:sessionctl:ended:")
        tag = tag_of(key)
        name = beginning + b"{" + tag + b"}" + (key if tag != key else b"")
        if self.topology.mode != "cluster" or slot_of(name) == slot_of(key):
            return name
        return next(name for number in count() if slot_of(name := beginning + b"%d" % number) == slot_of(key))

    # --- where scripts or channels are refused ---

    def _by_steps(self, farewells: Sequence[Farewell]) -> list[Heard | ReplyError]:
        there = {one.key: exists == 1 for one, exists in zip(farewells, self._ask(farewells, b"EXISTS"), strict=True)}
        due = [one for one in farewells if one.event != Event.NONE and (there[one.key] or one.even_without)]
        silent = [one for one in farewells if there[one.key] and not (self.native and one in due)]
        errors = self._each(silent, [(b"RENAME", one.key, self._away(one.key)) for one in silent])
        due = [one for one in due if one.key not in errors]
        if not self.native:
            unheard = self._each(due, [(b"PUBLISH", self.channel(one.event), one.key) for one in due])
            self._note_denial(unheard.values())
            errors |= {} if self.native else unheard
        if self.native:
            errors |= self._end_natively(due)
        self._execute([(one.key, (b"UNLINK", self._away(one.key))) for one in silent if one.key not in errors])
        return [errors.get(one.key) or Heard(there[one.key], one in due) for one in farewells]

    def _note_denial(self, replies: Iterable[Any]) -> None:
        denied = next(filter(_no_channel, replies), None)
        if denied is not None:
            self.native, self._denied = True, ReplyError(str(denied).removeprefix("NOCHANNEL "))

    def _end_natively(self, due: Sequence[Farewell]) -> dict[bytes, ReplyError]:
        """DEL makes Redis send `del`, the end of a TTL `expired`; a key that is missing is made for that."""
        errors = self._each(due, [(b"SET", one.key, b"", b"PX", SOON if one.event == Event.EXPIRED else LONG) for one in due])
        deleted = [one for one in due if one.event == Event.DELETED and one.key not in errors]
        self._expiring += [one.key for one in due if one.event == Event.EXPIRED]
        errors |= self._each(deleted, [(b"DEL", one.key) for one in deleted])
        return {key: self._denied if self._denied and code(error) == "NOPERM" else error for key, error in errors.items()}

    def _each(self, farewells: Sequence[Farewell], commands: Sequence[tuple[bytes, ...]]) -> dict[bytes, ReplyError]:
        replies = self._execute([(one.key, command) for one, command in zip(farewells, commands, strict=True)])
        return {one.key: reply for one, reply in zip(farewells, replies, strict=True) if isinstance(reply, ReplyError)}

    def _ask(self, farewells: Sequence[Farewell], command: bytes) -> list[Any]:
        return self._execute([(one.key, (command, one.key)) for one in farewells])

    def _execute(self, commands: Sequence[tuple[bytes, tuple[bytes, ...]]]) -> list[Any]:
        requests = [Request(key, pack(*words)) for key, words in commands]
        return self.topology.execute(requests, idempotent=True) if requests else []


def _no_channel(reply: Any) -> bool:
    """Whether this user lacks the right to publish, by command or by channel."""
    text = str(reply) if isinstance(reply, ReplyError) else ""
    return text.startswith("NOCHANNEL") or (text.startswith("NOPERM") and ("channel" in text or "'publish'" in text))
