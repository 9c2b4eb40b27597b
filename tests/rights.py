"""The least ACL rule of each command, once: README.md shows it, and tests/live/test_rights.py runs the commands under exactly that."""

from __future__ import annotations

READ = ("+scan", "+hmget", "+pttl")
BESIDE = ("+type", "+exists", "+sismember", "+smembers", "+zscore")
SIZES = ("+hkeys", "+hstrlen")  # or +memory|usage
GUARDED = ("+eval", "+evalsha", "+hset")

ENDING = (*GUARDED, "+pexpire", "+unlink", "+srem", "+zrem", "+rename", "+publish", "&__keyevent@*")

RIGHTS: dict[str, tuple[str, ...]] = {
    "ls": READ,
    "ls -c +size,attributes,layout": ("+scan", "+hgetall", "+pttl", "+memory|usage", "+exists", "+sismember"),
    "show": (*READ, "+type", "+hkeys", "+hstrlen", "+exists", "+sismember", "+zscore"),
    "show --attr": ("+scan", "+type", "+hget"),
    "namespaces": ("+scan", "+hmget"),
    "delete, expire": (*READ, *BESIDE, *ENDING),
    "purge": (*READ, *SIZES, "+hgetall", "+exists", "+sismember", "+smembers", "+zscore", *ENDING),
    "extend": (*READ, *BESIDE, *GUARDED, "+pexpireat", "+set", "+srem", "+sadd", "+zadd"),
    "export": (*READ, "+hgetall", *SIZES, "+exists", "+sismember", "+smembers", "+zscore"),
    "diff FILE live": ("+scan", "+pttl", "+hgetall", *SIZES),
    "import": ("+eval", "+evalsha", "+type", "+hgetall", "+hmset", "+hdel", "+pexpireat", "+set", "+sadd", "+zadd"),
}
