"""Every command under the least rule that README.md names for it, and what is said when one right of it is missing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.live.servers import Server
from tests.live.spring import LAYOUTS, Application
from tests.live.test_listing import Run, run_at
from tests.rights import RIGHTS

ARCHIVE = str(Path(tempfile.gettempdir()) / f"sessionctl-rights-{os.getpid()}.ndjson")
COPY = "spring:session:copy"  # a namespace that the user may use, too

JOURNAL = str(Path(tempfile.mkdtemp()) / "journal.ndjson")
LINES = {
    "ls": ("ls", "-o", "ndjson"),
    "ls -c +size,attributes,layout": ("ls", "-o", "ndjson", "-c", "+size,attributes,layout"),
    "show": ("show", "index", "-o", "json"),
    "show --attr": ("show", "index", "--attr", "theme"),
    "namespaces": ("namespaces",),
    "delete, expire": ("delete", *LAYOUTS, "nowhere", "--yes", "--wait", "0"),
    "purge": ("purge", "--all", "--confirm", "spring:session", "--wait", "0", "--journal", JOURNAL),
    "extend": ("extend", *LAYOUTS, "nowhere", "--by", "1h", "--yes", "--wait", "0"),
    "export": ("export",),
    "diff FILE live": ("diff", ARCHIVE, "live"),
    "import": ("import", ARCHIVE, "-n", COPY),
}


@pytest.fixture
def applications(server: Server) -> Iterator[None]:
    """A session in each layout, with the layout's name as its id; exported, and a tombstone where one of them is to be imported."""
    with redis.Redis(port=server.port) as client:
        for layout in LAYOUTS:
            Application(client, layout).login(layout)
        run_at(server.url)("export", "--output", ARCHIVE)
        client.hset(f"{COPY}:sessions:{next(iter(LAYOUTS))}", mapping={"maxInactiveInterval": "0", "sessionAttr:old": ""})
        yield
    Path(ARCHIVE).unlink()


def user_with(server: Server, rights: tuple[str, ...]) -> Run:
    server.call("SCRIPT", "FLUSH")
    server.call("ACL", "SETUSER", "operator", "reset", "on", ">pw", "~spring:session:*", *rights)
    return run_at(f"redis://operator:pw@127.0.0.1:{server.port}/0")


def test_every_rule_is_tried() -> None:
    assert LINES.keys() == RIGHTS.keys()


@pytest.mark.parametrize("name", RIGHTS)
def test_the_rule_is_enough(server: Server, applications: None, name: str) -> None:
    code, _, err = user_with(server, RIGHTS[name])(*LINES[name])
    assert (code, "ACL" in err) == (3 if "nowhere" in LINES[name] else 0, False), err


@pytest.mark.parametrize(("name", "right"), [(name, right) for name, rights in RIGHTS.items() for right in rights])
def test_a_right_that_is_missing_is_named(server: Server, applications: None, name: str, right: str) -> None:
    _, _, err = user_with(server, tuple(one for one in RIGHTS[name] if one != right))(*LINES[name])
    assert right in err, err
    assert "ACL SETUSER operator" in err
