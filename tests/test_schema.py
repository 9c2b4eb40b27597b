"""What the program prints is what the published schema says, and the schema says something."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from redis import Redis
from referencing import Registry, Resource

from sessionctl.fields import ALL
from sessionctl.records import write
from tests.records.test_records import LOGGED_IN, batch
from tests.running import Program

SCHEMA = json.loads(files("sessionctl").joinpath("session.schema.json").read_text("utf-8"))
SESSION = Draft202012Validator(SCHEMA)
ERROR = Draft202012Validator({**SCHEMA["$defs"]["error"], "$defs": SCHEMA["$defs"]})
RECORDS = json.loads(files("sessionctl").joinpath("record.schema.json").read_text("utf-8"))
RECORD = Draft202012Validator(RECORDS, registry=Registry().with_resource(SCHEMA["$id"], Resource.from_contents(SCHEMA)))
EVERYTHING = ",".join(field.name for field in ALL if field.name != "size")  # the embedded server has no MEMORY USAGE


@pytest.mark.parametrize("namespace", ["spring:session", "shop"])
@pytest.mark.parametrize("columns", [(), ("-c", EVERYTHING)], ids=["usual", "everything"])
def test_every_listed_session(sessionctl: Program, namespace: str, columns: tuple[str, ...]) -> None:
    array = json.loads(sessionctl("ls", "-n", namespace, "-o", "json", *columns).out)
    lines = [json.loads(line) for line in sessionctl("ls", "-n", namespace, "-o", "ndjson", *columns).out.splitlines()]
    assert len(array) == len(lines) >= 6
    for session in [*array, *lines]:
        SESSION.validate(session)


@pytest.mark.parametrize("namespace", ["spring:session", "shop"])
def test_every_shown_session(sessionctl: Program, namespace: str) -> None:
    for id in sessionctl("ls", "-n", namespace, "-o", "ids").out.split():
        SESSION.validate(json.loads(sessionctl("show", id, "-n", namespace, "-o", "json").out))


def test_a_broken_session(sessionctl: Program, redis_client: Redis) -> None:
    redis_client.hset(
        "spring:session:sessions:broken", mapping={"creationTime": "9" * 30, "sessionAttr:x": b"\xac\xed\x00", "sessionAttr:y": ""}
    )
    session = json.loads(sessionctl("show", "broken", "-o", "json").out)
    SESSION.validate(session)
    assert (session["state"], session["attributes"]["x"]["value"]) == ("partial", None)
    assert session["attributes"]["x"]["reason"]


@pytest.mark.parametrize("namespace", ["spring:session", "shop"])
@pytest.mark.parametrize("options", [(), ("--no-raw",), ("--redact",), ("--reveal",)], ids=" ".join)
def test_every_exported_session(sessionctl: Program, namespace: str, options: tuple[str, ...]) -> None:
    array = json.loads(sessionctl("export", "-n", namespace, "-o", "json", *options).out)
    lines = [json.loads(line) for line in sessionctl("export", "-n", namespace, *options).out.splitlines()]
    assert len(array) == len(lines) >= 6
    for record in [*array, *lines]:
        RECORD.validate(record)


def test_a_line_of_a_journal() -> None:
    [record] = write.lines(batch({"a": LOGGED_IN})).splitlines()
    RECORD.validate(json.loads(record))


@pytest.mark.parametrize(
    "change", [{"format": "sessionctl/2"}, {"readAt": None}, {"redacted": False}, {"raw": {"fields": ["a"]}}, {"more": 1}]
)
def test_what_is_no_record_is_rejected(change: dict[str, Any]) -> None:
    record = json.loads(write.lines(batch({"a": LOGGED_IN})))
    with pytest.raises(ValidationError):
        RECORD.validate({**record, **change})


def test_every_field_is_in_the_schema() -> None:
    assert {field.name for field in ALL} <= set(SCHEMA["properties"])


def test_an_error(sessionctl: Program) -> None:
    ERROR.validate(json.loads(sessionctl("show", "nobody", "-o", "json").err))
    ERROR.validate(json.loads(sessionctl("ls", "--nonsense", "-o", "json").err))


@pytest.mark.parametrize(
    "change",
    [{"state": "alive"}, {"creationTime": 7}, {"deadline": "tomorrow"}, {"ttl": "5"}, {"unknown": 1}, {"attributes": {"a": {"value": 1}}}],
)
def test_what_is_wrong_is_rejected(change: dict[str, Any]) -> None:
    SESSION.validate({"id": "x", "state": "active"})
    with pytest.raises(ValidationError):
        SESSION.validate({"id": "x", **change})
