"""What error replies of Redis, of several versions, become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.errors import Refused, SessionctlError, Unreachable, UsageProblem
from sessionctl.replies import LONGEST, code, error_for, words

NODE = "r1:6379"


@pytest.mark.parametrize(
    ("reply", "message", "hint"),
    [
        ("NOPERM this user has no permissions to run the 'scan' command or its subcommand", "run SCAN", "+scan"),  # Redis 6
        ("NOPERM this user has no permissions to run the 'config|get' command", "run CONFIG GET", "+config|get"),  # Redis 7.0
        ("NOPERM User app has no permissions to run the 'hset' command", "run HSET", "+hset"),  # Redis 7.2
        ("NOPERM This user has no permissions to run this", "run HSET", "+hset"),
    ],
)
def test_a_missing_right_to_run_a_command(reply: str, message: str, hint: str) -> None:
    error = error_for(reply, "HSET", NODE, "app")
    assert isinstance(error, Refused)
    assert (error.message, error.hint) == (f"{NODE} doesn't let this user {message}", f"ACL SETUSER app {hint}")


@pytest.mark.parametrize(
    "reply",
    [
        "ERR ACL failure in script: User app has no permissions to run the 'hset' command script: f00, on @user_script:1.",  # Redis 7.2
        "ERR Error running script (call to f_ab): @user_script:1: The user executing the script can't run this command or subcommand",  # 6
        "ERR The user executing the script can't run this command or subcommand script: ab, on @user_script:1.",  # Redis 7.0
    ],
)
def test_a_missing_right_inside_a_script(reply: str) -> None:
    error = error_for(reply, "HSET", NODE, "app")
    assert (type(error), error.message) == (Refused, f"{NODE} doesn't let this user run HSET")


@pytest.mark.parametrize(
    "reply",
    [
        "NOPERM this user has no permissions to access one of the keys used as arguments",  # Redis 6
        "NOPERM No permissions to access a key",  # Redis 7
    ],
)
def test_a_missing_right_to_keys(reply: str) -> None:
    error = error_for(reply, "GET", NODE)
    assert (error.message, error.hint) == (
        f"{NODE} doesn't let this user touch the keys of GET",
        "ACL SETUSER <user> '~spring:session:*', or another --namespace",
    )


@pytest.mark.parametrize(
    "reply",
    [
        "NOPERM this user has no permissions to access one of the channels used as arguments",  # Redis 6
        "NOPERM No permissions to access a channel",  # Redis 7
    ],
)
def test_a_missing_right_to_channels(reply: str) -> None:
    assert error_for(reply, "SUBSCRIBE", NODE).message == f"{NODE} doesn't let this user use the channels of SUBSCRIBE"


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        ("NOAUTH Authentication required.", Refused, "wants a password"),
        ("WRONGPASS invalid username-password pair or user is disabled.", Refused, "doesn't accept this user and password"),
        ("ERR invalid password", Refused, "doesn't accept this user and password"),
        ("READONLY You can't write against a read only replica.", Refused, "is a read-only replica and refused DEL"),
        ("MISCONF Redis is configured to save RDB snapshots", Refused, "can't save its snapshots and refuses writes"),
        ("OOM command not allowed when used memory > 'maxmemory'.", Refused, "is out of memory (maxmemory) and refused DEL"),
        ("LOADING Redis is loading the dataset in memory", Unreachable, "is still loading its data"),
        ("MASTERDOWN Link with MASTER is down", Unreachable, "is a replica that has lost its master"),
        ("TRYAGAIN Multiple keys request during rehashing of slot", Unreachable, "is moving the keys of DEL to another node"),
        ("BUSY Redis is busy running a script.", Unreachable, "is busy with somebody's script"),
        ("ERR max number of clients reached", Unreachable, "has no free connection"),
        ("ERR DB index is out of range", UsageProblem, "has no database of that number"),
        ("ERR unknown command 'DEL'", Refused, "doesn't know DEL"),
        ("ERR something else", Refused, "refused DEL: ERR something else"),
        ("", Refused, "refused DEL: "),
    ],
)
def test_what_replies_mean(reply: str, kind: type[SessionctlError], message: str) -> None:
    error = error_for(reply, "DEL", NODE)
    assert (type(error), error.message) == (kind, f"{NODE} {message}")


def test_the_cluster_is_named_with_its_trouble() -> None:
    reply = "CLUSTERDOWN Hash slot not served"
    assert error_for(reply, "GET", NODE).message == f"the cluster of {NODE} is down: {reply}"


def test_arguments_that_a_reply_repeats_are_not_shown() -> None:
    reply = "ERR unknown command `FOO`, with args beginning with: `hunter2`, "
    assert words(reply) == "ERR unknown command `FOO`"


@given(st.text())
def test_a_servers_words_are_short_and_printable(reply: str) -> None:
    assert words(reply).isprintable()
    assert len(words(reply)) <= LONGEST
    assert isinstance(error_for(reply, "GET", NODE), SessionctlError)
    assert code(reply) == reply.split(" ")[0]
