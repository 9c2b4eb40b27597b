"""Lua scripts as requests: by their digest, and whole where a server doesn't know them yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from sessionctl.replies import code
from sessionctl.topologies.base import Request, Topology
from sessionctl.wire import ReplyError

FAILED = b"""\
local function failed(reply, command)
  if type(reply) ~= 'table' or not reply.err then return nil end
  if string.find(reply.err, "can't run", 1, true) then
    return redis.error_reply("NOPERM this user has no permissions to run the '" .. command .. "' command")
  end
  local plain, cut = string.gsub(reply.err, '^@user_script: %d+: %-', '')
  return cut > 0 and redis.error_reply(plain) or reply
end
"""
"""A function for scripts: the error that a reply is, or nil.

Redis before 7.2 doesn't say which command of a script is not allowed, and before 7.0 its own refusals (OOM, READONLY, NOREPLICAS) begin
with where the script was.
"""


class Script:
    """A script on one key, or on several of one slot."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.digest = hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()

    def words(self, keys: Sequence[bytes], arguments: Sequence[bytes], whole: bool = False) -> list[bytes]:
        """A call of the script; with its text instead of its digest if `whole`."""
        command = (b"EVAL", self.text) if whole else (b"EVALSHA", self.digest)
        return [*command, b"%d" % len(keys), *keys, *arguments]


def repeat_unknown(topology: Topology, replies: list[Any], whole: Callable[[int], Request]) -> None:
    """Puts right the replies of servers that didn't know a script: `whole` is the call of that number with its text. Raises Unreachable."""
    unknown = [number for number, reply in enumerate(replies) if isinstance(reply, ReplyError) and code(reply) == "NOSCRIPT"]
    if unknown:
        again = topology.execute([whole(number) for number in unknown], idempotent=True)
        for number, reply in zip(unknown, again, strict=True):
            replies[number] = reply


def no_scripts(reply: Any) -> bool:
    """Whether the server takes no scripts at all; a right that a command inside of the script lacks would be missing outside of it too."""
    text = str(reply) if isinstance(reply, ReplyError) else ""
    return text.startswith("ERR unknown command") or (text.startswith("NOPERM") and "eval" in text.lower())
