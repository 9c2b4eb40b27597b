"""What the error replies of Redis mean to the person who runs sessionctl."""

from __future__ import annotations

import re
from collections.abc import Callable

from sessionctl.errors import Refused, SessionctlError, Unreachable, UsageProblem

LONGEST = 300  # characters of a server's own words in a message


def code(reply: object) -> str:
    """The first word of an error reply: ``MOVED``, ``NOPERM``, ``ERR``."""
    return str(reply).split(" ", 1)[0]


def words(reply: object) -> str:
    """A server's error text, printable and short. What it repeats of the command is cut off: that may be a password."""
    text = re.split(r",? with args beginning with", str(reply), maxsplit=1)[0]
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST])


def error_for(reply: object, command: str, node: str, user: str | None = None) -> SessionctlError:
    """The error that `reply`, an error reply of `node` to `command`, is for a person. Returned, not raised.

    `user` is for the hint about a missing right, where the reply itself doesn't name the user (Redis before 7.2).
    """
    text = words(reply)
    if code(text) == "NOPERM" or "ACL failure in script" in text or "executing the script can't" in text:
        return _no_permission(text, command, node, user)
    if known := _KNOWN.get(code(text)):
        return known(text, command, node)
    for beginning, error in _ERR:
        if text.startswith(beginning):
            return error(text, command, node)
    return Refused(f"{node} refused {command}: {text}")


def _no_permission(text: str, command: str, node: str, user: str | None) -> SessionctlError:
    user = _first(r"User ([^ ]+) has no permissions", text) or user or "<user>"
    if "channel" in text:
        return Refused(f"{node} doesn't let this user use the channels of {command}", f"ACL SETUSER {user} +publish '&__keyevent@*'")
    if " key" in text:
        hint = f"ACL SETUSER {user} '~spring:session:*', or another --namespace"
        return Refused(f"{node} doesn't let this user touch the keys of {command}", hint)
    name = (_first(r"run the '([^']+)' command", text) or command).lower()
    return Refused(f"{node} doesn't let this user run {name.upper().replace('|', ' ')}", f"ACL SETUSER {user} +{name.replace(' ', '|')}")


def _first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


_Mapping = Callable[[str, str, str], SessionctlError]


def _refused(what: str, hint: str) -> _Mapping:
    return lambda text, command, node: Refused(what.format(node=node, command=command, text=text), hint)


def _unreachable(what: str, hint: str) -> _Mapping:
    return lambda text, command, node: Unreachable(what.format(node=node, command=command, text=text), hint)


def _no_database(text: str, command: str, node: str) -> SessionctlError:
    return UsageProblem(f"{node} has no database of that number", "the first is 0; CONFIG GET databases tells how many there are")


_PASSWORD = "give the password in the URL, by --password-file or --ask-password; --username if it isn't the user default"
_AGAIN = "try again in a moment"
_LOGIN = _refused("{node} wants a password", _PASSWORD)
_WRONG = _refused("{node} doesn't accept this user and password", _PASSWORD)
_KNOWN: dict[str, _Mapping] = {
    "NOAUTH": _LOGIN,
    "WRONGPASS": _WRONG,
    "DENIED": _refused("{node} is in protected mode and takes only local connections", "run it there, or give Redis a password"),
    "READONLY": _refused("{node} is a read-only replica and refused {command}", "give the URL of its master"),
    "MISCONF": _refused("{node} can't save its snapshots and refuses writes", "see the log of Redis"),
    "OOM": _refused(
        "{node} is out of memory (maxmemory) and refused {command}",
        "free memory or raise maxmemory; purge --event none ends sessions without writing",
    ),
    "NOREPLICAS": _refused("{node} has too few replicas and refuses writes", "see min-replicas-to-write and INFO replication"),
    "LOADING": _unreachable("{node} is still loading its data", _AGAIN),
    "BUSY": _unreachable("{node} is busy with somebody's script", "try again in a moment; SCRIPT KILL ends a script that only reads"),
    "MASTERDOWN": _unreachable("{node} is a replica that has lost its master", "give the URL of the new master, or redis-sentinel://"),
    "CLUSTERDOWN": _unreachable("the cluster of {node} is down: {text}", "CLUSTER INFO and CLUSTER NODES tell which slots are missing"),
    "TRYAGAIN": _unreachable("{node} is moving the keys of {command} to another node", _AGAIN),
    "MOVED": _unreachable("{node} sent {command} to another node: {text}", "redis-cli --cluster check"),
    "ASK": _unreachable("{node} sent {command} to another node: {text}", _AGAIN),
}
_ERR: tuple[tuple[str, _Mapping], ...] = (
    ("ERR invalid password", _WRONG),  # Redis before 6
    ("ERR operation not permitted", _LOGIN),  # Redis before 2.8, and proxies
    ("ERR DB index is out of range", _no_database),
    ("ERR invalid DB index", _no_database),
    ("ERR max number of clients reached", _unreachable("{node} has no free connection", "see maxclients and CLIENT LIST")),
    ("ERR unknown command", _refused("{node} doesn't know {command}", "it is renamed or disabled there, or this Redis is too old")),
)
