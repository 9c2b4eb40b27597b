"""The purge, from the command line to its output: every mistake that it stops, and the way to end sessions and have them back."""

from __future__ import annotations

import json
import re
import stat
import time
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from sessionctl import bulk, selecting
from sessionctl.layouts.keys import Keys
from tests.live.spring import GRACE, LAYOUTS, Application
from tests.running import Done, Person, Program
from tests.test_changing import timeouts

NOW = ("--wait", "0")
IDLE = {"7aa3", "80f6", "bbdb", "c106"}  # those of the samples that nobody has touched for five minutes


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def purge(sessionctl: Program, environ: dict[str, str]) -> Callable[..., Done]:
    """The command in a pipe, on the samples."""
    program = Program(sessionctl.url, environ)
    return lambda *words: program("purge", *words, *NOW)


@pytest.fixture
def person(sessionctl: Program, environ: dict[str, str]) -> Callable[..., Done]:
    """The command on a terminal, on the samples."""
    somebody = Person(sessionctl.url, environ)
    return lambda *words, answers: somebody("purge", *words, *NOW, answers=answers)


def everything(client: Any) -> dict[bytes, bytes]:
    """All keys with what they hold."""
    return {key: client.dump(key) for key in client.scan_iter()}


def ended(client: Redis) -> set[str]:
    return {id[:4] for id, timeout in timeouts(client).items() if timeout == bytes(4)} - {"2b76"}  # bob had logged out already


def journals(environ: dict[str, str]) -> list[Path]:
    return sorted(Path(environ["XDG_STATE_HOME"]).rglob("*"))[1:]


def recorded(path: Path) -> set[str]:
    return {json.loads(line)["id"][:4] for line in path.read_text().splitlines()}


# --- mistakes ---

CHOICES = (
    "choose with --idle, --age, --remaining, --ttl, --size, --user, --state or --attr; --idle alone: what is overdue; --all: everything"
)
MISTAKES: list[tuple[tuple[str, ...], int, str, str]] = [
    ((), 2, "nothing is selected", CHOICES),
    (("--yes",), 2, "nothing is selected", CHOICES),
    (("--dry-run",), 2, "nothing is selected", CHOICES),
    (("--plan", "x"), 2, "nothing is selected", CHOICES),
    (("--confirm", "spring:session"), 2, "nothing is selected", CHOICES),
    (("--all", "--user", "alice", "--confirm", "spring:session"), 2, "--all and --apply stand alone", "leave the selection out, or them"),
    (("--all", "--apply", "x", "--yes"), 2, "--all and --apply stand alone", "leave the selection out, or them"),
    (("--apply", "x", "--idle", "--yes"), 2, "--all and --apply stand alone", "leave the selection out, or them"),
    (("--idle", "5m", "--confirm", "spring:session"), 2, "--confirm belongs to --all", "--yes confirms a selection"),
    (("--idle", "5m", "--yes", "--journal", "x", "--no-journal"), 2, "--journal and --no-journal exclude each other", ""),
    (
        ("--apply", "x", "--dry-run"),
        2,
        "--apply acts on a plan; it has no --plan and no --dry-run",
        "the plan itself is the dry run",
    ),
    (
        ("--apply", "x", "--max-percent", "5", "--yes"),
        2,
        "--max-percent is of a selection; a plan has its number already",
        "--max refuses a plan with more sessions",
    ),
    (
        ("--idle", "5m", "--plan", "x", "--dry-run"),
        2,
        "--plan and --dry-run exclude each other",
        "neither changes anything: --plan writes, --dry-run shows",
    ),
    (("--apply", "no-such-file", "--yes"), 2, "the plan no-such-file can't be read: No such file or directory", ""),
    (
        ("--idle", "5m"),
        6,
        "sessions would be ended, and nobody is there to confirm it",
        "add --yes; --dry-run shows what would be done",
    ),
    (
        ("--all", "--yes"),
        6,
        "sessions would be ended, and nobody is there to confirm it",
        "add --confirm spring:session; --dry-run shows what would be done",
    ),
    (
        ("--all", "--confirm", "shop"),
        6,
        "--confirm shop isn't the namespace spring:session; nothing was done",
        "--namespace names another",
    ),
    (
        ("--idle", "5m", "--yes", "--max", "3"),
        6,
        "4 sessions are selected, more than --max 3; nothing was done",
        "narrow the selection",
    ),
    (
        ("--idle", "5m", "--yes", "--max-percent", "50"),
        6,
        "4 of 7 sessions are selected, more than --max-percent 50; nothing was done",
        "narrow the selection",
    ),
    (
        ("--idle", "5m", "--plan", "x", "--max", "3"),
        6,
        "4 sessions are selected, more than --max 3; nothing was done",
        "narrow the selection",
    ),
]


@pytest.mark.parametrize(("words", "code", "error", "hint"), MISTAKES, ids=[" ".join(words) or "nothing" for words, *_ in MISTAKES])
def test_a_mistake_is_said_and_changes_nothing(
    purge: Callable[..., Done],
    redis_client: Redis,
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    error: str,
    hint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = everything(redis_client)
    assert purge(*words) == Done(code, "", f"error: {error}\n" + (f"hint: {hint}\n" if hint else ""))
    assert everything(redis_client) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--idle", "soon", "--yes"), "'soon' is no duration"),
        (("--idle", "5m", "--yes", "--max=-1"), "-1 is not in the range"),
        (("--idle", "5m", "--yes", "--max-percent", "101"), "101.0 is not in the range"),
        (("--idle", "5m", "--yes", "--batch", "0"), "0 is not in the range"),
        (("--idle", "5m", "--yes", "--rate", "0"), "0.0 is not in the range"),
        (("--idle", "5m", "--yes", "--event", "created"), "'created' is not one of"),
        (("--state", "old", "--yes"), "there is no state 'old'"),
        (("80f6", "--yes"), "Got unexpected extra argument (80f6)"),
    ],
)
def test_what_makes_no_sense_is_said(purge: Callable[..., Done], redis_client: Redis, words: tuple[str, ...], error: str) -> None:
    before = everything(redis_client)
    done = purge(*words)
    assert (done.code, done.out) == (2, "")
    assert error in done.err.splitlines()[0]
    assert everything(redis_client) == before


# --- a person ---


def told(done: Done) -> str:
    """What a person reads, without what differs from run to run."""
    text = re.sub(r"\r\x1b\[K(ending sessions:[^\r]*)?", "", done.err)
    return re.sub(r"127.0.0.1:\d+", "HOST", re.sub(r"\d+m( \d+s)?|\d+s", "T", re.sub(r"/\S+ndjson", "JOURNAL", text)))


RECORDED = "recorded in JOURNAL; sessionctl import JOURNAL brings back those whose deadline hasn't passed\n"


def test_a_person_sees_what_is_about_to_happen_and_agrees(person: Callable[..., Done], redis_client: Redis) -> None:
    done = person("--idle", "5m", answers="y\n")
    assert done.code == 0
    assert told(done) == (
        "This ends 4 sessions of 7 in namespace spring:session at HOST:\n"
        "  state      active 3, expired 1\n"
        "  user       zoe 1, alice 1, carol:colon 1, dave ü 1\n"
        "  last used  between T and T ago\n"
        "  such as    7aa3bc3d… (zoe), 80f67136… (alice), bbdb5876… (carol:colon), c1069632… (dave ü)\n"
        "Go on? [y/N] 4 sessions: 4 done; 3 events sent\n" + RECORDED
    )
    assert ended(redis_client) == IDLE


def test_all_are_ended_by_whoever_types_the_namespace(person: Callable[..., Done], redis_client: Redis) -> None:
    done = person("--all", answers="spring:session\n")
    assert done.code == 0
    assert "These are all. Type the namespace to end them: 7 sessions: 7 done; 5 events sent\n" in told(done)
    assert len(ended(redis_client)) == 6


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (("--idle", "5m"), ""),
        (("--idle", "5m"), "\n"),
        (("--idle", "5m"), "n\n"),
        (("--all",), ""),
        (("--all",), "y\n"),
        (("--all",), "shop\n"),
        (("--all", "--yes"), "yes\n"),
    ],
)
def test_whoever_doesnt_agree_changes_nothing(
    person: Callable[..., Done], redis_client: Redis, environ: dict[str, str], words: tuple[str, ...], answers: str
) -> None:
    before = everything(redis_client)
    done = person(*words, answers=answers)
    assert (done.code, done.out) == (6, "")
    assert done.err.endswith("error: not confirmed; nothing was changed\nhint: --dry-run shows what would be done\n")
    assert everything(redis_client) == before
    assert not Path(environ["XDG_STATE_HOME"]).exists()


def test_a_person_isnt_asked_about_nothing(person: Callable[..., Done]) -> None:
    assert person("--user", "nobody", answers="") == Done(0, "", "no session meets the selection\n")


# --- what would be done, and what is ---


def test_a_dry_run_shows_what_is_selected(purge: Callable[..., Done], redis_client: Redis) -> None:
    before = everything(redis_client)
    done = purge("--idle", "5m", "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert re.sub(r"127.0.0.1:\d+", "HOST", re.sub(r"\d{4}-\S+Z", "TIME", done.out)) == (
        "namespace:  spring:session\n"
        "redis:      HOST\n"
        "sessions:   7\n"
        "selected:   4\n"
        "states:     active 3,expired 1\n"
        "users:      zoe 1,alice 1,carol:colon 1,dave ü 1\n"
        "oldest:     TIME\n"
        "newest:     TIME\n"
        "sample:     7aa3bc3d…,80f67136…,bbdb5876…,c1069632…\n"
    )
    assert everything(redis_client) == before


SELECTIONS = (("--idle", "5m"), ("--user", "alice"), ("--state", "!active"), ("--user", "!*", "--age", "..1h"))


@pytest.mark.parametrize("words", SELECTIONS, ids=" ".join)
def test_a_dry_run_counts_what_a_run_ends(purge: Callable[..., Done], words: tuple[str, ...]) -> None:
    would = json.loads(purge(*words, "--dry-run", "-o", "json").out)
    done = json.loads(purge(*words, "--yes", "-o", "json").out)
    assert would["sessions"] == 7
    assert done["done"] + done["gone"] == would["selected"] > 0
    assert (done["spared"], done["refused"]) == (0, 0)


def test_the_caps_let_through_what_is_below_them(purge: Callable[..., Done], redis_client: Redis) -> None:
    assert purge("--idle", "5m", "--yes", "--max", "4", "--max-percent", "58").code == 0
    assert ended(redis_client) == IDLE


def test_no_more_end_than_allowed_if_others_come_after_the_look_at_them(
    sessionctl: Program, redis_client: Redis, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of so many that their ids aren't kept."""
    others = [f"{number:036}" for number in range(200)]
    check = bulk._check_caps

    def others_come(*words: Any) -> None:
        check(*words)
        for id in others:
            Application(redis_client, "simple").login(id)

    monkeypatch.setattr(bulk, "_check_caps", others_come)
    monkeypatch.setattr(selecting, "REMEMBERED", 0)
    done = Program(sessionctl.url, environ)("purge", "--state", "active", "--yes", "--max", "100", *NOW)
    assert done.code == 6
    assert done.err.endswith(
        "it ended early; the same command again goes on\n"
        "error: by now more sessions are selected than --max 100\n"
        "hint: what has ended until here is told above; narrow the selection\n"
    )
    assert redis_client.exists(*map(Keys().session, others)) >= 100


def test_a_script_gets_numbers(purge: Callable[..., Done], environ: dict[str, str]) -> None:
    done = purge("--idle", "5m", "--yes", "-q", "-o", "json")
    [journal] = journals(environ)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == {"done": 4, "gone": 0, "spared": 0, "refused": 0, "events": 3, "journal": str(journal)}


def test_what_has_ended_already_is_gone_and_isnt_recorded(purge: Callable[..., Done], environ: dict[str, str]) -> None:
    assert purge("--idle", "5m", "--yes").code == 0
    assert purge("--idle", "5m", "--yes") == Done(
        3, "DONE  GONE  SPARED  REFUSED  EVENTS  JOURNAL\n   0     4       0        0       0  -\n", "4 sessions: 4 gone\n"
    )
    assert len(journals(environ)) == 1


@pytest.mark.parametrize(("event", "kinds"), [("deleted", {b"del"}), ("expired", {b"expired"}), ("none", set())])
def test_the_applications_hear_the_event_that_was_asked_for(
    purge: Callable[..., Done], redis_client: Redis, event: str, kinds: set[bytes]
) -> None:
    with redis_client.pubsub() as subscriber:  # type: ignore[no-untyped-call]  # it is so in redis-py
        subscriber.subscribe("__keyevent@0__:del", "__keyevent@0__:expired")
        done = purge("--user", "alice", "--yes", "--event", event, "-o", "json", "-q")
        redis_client.publish("__keyevent@0__:del", "the end")
        messages = takewhile(lambda message: message["data"] != b"the end", subscriber.listen())
        told = [message["channel"].rpartition(b":")[2] for message in messages if message["type"] == "message"]
    assert (set(told), len(told)) == (kinds, 2 * len(kinds))
    assert json.loads(done.out)["events"] == len(told)
    assert ended(redis_client) == (set() if event == "none" else {"2691", "80f6"})


def test_without_events_nothing_is_left(purge: Callable[..., Done], redis_client: Redis) -> None:
    assert purge("--all", "--confirm", "spring:session", "--event", "none").code == 0
    assert redis_client.keys("spring:session*") == []


def test_a_user_whose_name_has_half_a_surrogate_pair(purge: Callable[..., Done], redis_client: Redis) -> None:
    """Java's names of keys have a question mark there."""
    index = Keys().principal_index("\ud800 and \udc00")
    assert index.endswith(b":? and ?")
    Application(redis_client).login("one-with-a-strange-user", "\ud800 and \udc00")
    assert purge("--all", "--confirm", "spring:session", "--no-journal").code == 0
    assert not redis_client.exists(index)


def test_another_namespace(purge: Callable[..., Done], redis_client: Redis) -> None:
    before = everything(redis_client)
    done = purge("--all", "--confirm", "shop", "-n", "shop", "-o", "json", "-q")
    assert json.loads(done.out)["done"] == 6
    after = everything(redis_client)
    assert {key for key in before if before[key] != after.get(key) and not key.startswith(b"shop:")} == set()


def test_a_rate_is_kept(purge: Callable[..., Done], redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, slept = [1000.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("sessionctl.purging.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("sessionctl.changes.time.sleep", sleep)
    assert purge("--idle", "5m", "--yes", "--batch", "1", "--rate", "2").code == 0
    assert sum(slept) == pytest.approx(1.5)  # the first at once, each other half a second later
    assert ended(redis_client) == IDLE


# --- overdue ---


@pytest.mark.parametrize("layout", LAYOUTS)
def test_idle_alone_takes_what_redis_should_have_removed(purge: Callable[..., Done], redis_client: Redis, layout: str) -> None:
    redis_client.flushall()
    application = Application(redis_client, layout)
    for id, idle in {"alive": 0, "late": 1800_000 + 60_000, "overdue": 1800_000 + GRACE + 60_000}.items():
        application.login(id, idle=0)
        redis_client.persist(Keys().session(id))
        redis_client.hset(Keys().session(id), "lastAccessedTime", application.encoded(_long(idle)))
    done = purge("--idle", "--yes", "-q", "-o", "json")
    overdue = {"late", "overdue"} if layout == "simple" else {"overdue"}
    assert json.loads(done.out)["done"] == len(overdue)
    assert {id for id in ("alive", "late", "overdue") if redis_client.exists(Keys().session(id))} == {"alive", "late", "overdue"} - overdue


def _long(ago: int) -> Any:
    from sessionctl.plan import JavaLong

    return JavaLong(time.time_ns() // 1_000_000 - ago)


def test_idle_alone_takes_a_tombstone_only_past_its_grace(purge: Callable[..., Done], redis_client: Redis) -> None:
    purge("--user", "alice", "--yes")
    tombstone = Keys().session("80f67136-29f1-4db0-9003-da0ec6b57213")
    assert json.loads(purge("--idle", "--dry-run", "-o", "json").out)["selected"] == 0
    redis_client.persist(tombstone)
    assert json.loads(purge("--idle", "--dry-run", "-o", "json").out)["selected"] == 1
    purge("--idle", "--yes")
    assert 0 < redis_client.pttl(tombstone) <= GRACE


# --- the journal, and the way back ---


def test_the_journal_is_private_and_in_the_state_directory(purge: Callable[..., Done], environ: dict[str, str]) -> None:
    done = purge("--idle", "5m", "--yes")
    [journal] = journals(environ)
    assert done == Done(
        0,
        f"DONE  GONE  SPARED  REFUSED  EVENTS  JOURNAL\n   4     0       0        0       3  {journal}\n",
        f"4 sessions: 4 done; 3 events sent\n"
        f"recorded in {journal}; sessionctl import {journal} brings back those whose deadline hasn't passed\n",
    )
    assert re.fullmatch(r"journal-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.ndjson", journal.name)
    assert journal.parent == Path(environ["XDG_STATE_HOME"]) / "sessionctl"
    assert (stat.S_IMODE(journal.stat().st_mode), stat.S_IMODE(journal.parent.stat().st_mode)) == (0o600, 0o700)
    assert recorded(journal) == IDLE


def test_a_journal_that_was_named_is_added_to(purge: Callable[..., Done], environ: dict[str, str], tmp_path: Path) -> None:
    journal = tmp_path / "my journal"
    assert purge("--user", "alice", "--yes", "--journal", str(journal)).code == 0
    done = purge("--user", "zoe", "--yes", "--journal", str(journal))
    assert recorded(journal) == {"2691", "80f6", "7aa3"}
    assert f"recorded in {journal}; sessionctl import '{journal}' brings back" in done.err
    assert not Path(environ["XDG_STATE_HOME"]).exists()


def test_without_a_journal_nothing_is_said_of_one(purge: Callable[..., Done], environ: dict[str, str]) -> None:
    done = purge("--idle", "5m", "--yes", "--no-journal")
    assert (done.code, done.err) == (0, "4 sessions: 4 done; 3 events sent\n")
    assert not Path(environ["XDG_STATE_HOME"]).exists()


def test_a_file_that_is_no_journal_is_left_alone(purge: Callable[..., Done], redis_client: Redis, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.write_text("what I wanted to do today")
    before = everything(redis_client)
    done = purge("--idle", "5m", "--yes", "--journal", str(notes))
    assert done.code == 6
    assert f"error: the journal {notes} can't be written: it is there already, and no journal\n" in done.err
    assert notes.read_text() == "what I wanted to do today"
    assert everything(redis_client) == before


def hashes(client: Any) -> dict[str, dict[bytes, bytes]]:
    return {id: client.hgetall(Keys().session(id)) for id in timeouts(client)}


@pytest.mark.parametrize("event", ["deleted", "none"])
def test_an_import_brings_them_back_byte_for_byte(
    purge: Callable[..., Done], sessionctl: Program, redis_client: Redis, environ: dict[str, str], event: str
) -> None:
    before, listed = (
        hashes(redis_client),
        sessionctl("ls", "--state", "active", "-o", "csv", "-c", "id,principal,lastAccessedTime,deadline"),
    )
    assert purge("--all", "--confirm", "spring:session", "--event", event).code in (0, 3)
    assert sessionctl("ls", "--state", "active", "--count").out == "0\n"
    [journal] = journals(environ)
    done = sessionctl("import", str(journal), "--yes")
    assert done.code == 3
    assert "6 sessions: 5 done, 1 gone; into namespace spring:session" in done.err  # dave's deadline had passed
    after = hashes(redis_client)
    restored = {id for id in before if id[:4] not in ("2b76", "c106")}
    assert {id: after[id] for id in restored} == {id: before[id] for id in restored}
    assert sessionctl("ls", "--state", "active", "-o", "csv", "-c", "id,principal,lastAccessedTime,deadline") == listed
    assert json.loads(sessionctl("ls", "--user", "alice", "-o", "json", "-c", "id").out)[0]["id"].startswith("2691")


# --- four eyes ---


@pytest.fixture
def plan(purge: Callable[..., Done], tmp_path: Path) -> Path:
    """A plan to end those that have been idle for five minutes."""
    path = tmp_path / "plan"
    assert purge("--idle", "5m", "--plan", str(path)) == Done(
        0, "", f"4 sessions planned; nothing was changed. To end exactly these: sessionctl purge --apply {path}\n"
    )
    return path


def test_a_plan_says_what_would_end(plan: Path, redis_client: Redis) -> None:
    head, *rows, last = [json.loads(line) for line in plan.read_text().splitlines()]
    assert (head["format"], head["namespace"], head["selection"]) == ("sessionctl-plan/1", "spring:session", ["idle 5m"])
    assert [(row["id"][:4], row["principal"], row["state"]) for row in rows] == [
        ("7aa3", "zoe", "active"),
        ("80f6", "alice", "active"),
        ("bbdb", "carol:colon", "active"),
        ("c106", "dave ü", "expired"),
    ]
    assert last == {"count": 4}
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    assert ended(redis_client) == set()


def test_exactly_the_planned_end_and_whoever_came_back_is_spared(plan: Path, purge: Callable[..., Done], redis_client: Redis) -> None:
    Application(redis_client).request("7aa3bc3d-341a-47b1-b86e-d1b744ef61d3", user="zoe")
    done = purge("--apply", str(plan), "--yes", "--no-journal", "-o", "json")
    assert (done.code, done.err) == (3, "4 sessions: 3 done, 1 spared; 2 events sent\n")
    assert ended(redis_client) == IDLE - {"7aa3"}


def test_whoever_is_named_twice_in_a_plan_ends_once(plan: Path, purge: Callable[..., Done], redis_client: Redis) -> None:
    head, *rows, _ = plan.read_text().splitlines()
    plan.write_text("\n".join([head, *rows, rows[0], '{"count": 5}', ""]))
    done = purge("--apply", str(plan), "--yes", "--batch", "1", "-o", "json")
    assert (done.code, done.err.splitlines()[0]) == (0, "4 sessions: 4 done; 3 events sent")
    assert ended(redis_client) == IDLE


def test_a_person_sees_the_plan_and_agrees(plan: Path, person: Callable[..., Done], redis_client: Redis) -> None:
    done = person("--apply", str(plan), answers="y\n")
    assert done.code == 0
    assert re.sub(r"\d{4}-\S+Z ", "TIME ", told(done)) == (
        "This ends 4 sessions of spring:session, as planned at TIME on HOST (idle T).\nGo on? [y/N] 4 sessions: 4 done; 3 events sent\n"
        + RECORDED
    )
    assert ended(redis_client) == IDLE


def _cut(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


def _without_a_guard(text: str) -> str:
    return text.replace('"maxInactiveInterval"', '"somethingElse"')


WRONG: list[tuple[Callable[[str], str], str]] = [
    (lambda text: "", "PLAN is no plan of a purge"),
    (lambda text: "id\n80f6\n", "PLAN is no plan of a purge: line 1: Expecting value: line 1 column 1 (char 0)"),
    (lambda text: '{"id":"80f6"}\n', "PLAN is no plan of a purge"),
    (lambda text: "[]\n", "line 1 of PLAN is no part of a plan"),
    (lambda text: text.splitlines()[0], "the plan PLAN is not whole: it ends after 0 sessions"),
    (_cut, "the plan PLAN is not whole: it ends after 4 sessions"),
    (lambda text: text[: len(text) // 2], "PLAN is no plan of a purge: line 3: Unterminated string starting at: line 1 column"),
    (lambda text: text + text, "the plan PLAN is damaged after 4 sessions"),
    (_without_a_guard, "the plan PLAN is damaged after 0 sessions"),
    (lambda text: re.sub(r'"creationTime": "', '"creationTime": "!', text), "the plan PLAN is damaged after 0 sessions"),
    (lambda text: text.replace('"id": "80f6', '"id": 7, "x": "'), "the plan PLAN is damaged after 1 sessions"),
    (lambda text: text.replace('"id": "80f6', '"id": "\\ud800'), "the plan PLAN is damaged after 1 sessions"),
    (lambda text: re.sub(r'"namespace": "[^"]*", ', "", text), "the plan PLAN is damaged after 4 sessions"),
]


@pytest.mark.parametrize(("spoil", "error"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_whole_plan_ends_nothing(
    plan: Path, purge: Callable[..., Done], redis_client: Redis, spoil: Callable[[str], str], error: str
) -> None:
    plan.write_text(spoil(plan.read_text()))
    before = everything(redis_client)
    done = purge("--apply", str(plan), "--yes")
    assert (done.code, done.out) == (2, "")
    assert done.err.replace(str(plan), "PLAN").startswith(f"error: {error}")
    assert "hint: sessionctl purge … --plan FILE writes one\n" in done.err
    assert everything(redis_client) == before


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        ((), 6, "error: sessions would be ended, and nobody is there to confirm it\nhint: add --yes\n"),
        (("--yes", "--max", "3"), 6, "error: 4 sessions are planned, more than --max 3; nothing was done\nhint: narrow the selection\n"),
        (
            ("--yes", "-n", "shop"),
            2,
            "error: the plan is of namespace spring:session, not shop\nhint: add --namespace spring:session\n",
        ),
    ],
)
def test_a_plan_is_applied_with_care(
    plan: Path, purge: Callable[..., Done], redis_client: Redis, words: tuple[str, ...], code: int, error: str
) -> None:
    before = everything(redis_client)
    assert purge("--apply", str(plan), *words) == Done(code, "", error)
    assert everything(redis_client) == before
