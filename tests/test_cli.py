"""The program from the command line to its output and exit code: this data, these words, exactly this answer."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from redis import Redis

from sessionctl.cli import COMMANDS
from tests.running import Done, Program

ALICE = "80f67136-29f1-4db0-9003-da0ec6b57213"
PREFIX = "spring:session:sessions:"
METADATA: dict[Any, Any] = {"creationTime": "1000", "lastAccessedTime": "1000", "maxInactiveInterval": "1800"}


def ids(done: Done) -> list[str]:
    assert done.code == 0, done.err
    return sorted(id[:4] for id in done.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_begins_with_examples(sessionctl: Program, name: str) -> None:
    from tests.readme import help_of

    text = help_of(name)
    assert text.index("Examples:") < text.index("Options:")
    assert f"sessionctl {name}" in text


def test_the_default_table_in_a_pipe(sessionctl: Program) -> None:
    done = sessionctl("ls", "--user", "alice", "--sort", "idle")
    first, *rows = [line.split() for line in done.out.splitlines()]
    assert first == ["ID", "PRINCIPAL", "STATE", "CREATED", "IDLE", "REMAINING", "TTL"]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("2691ce0d-3019-4e06-9164-2d079a53c731", "alice", "active"),
        (ALICE, "alice", "active"),
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 8\d\d\.\d{3} 9\d\d\.\d{3} 12\d\d\.\d{3}", " ".join(rows[1][3:]))
    assert (done.code, done.err) == (0, "2 sessions: 2 active\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["2691", "2b76", "613e", "7aa3", "80f6", "bbdb", "c106"]),
        (("--user", "al*"), ["2691", "80f6"]),
        (("--user", "!*"), ["613e"]),
        (("--user", "carol:colon"), ["bbdb"]),
        (("--user", "dave ü"), ["c106"]),
        (("--state", "expired"), ["c106"]),
        (("--user", "bob"), []),
        (("--user", "bob", "--no-index"), ["2b76"]),
        (("--user", "bob", "--state", "deleted"), ["2b76"]),
        (("--state", "expired,deleted"), ["2b76", "c106"]),
        (("--idle", "10m", "--state", "active"), ["80f6", "bbdb"]),
        (("--idle", "..1m"), ["2691"]),
        (("--attr", "theme=dark"), ["80f6"]),
        (("--attr", "!cart", "--user", "alice"), ["2691"]),
        (("--sort", "idle", "--limit", "2"), ["2691", "2b76"]),
        (("--sort", "IDLE", "--reverse", "--limit", "1"), ["bbdb"]),
        (("--limit", "0"), []),
    ],
)
def test_selections(sessionctl: Program, words: tuple[str, ...], expected: list[str]) -> None:
    assert ids(sessionctl("ls", "-o", "ids", *words)) == expected


def test_the_summary_tells_a_part_from_the_whole(sessionctl: Program) -> None:
    assert sessionctl("ls", "--user", "zoe").err == "1 session: 1 active\n"
    assert sessionctl("ls", "--state", "active", "-l", "2").err == "the first 2 sessions: 2 active\n"
    assert sessionctl("ls", "--state", "active", "-l", "2", "--sort", "id").err == "the first 2 of 5 sessions: 5 active\n"


@pytest.mark.parametrize("format", ["table", "csv", "ndjson", "markdown"])
def test_the_summary_tells_what_could_not_be_read(sessionctl: Program, redis_client: Redis, format: str) -> None:
    redis_client.hset(PREFIX + "odd", mapping=METADATA | {"sessionAttr:SPRING_SECURITY_CONTEXT": b"\xac\xed\0\5?"})
    said = "8 sessions: 5 active, 2 expired, 1 deleted; 1 not read (principal: no such type of content: 0x3f)\n"
    assert sessionctl("ls", "-o", format, "-c", "id,principal,state").err == said


def test_a_limit_of_none_says_nothing_of_what_there_is(sessionctl: Program) -> None:
    assert sessionctl("ls", "-l", "0", "-o", "json") == Done(0, "[]\n", "0 sessions\n")


def test_count_and_nul(sessionctl: Program) -> None:
    assert sessionctl("ls", "--count", "--user", "alice") == Done(0, "2\n", "")
    assert sessionctl("ls", "-0", "-o", "ids", "--user", "zoe", "-q") == Done(0, "7aa3bc3d-341a-47b1-b86e-d1b744ef61d3\0", "")
    assert sessionctl("ls", "-0", "--user", "zoe", "-q").out == "7aa3bc3d-341a-47b1-b86e-d1b744ef61d3\0"


def test_options_stand_before_and_after_and_the_later_wins(sessionctl: Program) -> None:
    expected = sessionctl("ls", "--namespace", "shop", "-o", "ids").out
    assert sessionctl("--namespace", "shop", "-o", "ids", "ls").out == expected
    assert sessionctl("--namespace", "nowhere", "ls", "-n", "shop", "-o", "ids").out == expected


def test_options_from_the_environment(sessionctl: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONCTL_NAMESPACE", "shop")
    monkeypatch.setenv("SESSIONCTL_FORMAT", "ids")
    monkeypatch.setenv("SESSIONCTL_LS_LIMIT", "1")
    assert len(sessionctl("ls").out.split()) == 1
    assert sessionctl("ls", "-o", "csv", "-c", "namespace").out == "namespace\nshop\n"


def test_columns_by_name_heading_and_in_addition(sessionctl: Program) -> None:
    assert (
        sessionctl("ls", "-o", "csv", "-c", "PRINCIPAL,timeout,Attrs", "--attr", "theme").out
        == "principal,maxInactiveInterval,attributeCount\nalice,1800,9\n"
    )
    assert sessionctl("ls", "-o", "csv", "-c", "+namespace", "-l", "1").out.splitlines()[0].endswith(",ttl,namespace")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ls", "--columns", "nonsense"), "there is no column 'nonsense'"),
        (("ls", "--state", "alive"), "the states are active, expired, deleted and partial"),
        (("ls", "--idle", "soon"), "soon"),
        (("ls", "--sort", "attributes"), "sort by attributeCount or size"),
        (("ls", "-0", "-o", "csv"), "leave one of them away"),
        (("ls", "--nonsense"), "No such option"),
        (("nonsense",), "No such command"),
        (("show",), "Missing argument"),
        (("show", ALICE, "--raw"), "add --attr NAME"),
    ],
)
def test_bad_words_are_a_usage_error_with_what_to_type(sessionctl: Program, words: tuple[str, ...], said: str) -> None:
    done = sessionctl(*words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "hint: " in done.err


def test_no_redis(sessionctl: Program) -> None:
    done = Program("redis://127.0.0.1:1/0")("ls", "-o", "json")
    assert (done.code, done.out) == (4, "")
    assert json.loads(done.err)["error"] == "unreachable"


@pytest.mark.parametrize(
    "typed",
    [
        ALICE,
        ALICE[:6],
        ALICE[:1],
        PREFIX + ALICE,
        f"{PREFIX}expires:{ALICE}",
        base64.b64encode(ALICE.encode()).decode(),
        base64.b64encode(f"{ALICE}.node1".encode()).decode(),
    ],
)
def test_a_session_by_whatever_a_person_has_of_it(sessionctl: Program, typed: str) -> None:
    done = sessionctl("show", typed, "-o", "json")
    assert (done.code, json.loads(done.out)["id"], done.err) == (0, ALICE, "")


def test_several_sessions_from_standard_input(sessionctl: Program) -> None:
    done = sessionctl("show", "-", "-o", "json", stdin=f"{ALICE}\nc1069632\n{ALICE}\n".encode())
    assert [one["id"][:4] for one in json.loads(done.out)] == ["80f6", "c106"]


def test_a_prefix_of_several_lists_them(sessionctl: Program, redis_client: Redis) -> None:
    for id in ("abcd1", "abcd2"):
        redis_client.hset(PREFIX + id, mapping=METADATA)
    done = sessionctl("show", "abcd")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: 'abcd' fits 2 sessions: abcd1, abcd2\nhint: type more of the id\n"


def test_a_terminal_shows_no_whole_id_in_an_error(sessionctl: Program, redis_client: Redis) -> None:
    redis_client.hset(PREFIX + ALICE.replace("-", "+"), mapping=METADATA)
    assert "fits 2 sessions: 80f67136+, 80f67136-\n" in sessionctl("show", "80f6", person=True).err
    assert sessionctl("show", ALICE, "--attr", "x", person=True).err.startswith("error: session 80f67136 has no attribute 'x'\n")
    assert f"session {ALICE} has" in sessionctl("show", ALICE, "--attr", "x", "--reveal", person=True).err


def test_nobody_and_somebody(sessionctl: Program) -> None:
    done = sessionctl("show", "nobody", ALICE, "-o", "ndjson", "-c", "principal")
    assert (done.code, done.out) == (1, '{"principal":"alice"}\n')
    assert json.loads(done.err)["error"] == "not-found"


def test_an_expires_key_without_its_hash_is_explained(sessionctl: Program, redis_client: Redis) -> None:
    redis_client.delete(PREFIX + ALICE)
    done = sessionctl("show", ALICE)
    assert done.code == 1
    assert "its expires key is still there" in done.err


def test_one_attribute_decoded_and_raw(sessionctl: Program) -> None:
    assert json.loads(sessionctl("show", ALICE, "--attr", "theme", "-o", "json").out)["value"] == "dark"
    assert sessionctl("show", ALICE, "--attr", "theme", "--raw").out.endswith("\x04dark")
    missing = sessionctl("show", ALICE, "--attr", "nothing")
    assert (missing.code, missing.out) == (1, "")


def test_the_columns_of_one_attribute(sessionctl: Program) -> None:
    assert sessionctl("show", ALICE, "--attr", "theme", "-c", "value", "-o", "json") == Done(0, '{"value":"dark"}\n', "")
    assert sessionctl("show", ALICE, "--attr", "theme", "-c", "ttl").err.endswith(
        "hint: the columns are name, class, encoding, size, value\n"
    )


def test_secrets_are_masked_unless_revealed(sessionctl: Program, redis_client: Redis) -> None:
    redis_client.hset(PREFIX + ALICE, "sessionAttr:login", '{"@class":"a.Login","user":"alice","password":"s3cret"}')
    assert "s3cret" not in sessionctl("show", ALICE, "-o", "json").out
    assert "s3cret" not in sessionctl("ls", "-o", "json", "-c", "attributes").out
    assert "s3cret" in sessionctl("show", ALICE, "-o", "json", "--reveal").out
    raw = ("show", ALICE, "--attr", "login", "--raw")
    assert "s3cret" in sessionctl(*raw).out
    refused = sessionctl(*raw, person=True)
    assert (refused.code, refused.out) == (6, "")
    assert "s3cret" in sessionctl(*raw, "--reveal", person=True).out


HOSTILE: dict[bytes, dict[Any, Any]] = {
    b"esc\x1b[31m\r\n": METADATA,
    b"no utf-8 \xff\xfe": METADATA,
    "bidi \u202e".encode(): METADATA,
    b"": METADATA,
    b"huge": {**METADATA, "creationTime": "9" * 100_000},
    b"extreme": {"creationTime": "-9223372036854775808", "lastAccessedTime": "9223372036854775807", "maxInactiveInterval": "2147483647"},
    b"random": {"creationTime": b"\x00\x01", "lastAccessedTime": b"", "maxInactiveInterval": b"\xac\xed"},
    b"nested": {**METADATA, "sessionAttr:SPRING_SECURITY_CONTEXT": b"[" * 100_000},
    b"cut off": {**METADATA, "sessionAttr:SPRING_SECURITY_CONTEXT": b"\xac\xed\x00\x05sr\x00\x3dorg", b"sessionAttr:\xff\x1b": b"\xff"},
    b"other": {"something": "else"},
}


@pytest.mark.parametrize("format", ["table", "json", "ndjson", "csv", "markdown", "ids"])
@pytest.mark.parametrize("person", [False, True], ids=["pipe", "terminal"])
def test_hostile_sessions_give_rows_and_never_an_exception(sessionctl: Program, redis_client: Redis, format: str, person: bool) -> None:
    redis_client.flushall()
    for id, fields in HOSTILE.items():
        redis_client.hset(PREFIX.encode() + id, mapping=fields)
    columns = "id,principal,state,idle,remaining,ttl,layout,attributeNames,attributes,authorities"
    done = sessionctl("ls", "-o", format, "-c", columns, person=person)
    assert done.code == 0, done.err
    assert f"{len(HOSTILE)} sessions" in done.err
    if person or format in ("table", "json", "ndjson"):
        assert not set(done.out) & {"\x1b", "\r", "\x07"}
    if person:
        assert "\u202e" not in done.out
    if format == "json":
        states = {session["id"]: session["state"] for session in json.loads(done.out)}
        assert {states[id] for id in ("huge", "random", "other")} == {"partial"}


def test_every_hostile_session_can_be_shown(sessionctl: Program, redis_client: Redis) -> None:
    for id, fields in HOSTILE.items():
        redis_client.hset(PREFIX.encode() + id, mapping=fields)
        done = sessionctl("show", "-o", "json", "--", id.decode("utf-8", "surrogateescape"))
        assert (done.code, done.err) == (0, "")


def test_keys_of_other_types_are_no_sessions(sessionctl: Program, redis_client: Redis) -> None:
    redis_client.set(PREFIX + "text", "x")
    redis_client.sadd(PREFIX + "set", "x")
    assert sessionctl("ls", "--count").out == "7\n"
    assert sessionctl("show", "text").code == 1


def test_a_bug_is_told_as_one(sessionctl: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessionctl.store.Store.scan", lambda *_: 1 / 0)
    done = sessionctl("ls")
    assert (done.code, done.out) == (70, "")
    assert (
        done.err
        == "error: a bug in sessionctl: ZeroDivisionError: division by zero\nhint: run it again with --debug and report what it prints\n"
    )
    assert "Traceback" in sessionctl("ls", "--debug").err
