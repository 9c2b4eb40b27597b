"""export, import and diff as a person uses them, on the sample sessions."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from sessionctl.commands import diff as diff_command
from sessionctl.differences import CHANGES
from tests.running import Program

WHERE = "into namespace spring:session, where they were; --namespace NAME would rename"
ALICE = "2691ce0d-3019-4e06-9164-2d079a53c731"


def everything(client: Any) -> dict[bytes, Any]:
    """Every key and what it holds."""
    read = {b"hash": client.hgetall, b"string": client.get, b"set": client.smembers, b"zset": lambda key: client.zrange(key, 0, -1)}
    return {key: read[client.type(key)](key) for key in client.scan_iter()}


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def archive(sessionctl: Program, tmp_path: Path) -> str:
    """An export of the sample sessions; the server is empty afterwards."""
    path = str(tmp_path / "sessions.ndjson.gz")
    assert sessionctl("export", "--output", path).code == 0
    return path


def test_there_and_back(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    before = everything(redis_client)
    for key in redis_client.keys("spring:session:*"):
        redis_client.delete(key)
    done = sessionctl("import", archive)
    assert (done.code, done.err) == (3, f"7 sessions: 5 done, 2 gone; {WHERE}\n")
    after = everything(redis_client)
    with gzip.open(archive, "rt") as file:
        living = [one["id"].encode() for one in map(json.loads, file) if one["state"] == "active"]
    of_living = {key for key in before if key.startswith(b"spring:session:sessions:") and any(id in key for id in living)}
    assert of_living <= after.keys()
    assert {key: after[key] for key in of_living} == {key: before[key] for key in of_living}
    assert all(before[key] == after[key] for key in after if b":index:" in key)


def test_importing_twice_changes_nothing(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    before = everything(redis_client)
    done = sessionctl("import", archive, "-o", "ndjson")
    assert done.code == 3
    assert {one["outcome"] for one in lines(done.out)} == {"spared", "gone"}
    assert everything(redis_client) == before


def test_a_session_that_lives_on_is_kept_and_replaced_only_when_asked(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    key = f"spring:session:sessions:{ALICE}"
    redis_client.hset(key, "sessionAttr:cart", "newer")
    [kept] = [one for one in lines(sessionctl("import", archive, "-o", "ndjson").out) if one["id"] == ALICE]
    assert (kept["outcome"], kept["reason"]) == ("spared", "there is a session with this id; --replace overwrites it")
    assert redis_client.hexists(key, "sessionAttr:cart")
    refused = sessionctl("import", archive, "--replace")
    assert (refused.code, refused.err.splitlines()[0]) == (6, "error: sessions would be overwritten, and nobody is there to confirm it")
    assert redis_client.hexists(key, "sessionAttr:cart")
    [replaced] = [one for one in lines(sessionctl("import", archive, "--replace", "--yes", "-o", "ndjson").out) if one["id"] == ALICE]
    assert replaced["outcome"] == "done"
    assert not redis_client.hexists(key, "sessionAttr:cart")


def test_a_dry_run_says_every_command_and_does_none(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    redis_client.flushall()
    done = sessionctl("import", archive, "--dry-run", "-v", "-o", "ndjson")
    assert done.code == 3
    assert done.err == "a dry run, nothing was written: 7 sessions: 5 done, 2 gone; " + WHERE + "\n"
    assert not redis_client.keys()
    [alice] = [one for one in lines(done.out) if one["id"] == ALICE]
    assert alice["plan"] == "write the hash and 3 keys beside it"
    assert [(one["target"], *one["command"].split(" ", 2)[:2]) for one in alice["commands"]] == [
        ("hash", "HMSET", f"spring:session:sessions:{ALICE}"),
        ("hash", "PEXPIREAT", f"spring:session:sessions:{ALICE}"),
        ("companion", "SET", f"spring:session:sessions:expires:{ALICE}"),
        ("companion", "SADD", alice["commands"][3]["command"].split(" ")[1]),
        ("companion", "PEXPIREAT", alice["commands"][4]["command"].split(" ")[1]),
        (
            "companion",
            "SADD",
            "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:alice",
        ),
    ]


def test_another_namespace(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    redis_client.flushall()
    assert sessionctl("-n", "other", "import", archive).err == "7 sessions: 5 done, 2 gone; into namespace other\n"
    assert all(key.startswith(b"other:") for key in everything(redis_client))
    assert [one["id"] for one in lines(sessionctl("ls", "-n", "other", "--user", "alice", "-o", "ndjson").out)].count(ALICE) == 1


def test_damaged_lines_are_told_and_the_rest_comes_back(sessionctl: Program, redis_client: Redis) -> None:
    whole = sessionctl("export", "--user", "alice").out
    redis_client.flushall()
    done = sessionctl("import", "-", stdin=("nonsense\n" + whole + whole.splitlines()[0][:-5]).encode())
    assert done.code == 3
    assert done.out.splitlines() == [
        "LINE  ID  NAMESPACE  LAYOUT  OUTCOME  REASON",
        "   1  -   -          -       refused  it is no whole JSON object",
        "   4  -   -          -       refused  it is no whole JSON object",
    ]
    assert done.err.startswith("4 sessions: 2 done, 2 refused; into namespace spring:session")


@pytest.mark.parametrize("option", ["--redact", "--no-raw"])
def test_what_was_made_for_readers_is_not_imported(sessionctl: Program, option: str) -> None:
    done = sessionctl("import", "-", stdin=sessionctl("export", option).out.encode())
    assert done.code == 2
    assert done.err.splitlines()[1] == f"hint: export without {option}"


def test_a_redacted_export_has_no_id_and_no_secret(sessionctl: Program, redis_client: Redis) -> None:
    key = f"spring:session:sessions:{ALICE}"
    redis_client.hset(key, "sessionAttr:accessToken", f'"{ALICE}"')
    redis_client.hset(key, "sessionAttr:note", f'{{"of":"{ALICE}","details":{{"sessionId":"0f0e0d0c-login"}}}}')
    text = sessionctl("export", "--redact").out
    ids = sessionctl("ls", "-o", "ids").out.split()
    assert not [id for id in [*ids, "0f0e0d0c-login"] if id in text]
    [alice] = [one for one in lines(text) if "note" in one["attributes"]]
    assert alice["redacted"] is True
    assert alice["attributes"]["accessToken"]["value"] == "••••••"
    assert alice["attributes"]["note"]["value"]["of"] == alice["id"]
    assert "raw" not in alice
    assert all("members" not in one for one in alice["keys"])
    assert sessionctl("export", "--redact", "--reveal").code == 2


def test_secrets_without_the_raw_bytes(sessionctl: Program, redis_client: Redis) -> None:
    redis_client.hset(f"spring:session:sessions:{ALICE}", "sessionAttr:accessToken", '"abc"')
    [masked] = lines(sessionctl("export", ALICE, "--no-raw").out)
    [revealed] = lines(sessionctl("export", ALICE, "--no-raw", "--reveal").out)
    assert (masked["attributes"]["accessToken"]["value"], revealed["attributes"]["accessToken"]["value"]) == ("••••••", "abc")
    assert "raw" not in masked


def test_raw_secrets_stay_off_a_terminal(sessionctl: Program) -> None:
    refused = sessionctl("export", ALICE, person=True)
    assert (refused.code, refused.out) == (6, "")
    assert sessionctl("export", ALICE, "--no-raw", person=True).code == 0


def test_arrays_and_tables_of_values(sessionctl: Program, redis_client: Redis) -> None:
    array = sessionctl("export", "-o", "json").out
    assert len(json.loads(array)) == 7
    redis_client.flushall()
    assert sessionctl("import", "-", stdin=array.encode()).err.startswith("7 sessions: 5 done, 2 gone")
    [head, *rows] = csv.reader(sessionctl("export", "-o", "csv").out.splitlines())
    assert len(rows) == 5
    assert json.loads(rows[0][head.index("raw")])["fields"]
    assert sessionctl("export", "-o", "table").code == 2
    assert sessionctl("export", "-c", "id").code == 2


def test_names_and_selections(sessionctl: Program) -> None:
    assert [one["principal"] for one in lines(sessionctl("export", "--user", "alice").out)] == ["alice", "alice"]
    assert [one["id"] for one in lines(sessionctl("export", ALICE[:8]).out)] == [ALICE]
    missing = sessionctl("export", ALICE, "ffff")
    assert (missing.code, len(missing.out.splitlines())) == (1, 1)
    assert missing.err.splitlines()[0] == "error: there is no session 'ffff' in namespace spring:session"


def test_nothing_has_changed(sessionctl: Program, archive: str) -> None:
    done = sessionctl("diff", archive, "live")
    assert (done.code, done.out, done.err) == (0, "", "5 sessions: 5 the same\n")


def test_lost_new_changed_and_ended(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    carol, zoe = (sessionctl("ls", "--user", f"{name}*", "-o", "ids").out.strip() for name in ("carol", "zoe"))
    redis_client.delete(f"spring:session:sessions:{carol}")
    redis_client.hset(f"spring:session:sessions:{ALICE}", "sessionAttr:cart", "5")
    redis_client.hset(f"spring:session:sessions:{zoe}", "maxInactiveInterval", "0")
    redis_client.copy(f"spring:session:sessions:{ALICE}", "spring:session:sessions:fresh")
    done = sessionctl("diff", archive, "live", "-o", "ndjson")
    assert done.code == 1
    assert sorted((one["id"], one["change"], one["fields"]) for one in lines(done.out)) == sorted(
        [(carol, "lost", []), (ALICE, "changed", ["attributes.cart"]), ("fresh", "new", [])]
    )
    assert done.err == "6 sessions: 1 lost, 1 new, 1 changed, 1 ended, 2 the same\n"
    assert sessionctl("diff", archive, "live", "--only", "lost", "-c", "change,id", "-o", "csv").out == f"change,id\nlost,{carol}\n"
    assert sessionctl("diff", archive, "live", "--only", "ended", "-o", "ids").out.split() == [zoe]
    assert sessionctl("diff", archive, "live", "--ignore", "attributes.cart").err == "6 sessions: 1 lost, 1 new, 1 ended, 3 the same\n"


def test_what_simply_timed_out_is_not_lost(sessionctl: Program, redis_client: Redis, archive: str, tmp_path: Path) -> None:
    """The file's sessions, as if they had been read a day ago."""
    old = str(tmp_path / "old.ndjson")
    with gzip.open(archive, "rt") as file, open(old, "w") as out:
        for one in map(json.loads, file):
            one["raw"] = {
                "fields": ["creationTime", "lastAccessedTime", "maxInactiveInterval"],
                "lengths": [1, 1, 4],
                "values": "MTExODAw".ljust(8)[:8],
            }
            one["readAt"] = "1970-01-01T00:00:01.000Z"
            out.write(json.dumps(one) + "\n")
    redis_client.flushall()
    done = sessionctl("diff", old, "live")
    assert (done.code, done.err) == (0, "7 sessions: 7 timed-out\n")


def test_a_touch_counts_only_if_asked(sessionctl: Program, redis_client: Redis, archive: str) -> None:
    redis_client.hset(f"spring:session:sessions:{ALICE}", "lastAccessedTime", "1999999999999")
    redis_client.pexpire(f"spring:session:sessions:{ALICE}", 50_000)
    assert sessionctl("diff", archive, "live").err == "5 sessions: 5 the same\n"
    [touched] = lines(sessionctl("diff", archive, "live", "--strict", "-o", "ndjson").out)
    assert (touched["id"], touched["fields"]) == (ALICE, ["lastAccessedTime", "ttl"])


def test_what_cant_be_compared(sessionctl: Program, archive: str) -> None:
    assert sessionctl("diff", "live", "live").code == 2
    assert sessionctl("diff", "-", archive, stdin=sessionctl("export", "--no-raw").out.encode()).code == 2
    damaged = sessionctl("diff", "-", archive, stdin=b"?\n")
    assert (damaged.code, damaged.err.splitlines()) == (3, ["warning: line 1 of -: it is no whole JSON object", "5 sessions: 5 new"])


def test_the_choices_of_the_command_line_are_the_changes() -> None:
    assert diff_command.CHANGES == CHANGES
