"""The change of a session's hash as one atomic step: it happens only if the hash still is what was judged.

A script on one key, which a cluster takes; where scripts are refused (ACL, a proxy) an optimistic transaction. Nothing is ever written to a
hash that has just vanished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

from sessionctl.errors import Unreachable
from sessionctl.layouts.keys import raw
from sessionctl.layouts.reads import MAX_INACTIVE_INTERVAL, METADATA
from sessionctl.replies import code
from sessionctl.scripts import FAILED, Script, no_scripts, repeat_unknown
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import Connection, ReplyError, pack

SCRIPT = Script(
    FAILED
    + b"""\
local count, found, changed = tonumber(ARGV[1]), false, false
if count > 0 then
  local now = redis.pcall('HMGET', KEYS[1], unpack(ARGV, 2, count + 1))
  if failed(now, 'hmget') then return failed(now, 'hmget') end
  for i = 1, count do
    found = found or now[i]
    changed = changed or (now[i] and '=' .. now[i] or '-') ~= ARGV[count + 1 + i]
  end
end
if not found and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if changed then return -1 end
local at = 2 * count + 2
while ARGV[at] do
  local words, command = tonumber(ARGV[at]), string.lower(ARGV[at + 1])
  local reply = redis.pcall(command, KEYS[1], unpack(ARGV, at + 2, at + words))
  if failed(reply, command) then return failed(reply, command) end
  at = at + words + 1
end
return 1
"""
)
PLAIN = Script(
    FAILED
    + b"""\
local now = redis.pcall('HMGET', KEYS[1], 'creationTime', 'lastAccessedTime', 'maxInactiveInterval')
if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] or now[3] ~= ARGV[3] then
  if now.err then return failed(now, 'hmget') end
  return (now[1] or now[2] or now[3] or redis.call('EXISTS', KEYS[1]) == 1) and -1 or 0
end
local done
if not ARGV[4] then
  done = redis.pcall('UNLINK', KEYS[1])
  return failed(done, 'unlink') or 1
end
done = redis.pcall('HSET', KEYS[1], 'maxInactiveInterval', ARGV[4])
if failed(done, 'hset') then return failed(done, 'hset') end
done = redis.pcall('PEXPIRE', KEYS[1], ARGV[5])
return failed(done, 'pexpire') or 1
"""
)
"""The same for what a purge does a million times: a whole session is removed, or logged out for so many milliseconds."""

TRIES = 5  # of a transaction whose key has moved to another node meanwhile
ELSEWHERE = ("MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN")


class Status(IntEnum):
    """How a guarded step ended; the script's own replies."""

    DONE = 1
    GONE = 0  # there is no hash
    CHANGED = -1  # the hash is no longer what was judged: nothing was done


STATUSES = {int(status): status for status in Status}


class Step(NamedTuple):
    """One guarded change: what the fields of the hash at `key` must hold (None: nothing), and the commands, each without its key."""

    key: bytes
    guard: Mapping[str, bytes | None]
    commands: Sequence[tuple[bytes, ...]]

    @property
    def arguments(self) -> list[bytes]:
        """The arguments of `SCRIPT`: the guard, then each command after the number of its words."""
        found = [b"%d" % len(self.guard), *_names(tuple(self.guard))]
        found += [b"-" if value is None else b"=" + value for value in self.guard.values()]
        for command in self.commands:
            found.append(b"%d" % len(command))
            found += command
        return found

    @property
    def plain_arguments(self) -> list[bytes] | None:
        """Those of `PLAIN`, where that is enough."""
        values = [value for value in self.guard.values() if value is not None]
        if tuple(self.guard) != METADATA or len(values) < len(METADATA):
            return None
        match self.commands:
            case ((b"UNLINK",),):
                return values
            case ((b"HSET", name, value), (b"PEXPIRE", lifetime)) if name == _INTERVAL:
                return [*values, value, lifetime]
        return None


_INTERVAL = raw(MAX_INACTIVE_INTERVAL)


@cache
def _names(fields: tuple[str, ...]) -> tuple[bytes, ...]:
    """The fields of a guard; there are few sets of them, and a million sessions."""
    return tuple(map(raw, fields))


class Guarded:
    """Sends guarded steps, by script as long as the server takes them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.scripted = True

    def words(self, step: Step, whole: bool = False) -> list[bytes]:
        """The step as one command; with the script itself instead of its digest if `whole`."""
        plain = step.plain_arguments
        return SCRIPT.words((step.key,), step.arguments, whole) if plain is None else PLAIN.words((step.key,), plain, whole)

    def request(self, step: Step, whole: bool = False) -> Request:
        """The same as a request."""
        return Request(step.key, pack(*self.words(step, whole)))

    def requests(self, steps: Sequence[Step]) -> list[Request]:
        """All steps as requests; none where the server takes no scripts."""
        return [self.request(step) for step in steps] if self.scripted else []

    def settle(self, steps: Sequence[Step], replies: list[Any]) -> list[Status | ReplyError]:
        """What the replies to `requests` mean; steps that no server executed are sent again in another way.

        A step may be repeated: the second time it finds a hash that has changed. Raises Unreachable.
        """
        if len(replies) < len(steps):
            return [self._transaction(step) for step in steps]
        repeat_unknown(self.topology, replies, lambda number: self.request(steps[number], whole=True))
        return [self._status(step, reply) for step, reply in zip(steps, replies, strict=True)]

    def _status(self, step: Step, reply: Any) -> Status | ReplyError:
        if not isinstance(reply, ReplyError):
            return STATUSES[reply]
        if "WRONGTYPE" in str(reply):
            return Status.GONE  # whatever it is, it is no session
        if no_scripts(reply):
            self.scripted = False
            status = self._transaction(step)
            return reply if isinstance(status, ReplyError) and code(status) == "NOPERM" else status
        return reply

    def _transaction(self, step: Step) -> Status | ReplyError:
        """The same with WATCH and MULTI; a key that has moved is followed."""
        for _ in range(TRIES):
            status = _transaction(self.topology.connection(self.topology.node_for(step.key)), step)
            if not (isinstance(status, ReplyError) and code(status) in ELSEWHERE):
                return status
            self.topology.refresh()
        raise Unreachable(f"the cluster keeps moving the key of a session: {status}", "try again in a moment")


def _transaction(connection: Connection, step: Step) -> Status | ReplyError:
    try:
        seen = connection.pipeline([(b"WATCH", step.key), (b"TYPE", step.key), (b"HMGET", step.key, *map(raw, step.guard), b"")])
        if failed := next((reply for reply in seen[:2] if isinstance(reply, ReplyError)), None):
            connection.pipeline([(b"UNWATCH",)])
            return failed
        status = _judged(step, seen[1], seen[2])
        if status != Status.DONE or not step.commands:
            connection.pipeline([(b"UNWATCH",)])
            return status
        commands = [(command[0], step.key, *command[1:]) for command in step.commands]
        *queued, executed = connection.pipeline([(b"MULTI",), *commands, (b"EXEC",)])
    except BaseException:
        connection.close()  # it may be in the middle of a transaction
        raise
    if isinstance(executed, ReplyError):
        return next((reply for reply in queued if isinstance(reply, ReplyError)), executed)
    if executed is None:
        return Status.CHANGED
    return next((reply for reply in executed if isinstance(reply, ReplyError)), Status.DONE)


def _judged(step: Step, kind: Any, values: Any) -> Status | ReplyError:
    if isinstance(values, ReplyError) and kind == b"hash":
        return values
    if kind != b"hash":
        return Status.GONE
    return Status.DONE if values[:-1] == list(step.guard.values()) else Status.CHANGED
