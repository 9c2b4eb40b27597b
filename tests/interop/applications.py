"""Real Spring Boot applications: started for a cell, and visited by a browser over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.interop.building import class_path, tool
from tests.interop.cells import Cell
from tests.live.servers import wait_for

PATIENCE: Final = 120.0  # seconds that a start or a request may take on a busy machine
JAVA: Final = ("-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8")
SETTINGS: Final = {"server.port": "0", "server.address": "127.0.0.1", "spring.main.banner-mode": "off", "spring.jmx.enabled": "false"}


Texts: TypeAlias = Mapping[str, str]
EMPTY: Final[Texts] = {}


@dataclass(frozen=True)
class Answer:
    """What came back for a request; `body` is decoded JSON, None where there is none."""

    status: int
    body: Any
    headers: Message[str, str]

    @property
    def turned_away(self) -> bool:
        """Whether the application wants a login first."""
        return self.status == 302 and urllib.parse.urlsplit(self.headers["Location"]).path == "/login"


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A redirect is an answer."""


_opener: Final = urllib.request.build_opener(_StayHere, urllib.request.ProxyHandler({}))


def request(port: int, path: str, cookie: str | None = None, parameters: Texts = EMPTY, form: Texts | None = None) -> Answer:
    """One request to an application on this machine, a POST if it has a form; any status is an answer, a redirect too."""
    url = f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode(parameters)}"
    data = None if form is None else urllib.parse.urlencode(form).encode()
    headers = {"Accept": "text/html, */*", **({"Cookie": f"SESSION={cookie}"} if cookie else {})}
    try:
        with _opener.open(urllib.request.Request(url, data, headers), timeout=PATIENCE) as reply:
            return _answer(reply.status, reply.read(), reply.headers)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.read(), error.headers)


def _answer(status: int, body: bytes, headers: Message[str, str]) -> Answer:
    is_json = "json" in headers.get("Content-Type", "")
    return Answer(status, json.loads(body) if is_json else None, headers)


@dataclass
class Browser:
    """Somebody who visits one node of an application; the cookie is kept from one request to the next."""

    port: int
    cookie: str | None = None

    def get(self, path: str) -> Answer:
        return self._keep(request(self.port, path, self.cookie))

    def post(self, path: str, **parameters: str) -> Answer:
        return self._keep(request(self.port, path, self.cookie, parameters, {}))

    def login(self, user: str) -> Answer:
        return self._keep(request(self.port, "/login", self.cookie, form={"username": user, "password": "hunter2"}))

    def me(self) -> dict[str, Any]:
        """What the application says of the session: ``id``, ``user``, ``names``, ``created`` and ``accessed`` (ms), ``max`` (s)."""
        answer = self.get("/me")
        assert answer.status == 200, f"{answer.status} {answer.body}"
        said: dict[str, Any] = answer.body
        return said

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            if name == "SESSION":
                self.cookie = value or None
        return answer


@dataclass
class Application:
    """The running nodes of one application; they share their sessions."""

    cell: Cell
    ports: list[int]
    log: Path = field(repr=False)

    def browser(self, node: int = 0) -> Browser:
        return Browser(self.ports[node])

    def login(self, user: str = "alice") -> Browser:
        browser = self.browser()
        answer = browser.login(user)
        assert (answer.status, answer.turned_away) == (302, False), f"{answer}\n{self.log_tail()}"
        return browser

    def events(self, id: str) -> list[list[dict[str, Any]]]:
        """What each node has heard of a session, oldest first."""
        return [[event for event in request(port, "/events").body if event["id"] == id] for port in self.ports]

    def waiting(self, gate: str) -> bool:
        """Whether a slow request has come to its gate."""
        return gate in request(self.ports[0], "/waiting").body

    def open(self, gate: str) -> None:
        assert request(self.ports[0], "/open", parameters={"gate": gate}, form={}).status == 200

    def log_tail(self) -> str:
        return self.log.read_text("utf-8", "replace")[-6000:]


@contextmanager
def application(cell: Cell, redis: dict[str, str], nodes: int = 1) -> Iterator[Application]:
    """An application of this kind with `nodes` nodes, ready for requests; `redis` are the properties that say where Redis is.

    It ends when its standard input does, so also with the process that started it.
    """
    settings = SETTINGS | cell.settings | {f"spring.{data}redis.{name}": value for name, value in redis.items() for data in ("", "data.")}
    command = [tool("java"), *JAVA, f"-Dnodes={nodes}", "-cp", class_path(cell.version, cell.reactive), "shop.Shop"]
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    with tempfile.TemporaryDirectory(prefix="shop-") as directory:
        path = Path(directory) / "log"
        with path.open("wb") as log:
            process = subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        with process:
            try:
                yield Application(cell, wait_for("listening", lambda: _ports(process, path), PATIENCE), path)
            finally:
                process.kill()


def _ports(process: subprocess.Popen[bytes], log: Path) -> list[int] | None:
    text = log.read_text("utf-8", "replace")
    assert process.poll() is None, f"the application ended:\n{text[-6000:]}"
    listening = re.search(r"^listening ([\d ]+)\n", text, re.MULTILINE)
    return [int(port) for port in listening[1].split()] if listening else None
