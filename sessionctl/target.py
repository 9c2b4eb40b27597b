"""Where Redis is: a URL and its options, checked and ready to use. Secrets are shown nowhere, not even in a repr or an error.

    redis://user:password@host:6379/0         valkey:// is the same; rediss:// and valkeys:// with TLS; a bare host or host:port too
    unix:///path/to/socket?db=0               unix:/path is the same
    redis-sentinel://h1:26379,h2/0#master     rediss-sentinel:// with TLS; ?sentinel_username=…&sentinel_password=… for the Sentinels
    redis-cluster://h1,h2:7001                rediss-cluster:// with TLS

User, password, path, query and fragment are percent-decoded (RFC 3986).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from sessionctl.errors import UsageProblem

REDIS_PORT = 6379
SENTINEL_PORT = 26379
_EXAMPLE = "write it like redis://user:password@host:6379/0, and % / ? # @ in a password as %25 %2F %3F %23 %40"


class Secret:
    """A password: readable by `reveal` alone, and redacted wherever it is shown."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Kind(StrEnum):
    """What the URL names: one server (which may turn out to be more), Sentinels, or nodes of a cluster."""

    SERVER = "redis"
    SENTINEL = "redis-sentinel"
    CLUSTER = "redis-cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """Where one server listens: host and port, or the path of a Unix socket."""

    host: str
    port: int = REDIS_PORT
    path: str | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str, default_port: int = REDIS_PORT) -> Address:
        """An address as `str` writes it. Raises ValueError with the reason, which quotes nothing of `text`."""
        if text.startswith("unix:"):
            return cls("", 0, text.removeprefix("unix:"))
        host, port = _split_port(text)
        if not host or any(letter <= " " or letter == "\x7f" for letter in host):
            raise ValueError("the host's name is missing" if not host else "the host's name has a space or a control character in it")
        return cls(host, _port(port) if port else default_port)


def _split_port(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError("the brackets of the IPv6 address don't match")
        return host, rest[1:]
    host, _, port = text.partition(":")
    if ":" in port:
        raise ValueError("an IPv6 address must stand in brackets, like [::1]:6379")
    return host, port


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ValueError("the port must be a number from 1 to 65535")
    return int(text)


@dataclass(frozen=True, slots=True)
class Tls:
    """How to verify the server and to identify ourselves. Files are PEM; `server_name` is sent (SNI) and verified instead of the host."""

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    server_name: str | None = None
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where Redis is, and how to log in there. Timeouts are in seconds: for a whole connect, and for each wait without progress."""

    kind: Kind
    addresses: tuple[Address, ...]
    db: int = 0
    username: str | None = None
    password: Secret | None = None
    master: str | None = None
    sentinel_username: str | None = None
    sentinel_password: Secret | None = None
    tls: Tls | None = None
    connect_timeout: float = 5.0
    timeout: float = 30.0

    @classmethod
    def parse(
        cls,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        db: int | None = None,
        ca_file: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
        server_name: str | None = None,
        insecure: bool = False,
        connect_timeout: float = 5.0,
        timeout: float = 30.0,
    ) -> Target:
        """The target that `url` names. What is given beside the URL wins over what stands in it. Raises UsageProblem."""
        if connect_timeout <= 0 or timeout <= 0:
            raise UsageProblem("a timeout must be more than 0 seconds")
        target = _Url(url.strip()).target()
        return replace(
            target,
            username=username or target.username,
            password=Secret(password) if password else target.password,
            db=target.db if db is None else _database(target.kind, db),
            tls=_tls(target.tls, Tls(ca_file, client_cert, client_key, server_name, insecure)),
            connect_timeout=connect_timeout,
            timeout=timeout,
        )

    @property
    def display(self) -> str:
        """The URL without credentials, safe to show."""
        if self.addresses[0].path is not None:
            return f"unix://{self.addresses[0].path}" + (f"?db={self.db}" if self.db else "")
        scheme = self.kind.replace("redis", "rediss", 1) if self.tls else self.kind
        master = f"#{self.master}" if self.master else ""
        database = "" if self.kind is Kind.CLUSTER else f"/{self.db}"
        return f"{scheme}://{','.join(map(str, self.addresses))}{database}{master}"

    def __str__(self) -> str:
        return self.display

    def for_sentinels(self) -> Target:
        """The same with the Sentinels' own credentials. Sentinels have no databases."""
        return replace(self, username=self.sentinel_username, password=self.sentinel_password, db=0)


_SCHEMES: dict[str, tuple[Kind, bool]] = {
    "redis": (Kind.SERVER, False),
    "rediss": (Kind.SERVER, True),
    "valkey": (Kind.SERVER, False),
    "valkeys": (Kind.SERVER, True),
    "redis-sentinel": (Kind.SENTINEL, False),
    "rediss-sentinel": (Kind.SENTINEL, True),
    "redis-cluster": (Kind.CLUSTER, False),
    "rediss-cluster": (Kind.CLUSTER, True),
}
_QUERY = ("db", "sentinel_username", "sentinel_password")


class _Url:
    """One URL on its way to a target. Nothing of it is quoted in an error: what is wrong with it may be its password."""

    def __init__(self, url: str) -> None:
        scheme, separated, rest = url.partition("://")
        if not separated:
            scheme, rest = ("unix", url.removeprefix("unix:")) if url.startswith("unix:") else ("redis", url)
        self.scheme = scheme.lower()
        rest, _, self.fragment = rest.partition("#")
        rest, _, query = rest.partition("?")
        self.query = self._queries(query)
        self.authority, _, self.path = ("", "", rest) if self.scheme == "unix" else rest.partition("/")

    def target(self) -> Target:
        if self.scheme == "unix":
            return self._unix()
        if self.scheme not in _SCHEMES:
            raise _problem("the scheme is unknown", f"known are {', '.join([*_SCHEMES, 'unix'])}")
        if "@" in self.path + self.fragment:
            raise _problem("there is an @ after the host, so the password probably has an unescaped / ? or # in it")
        kind, secure = _SCHEMES[self.scheme]
        credentials, _, hosts = self.authority.rpartition("@")
        username, _, password = credentials.partition(":")
        return Target(
            kind,
            self._addresses(kind, hosts),
            self._db(kind),
            self._decode(username) or None,
            self._secret(password),
            self._master(kind),
            self.query.get("sentinel_username") or None,
            Secret(self.query["sentinel_password"]) if self.query.get("sentinel_password") else None,
            Tls() if secure else None,
        )

    def _unix(self) -> Target:
        path = self._decode(self.path)
        if not path.startswith("/") or "\0" in path:
            raise _problem("the socket's path must begin with /", "write it like unix:///var/run/redis.sock?db=0")
        return Target(Kind.SERVER, (Address("", 0, path),), self._db(Kind.SERVER))

    def _addresses(self, kind: Kind, hosts: str) -> tuple[Address, ...]:
        parts = hosts.split(",")
        if len(parts) > 1 and kind is Kind.SERVER:
            raise _problem("several hosts need redis-sentinel:// or redis-cluster://")
        return tuple(self._address(part, SENTINEL_PORT if kind is Kind.SENTINEL else REDIS_PORT) for part in parts)

    def _address(self, text: str, default_port: int) -> Address:
        try:
            return Address.parse(self._decode(text), default_port)
        except ValueError as error:
            raise _problem(str(error)) from None

    def _db(self, kind: Kind) -> int:
        path = "" if self.scheme == "unix" else self._decode(self.path).rstrip("/")
        text = self.query.get("db", path)
        if path and text != path:
            raise _problem("the database is given twice")
        if not text:
            return 0
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise _problem("the database must be a number")
        return _database(kind, int(text))

    def _master(self, kind: Kind) -> str | None:
        if self.fragment and kind is not Kind.SENTINEL:
            raise _problem("only redis-sentinel:// takes a master's name after #")
        return self._decode(self.fragment) or None

    def _secret(self, text: str) -> Secret | None:
        return Secret(self._decode(text)) if text else None

    def _queries(self, query: str) -> dict[str, str]:
        pairs = [part.partition("=") for part in query.split("&") if part]
        for name, _, _ in pairs:
            if name not in _QUERY or (name != "db" and "sentinel" not in self.scheme):
                raise _problem("there is an unknown parameter after ?", f"known are {', '.join(_QUERY)}")
        return {name: self._decode(value) for name, _, value in pairs}

    def _decode(self, text: str) -> str:
        if "%" not in text:
            return text
        try:
            encoded = text.encode("utf-8", "surrogateescape")
            return re.sub(rb"%(..?)?", _byte, encoded, flags=re.DOTALL).decode("utf-8")
        except ValueError:
            raise _problem("there is a % that begins no percent-encoded UTF-8") from None


def _problem(reason: str, hint: str = _EXAMPLE) -> UsageProblem:
    return UsageProblem(f"the URL of Redis can't be read: {reason}", hint)


def _byte(found: re.Match[bytes]) -> bytes:
    digits = found[1] or b""
    if not re.fullmatch(rb"[0-9A-Fa-f]{2}", digits):
        raise ValueError("not percent-encoded")
    return bytes((int(digits, 16),))


def _database(kind: Kind, db: int) -> int:
    if db < 0:
        raise UsageProblem(f"the database's number can't be negative: {db}")
    if db and kind is Kind.CLUSTER:
        raise UsageProblem(f"a Redis Cluster has only database 0, not {db}", "leave the database out of the URL")
    return db


def _tls(from_url: Tls | None, given: Tls) -> Tls | None:
    if given == Tls():
        return from_url
    if from_url is None:
        raise UsageProblem(
            "there are TLS options, but the URL asks for no TLS", "write rediss:// (or rediss-sentinel://, rediss-cluster://)"
        )
    if given.client_key and not given.client_cert:
        raise UsageProblem("there is a key for the client's certificate, but no certificate", "add --tls-cert FILE")
    return given
