"""Writes a session's hash where there is none, in one atomic step on one key, which a cluster takes.

A script; where scripts are refused (ACL, a proxy) an optimistic transaction. A tombstone is no session: one that ended is what an import is
to bring back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache, partial
from itertools import chain
from typing import Any, NamedTuple

from sessionctl.codecs.jdk import INT_PREFIX, LONG_PREFIX
from sessionctl.errors import Unreachable
from sessionctl.guarded import ELSEWHERE, TRIES
from sessionctl.layouts.keys import raw
from sessionctl.layouts.reads import MAX_INACTIVE_INTERVAL
from sessionctl.remembered import Remembered
from sessionctl.replies import code
from sessionctl.scripts import FAILED, Script, no_scripts, repeat_unknown
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import Connection, ReplyError, pack

TOMBSTONES = (
    INT_PREFIX + bytes(4),
    LONG_PREFIX + bytes(8),
    b"0",
    b"0L",
    b'["java.lang.Integer",0]',
    b'["java.lang.Long",0]',
)
"""maxInactiveInterval 0, as serializers write it (`times.number`)."""

SCRIPT = Script(
    FAILED
    + b"""\
local function run(command, ...)
  local reply = redis.pcall(command, KEYS[1], ...)
  return reply, failed(reply, command)
end
local kind, problem = run('type')
if problem then return problem end
local former, old = {}, {}
if kind.ok ~= 'none' then
  if kind.ok ~= 'hash' then return -1 end
  former, problem = run('hgetall')
  if problem then return problem end
  local same = #former == #ARGV - 2
  for at = 1, #former, 2 do old[former[at]] = former[at + 1] end
  for at = 3, #ARGV, 2 do same = same and old[ARGV[at]] == ARGV[at + 1] end
  if same then return 2 end
  local tombstones = {%b}
  if ARGV[1] ~= 'replace' and not tombstones[old['maxInactiveInterval']] then return 0 end
  for at = 3, #ARGV, 2 do old[ARGV[at]] = nil end
end
local reply
for at = 3, #ARGV, 1000 do
  reply, problem = run('hmset', unpack(ARGV, at, math.min(at + 999, #ARGV)))
  if problem then return problem end
end
for at = 1, #former, 2 do
  if old[former[at]] then reply, problem = run('hdel', former[at]) end
  if problem then return problem end
end
if ARGV[2] ~= '' then reply, problem = run('pexpireat', ARGV[2]) else reply, problem = run('persist') end
return problem or 1
"""
    % b",".join([b"['%b']=true" % b"".join([b"\\%03d" % byte for byte in interval]) for interval in TOMBSTONES])
)
"""The new fields come first, the old ones go afterwards: what is refused midway has lost nothing."""


GAP = b"$%d\r\n%b\r\n"
"""A word of a command in the Redis protocol: its length and itself."""


class Found(IntEnum):
    """What was at the key, and so what was done; the script's own replies."""

    NOTHING = 1  # or a tombstone, or it was to be replaced: the session is written
    SAME = 2  # the very same hash: left as it is
    ANOTHER = 0  # another state of the session: kept
    FOREIGN = -1  # no hash at all: kept


class Restoration(NamedTuple):
    """The hash to be written at `key`, and when Redis is to remove it, in milliseconds since the epoch (None: never)."""

    key: bytes
    hash: Mapping[str, bytes]
    end: int | None
    replace: bool = False

    def request(self, whole: bool = False) -> Request:
        """The call of the script; with its text if `whole`."""
        end = b"" if self.end is None else b"%d" % self.end
        gaps = chain.from_iterable([(len(value), value) for value in self.hash.values()])
        call = _templates(whole, self.replace)[tuple(self.hash)] % (len(self.key), self.key, len(end), end, *gaps)
        return Request(self.key, call)

    def commands(self, former: Sequence[bytes] = ()) -> list[tuple[bytes, ...]]:
        """What is done where nothing is in the way but a hash with these fields and values."""
        new = [word for name, value in self.hash.items() for word in (raw(name), value)]
        old = [name for name in former[0::2] if name not in new[0::2]]
        return [(b"HMSET", self.key, *new), *((b"HDEL", self.key, name) for name in old), self.expiry]

    @property
    def expiry(self) -> tuple[bytes, ...]:
        """The command that tells Redis when to remove it."""
        return (b"PERSIST", self.key) if self.end is None else (b"PEXPIREAT", self.key, b"%d" % self.end)

    def judge(self, kind: Any, values: Sequence[bytes]) -> Found:
        """What the script would answer for a key of this type with these fields and values."""
        if kind == b"none":
            return Found.NOTHING
        if kind != b"hash":
            return Found.FOREIGN
        there = dict(zip(values[0::2], values[1::2], strict=True))
        if there == {raw(name): value for name, value in self.hash.items()}:
            return Found.SAME
        free = self.replace or there.get(MAX_INACTIVE_INTERVAL.encode()) in TOMBSTONES
        return Found.NOTHING if free else Found.ANOTHER


FOUND = {int(found): found for found in Found}


@cache
def _templates(whole: bool, replace: bool) -> Remembered[str, bytes]:
    return Remembered(partial(_template, whole, replace))


def _template(whole: bool, replace: bool, names: tuple[str, ...]) -> bytes:
    """The call of the script for all hashes with these fields, with gaps for the key, the end and the values, each after its length.

    An import makes a hundred thousand calls.
    """
    [*call, _] = SCRIPT.words((b"",), (), whole)
    words = [*call, None, b"replace" if replace else b"keep", None, *(word for name in names for word in (raw(name), None))]
    parts = [GAP if word is None else (GAP % (len(word), word)).replace(b"%", b"%%") for word in words]
    return b"*%d\r\n%b" % (len(parts), b"".join(parts))


class Restorer:
    """Sends restorations, by script as long as the server takes them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.scripted = True

    def requests(self, several: Sequence[Restoration]) -> list[Request]:
        """All of them as requests; none where the server takes no scripts."""
        return [one.request() for one in several] if self.scripted else []

    def settle(self, several: Sequence[Restoration], replies: list[Any]) -> list[Found | ReplyError]:
        """What the replies to `requests` mean; those that no server executed are sent again in another way.

        A restoration may be repeated: the second time it finds the same hash. Raises Unreachable.
        """
        if len(replies) < len(several):
            return [self._transaction(one) for one in several]
        if ReplyError not in set(map(type, replies)):
            return [FOUND[reply] for reply in replies]
        repeat_unknown(self.topology, replies, lambda number: several[number].request(whole=True))
        return [self._found(one, reply) for one, reply in zip(several, replies, strict=True)]

    def look(self, several: Sequence[Restoration]) -> list[tuple[Found | ReplyError, Sequence[bytes]]]:
        """What each would find, and the fields and values that are there; nothing is written. Raises Unreachable."""
        words = [(word, one.key) for one in several for word in (b"TYPE", b"HGETALL")]
        replies = self.topology.execute([Request(key, pack(word, key)) for word, key in words], idempotent=True)
        seen = zip(several, replies[0::2], replies[1::2], strict=True)
        return [(_judged(one, kind, values), values if isinstance(values, list) else ()) for one, kind, values in seen]

    def _found(self, one: Restoration, reply: Any) -> Found | ReplyError:
        if not isinstance(reply, ReplyError):
            return FOUND[reply]
        if no_scripts(reply):
            self.scripted = False
            found = self._transaction(one)
            return reply if isinstance(found, ReplyError) and code(found) == "NOPERM" else found
        return reply

    def _transaction(self, one: Restoration) -> Found | ReplyError:
        """The same with WATCH and MULTI; a key that has moved is followed, one that has changed meanwhile looked at again."""
        for _ in range(TRIES):
            found = _transaction(self.topology.connection(self.topology.node_for(one.key)), one)
            if isinstance(found, ReplyError) and code(found) in ELSEWHERE:
                self.topology.refresh()
            elif found is not None:
                return found
        raise Unreachable("the key of a session keeps moving or changing", "try again in a moment")


def _judged(one: Restoration, kind: Any, values: Any) -> Found | ReplyError:
    if isinstance(kind, ReplyError):
        return kind
    if isinstance(values, ReplyError):
        return values if kind == b"hash" else Found.FOREIGN
    return one.judge(kind, values)


def _transaction(connection: Connection, one: Restoration) -> Found | ReplyError | None:
    """None where the key has changed in the middle of it."""
    try:
        watched, kind, values = connection.pipeline([(b"WATCH", one.key), (b"TYPE", one.key), (b"HGETALL", one.key)])
        found = watched if isinstance(watched, ReplyError) else _judged(one, kind, values)
        if found is not Found.NOTHING:
            connection.pipeline([(b"UNWATCH",)])
            return found
        *queued, executed = connection.pipeline([(b"MULTI",), *one.commands(values), (b"EXEC",)])
    except BaseException:
        connection.close()  # it may be in the middle of a transaction
        raise
    if executed is None:
        return None
    failed = [reply for reply in (*queued, *(executed if isinstance(executed, list) else [executed])) if isinstance(reply, ReplyError)]
    return failed[0] if failed else Found.NOTHING
