"""Commands that change sessions, from the command line to their output: what is asked, what is refused, what is shown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from redis import Redis

from tests.running import Done, Person, Program

ALICE = "80f67136-29f1-4db0-9003-da0ec6b57213"
ALICE_TOO = "2691ce0d-3019-4e06-9164-2d079a53c731"
PREFIX = "spring:session:sessions:"
NOW = ("--wait", "0")


def timeouts(client: Redis) -> dict[str, bytes]:
    """The last byte of each session's maxInactiveInterval: 0 for a tombstone."""
    keys: Any = client.scan_iter(match=PREFIX + "*-*-*-*-*", _type="hash")
    return {key.decode()[len(PREFIX) :]: client.hget(key, "maxInactiveInterval")[-4:] for key in keys}  # type: ignore[index, misc]  # it is there


def ended(client: Redis) -> set[str]:
    return {id[:4] for id, timeout in timeouts(client).items() if timeout == bytes(4)} - {"2b76"}  # bob had logged out already


@pytest.fixture
def person(sessionctl: Program) -> Person:
    return Person(sessionctl.url)


def test_one_session_by_the_start_of_its_id(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("delete", "80f6", *NOW)
    assert done == Done(
        0,
        "ID                                    PRINCIPAL  LAYOUT   OUTCOME  EVENT    REASON\n"
        "80f67136-29f1-4db0-9003-da0ec6b57213  alice      indexed  done     deleted  -\n",
        "1 session: 1 done; 1 event sent\n",
    )
    assert ended(redis_client) == {"80f6"}
    again = sessionctl("delete", "80f6", *NOW, "-o", "ndjson", "-q")
    assert again.code == 3
    assert json.loads(again.out) == {
        "id": ALICE,
        "principal": "alice",
        "layout": "indexed",
        "outcome": "gone",
        "event": None,
        "reason": "it had ended already",
    }


@pytest.mark.parametrize(
    "words",
    [
        ("delete", "80f6", "2691"),
        ("delete", "--user", "alice"),
        ("expire", "--state", "!partial"),
        ("extend", "--user", "alice", "--by", "1h"),
    ],
)
def test_several_are_refused_where_nobody_can_confirm(sessionctl: Program, redis_client: Redis, words: tuple[str, ...]) -> None:
    before = timeouts(redis_client)
    done = sessionctl(*words, *NOW)
    assert done == Done(
        6,
        "",
        "error: several sessions would be changed, and nobody is there to confirm it\n"
        "hint: add --yes; --dry-run shows what would be done\n",
    )
    assert timeouts(redis_client) == before


def test_a_person_sees_what_is_about_to_happen_and_agrees(person: Person, redis_client: Redis) -> None:
    done = person("delete", "--user", "alice", *NOW, answers="maybe\nyes\n")
    assert done.code == 0
    asked = re.sub(r"127.0.0.1:\d+", "HOST", re.sub(r"\d+m( \d+s)?|\d+s", "T", done.err))
    assert asked == (
        "This logs out and ends 2 sessions of 7 in namespace spring:session at HOST:\n"
        "  state      active 2\n"
        "  user       alice 2\n"
        "  last used  between T and T ago\n"
        "  such as    2691ce0d… (alice), 80f67136… (alice)\n"
        "Go on? [y/N] please answer y or n\n"
        "Go on? [y/N] "
        "2 sessions: 2 done; 2 events sent\n"
    )
    assert ended(redis_client) == {"80f6", "2691"}


@pytest.mark.parametrize("answers", ["", "\n", "n\n"])
def test_a_person_who_doesnt_agree_changes_nothing(person: Person, redis_client: Redis, answers: str) -> None:
    done = person("delete", "--user", "alice", *NOW, answers=answers)
    assert (done.code, done.out) == (6, "")
    assert done.err.endswith("error: not confirmed; nothing was changed\nhint: --dry-run shows what would be done\n")
    assert ended(redis_client) == set()


def test_everywhere_but_here(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("delete", "--user", "alice", "--except", "80f6", "--yes", *NOW, "-o", "ids")
    assert done == Done(0, f"{ALICE_TOO}\n", "1 session: 1 done; 1 event sent\n")
    assert ended(redis_client) == {"2691"}


def test_who_is_to_be_spared_must_exist(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("delete", "--user", "alice", "--except", "80f7", "--yes", *NOW)
    assert (done.code, done.out) == (1, "")
    assert "there is no session '80f7'" in done.err
    assert ended(redis_client) == set()


def test_nothing_chosen_is_never_all(sessionctl: Program, redis_client: Redis) -> None:
    for words in (("delete",), ("delete", "--yes"), ("expire", "--except", "80f6", "--yes"), ("extend", "--by", "1h", "--yes")):
        done = sessionctl(*words)
        assert (done.code, done.out) == (2, "")
        assert "error: no session is chosen\nhint: name sessions by ID, or choose some with --user" in done.err
    assert ended(redis_client) == set()


def test_a_selection_without_any_session_is_fine(sessionctl: Program) -> None:
    assert sessionctl("delete", "--user", "nobody", "--yes", *NOW) == Done(0, "", "0 sessions\n")


def test_named_and_selected_both_hold(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("delete", "80f6", "7aa3", "--user", "alice", "--yes", *NOW, "-o", "csv", "-c", "id,outcome,reason")
    assert done == Done(
        3,
        f"id,outcome,reason\n7aa3bc3d-341a-47b1-b86e-d1b744ef61d3,spared,the selection doesn't hold for it (any more)\n{ALICE},done,\n",
        "2 sessions: 1 spared, 1 done; 1 event sent\n",
    )
    assert ended(redis_client) == {"80f6"}


def test_ids_from_standard_input(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("expire", "-", "--yes", *NOW, "-o", "ids", "-q", stdin=f"{ALICE}\n{ALICE_TOO}\n{ALICE}\n".encode())
    assert done == Done(0, f"{ALICE}\n{ALICE_TOO}\n", "")
    assert ended(redis_client) == {"80f6", "2691"}


def test_an_ambiguous_prefix_changes_nothing(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("delete", ALICE, "2", "--yes", *NOW)
    assert done.code == 2
    assert "'2' fits 2 sessions" in done.err
    assert ended(redis_client) == set()


def test_a_dry_run_shows_every_command_and_does_none(sessionctl: Program, redis_client: Redis) -> None:
    before = timeouts(redis_client)
    done = sessionctl("delete", "80f6", "--dry-run", "-v", "-o", "json")
    assert (done.code, done.err) == (0, "a dry run, nothing was changed: 1 session: 1 done\n")
    [row] = json.loads(done.out)
    expires = f"spring:session:sessions:expires:{ALICE}"
    bucket = next(key.decode() for key in redis_client.scan_iter(match="*:expirations:*") if _holds(redis_client, key, ALICE))
    index = "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:alice"
    integer = (
        r"\xac\xed\x00\x05sr\x00\x11java.lang.Integer\x12\xe2\xa0\xa4\xf7\x81\x878\x02\x00\x01I\x00\x05valuexr\x00\x10java.lang.Number"
    )
    integer += r"\x86\xac\x95\x1d\x0b\x94\xe0\x8b\x02\x00\x00xp\x00\x00\x00\x00"
    spelt = rf'"\xac\xed\x00\x05t\x00${ALICE}" "\"{ALICE}\""'
    assert row["plan"] == "log out, leave a tombstone, clean its companions"
    assert [(step["target"], step["command"]) for step in row["commands"]] == [
        ("hash", f'HSET {PREFIX}{ALICE} maxInactiveInterval "{integer}"'),
        ("hash", f"PEXPIRE {PREFIX}{ALICE} 300000"),
        ("companion", f"SREM {index} {spelt}"),
        ("companion", rf'SREM {bucket} "\xac\xed\x00\x05t\x00,expires:{ALICE}" "\"expires:{ALICE}\"" {spelt}'),
        ("companion", f"ZREM spring:session:sessions:expirations {spelt}"),
        ("event", f"PUBLISH __keyevent@0__:del {expires}"),
        ("companion", f"RENAME {expires} spring:session:sessionctl:ended:{{{expires}}}"),
        ("companion", f"UNLINK spring:session:sessionctl:ended:{{{expires}}}"),
    ]
    assert timeouts(redis_client) == before
    assert redis_client.exists(expires)


def _holds(client: Redis, key: bytes, id: str) -> bool:
    return any(id.encode() in member for member in client.smembers(key))


def test_a_dry_run_of_many_is_a_table(sessionctl: Program) -> None:
    done = sessionctl("expire", "--user", "alice", "--dry-run", "-c", "id,state,plan")
    assert done == Done(
        0,
        "ID                                    STATE   PLAN\n"
        "2691ce0d-3019-4e06-9164-2d079a53c731  active  log out, leave a tombstone, clean its companions\n"
        "80f67136-29f1-4db0-9003-da0ec6b57213  active  log out, leave a tombstone, clean its companions\n",
        "a dry run, nothing was changed: 2 sessions: 2 done\n",
    )


def test_another_namespace(sessionctl: Program, redis_client: Redis) -> None:
    done = sessionctl("delete", "--user", "alice", "--yes", "-n", "shop", "-c", "layout,outcome,event", "-o", "csv", "-q")
    assert (done.code, done.out.splitlines()[0]) == (0, "layout,outcome,event")
    assert set(done.out.splitlines()[1:]) == {"reactive-indexed,done,deleted"}
    assert ended(redis_client) == set()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("extend", "80f6"), "extend wants one of --by, --for and --timeout"),
        (("extend", "80f6", "--by", "1h", "--for", "2h"), "extend wants one of --by, --for and --timeout"),
        (("extend", "80f6", "--by", "0"), "--by 0 gives no time"),
        (("extend", "80f6", "--by=-5m"), "Invalid value for '--by': '-5m' is negative"),
        (("extend", "80f6", "--by", "soon"), "Invalid value for '--by': 'soon' is no duration; type for example 90s, 30m, 2h, 7d or 1h30m"),
        (("delete", "80f6", "--event", "created"), "Invalid value for '--event': 'created' is not one of 'deleted', 'expired', 'none'"),
    ],
)
def test_what_makes_no_sense_is_said(sessionctl: Program, words: tuple[str, ...], error: str) -> None:
    done = sessionctl(*words)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"error: {error}")


def test_extend_gives_the_new_deadline(sessionctl: Program, redis_client: Redis) -> None:
    before = json.loads(sessionctl("show", "80f6", "-o", "json").out)
    done = sessionctl("extend", "80f6", "--timeout", "1h30m", *NOW, "-o", "ndjson")
    assert (done.code, done.err) == (0, "1 session: 1 done\n")
    after = json.loads(sessionctl("show", "80f6", "-o", "json").out)
    assert json.loads(done.out) == {
        "id": ALICE,
        "principal": "alice",
        "layout": "indexed",
        "outcome": "done",
        "maxInactiveInterval": 5400,
        "deadline": after["deadline"],
        "reason": None,
    }
    assert (before["maxInactiveInterval"], after["maxInactiveInterval"]) == (1800, 5400)
    assert after["lastAccessedTime"] == before["lastAccessedTime"]
    assert timeouts(redis_client)[ALICE] == (5400).to_bytes(4, "big")


def test_the_timeout_of_the_connection_stands_before_extend(sessionctl: Program) -> None:
    assert sessionctl("--timeout", "5", "extend", "80f6", "--timeout", "1h", *NOW, "-q").code == 0
