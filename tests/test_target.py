"""URLs of Redis: what they mean, what is wrong with them, and that nothing of a secret is ever shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.errors import UsageProblem
from sessionctl.target import Address, Kind, Secret, Target, Tls


def problem(url: str, **options: Any) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        Target.parse(url, **options)
    return caught.value


@pytest.mark.parametrize(
    ("url", "display"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://localhost", "redis://localhost:6379/0"),
        ("redis://localhost/", "redis://localhost:6379/0"),
        ("REDIS://localhost/3", "redis://localhost:6379/3"),
        ("redis://localhost?db=3", "redis://localhost:6379/3"),
        ("redis://localhost/3?db=3", "redis://localhost:6379/3"),
        ("valkey://h", "redis://h:6379/0"),
        ("valkeys://h", "rediss://h:6379/0"),
        ("rediss://h:7000/1", "rediss://h:7000/1"),
        ("localhost", "redis://localhost:6379/0"),
        ("  localhost:7000\n", "redis://localhost:7000/0"),
        ("localhost:7000/2", "redis://localhost:7000/2"),
        ("[::1]", "redis://[::1]:6379/0"),
        ("redis://[2001:db8::1]:7000/2", "redis://[2001:db8::1]:7000/2"),
        ("redis://[fe80::1%25eth0]", "redis://[fe80::1%eth0]:6379/0"),
        ("redis://user:pw@h", "redis://h:6379/0"),
        ("user:pw@h:7000", "redis://h:7000/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("unix:/run/redis.sock?db=2", "unix:///run/redis.sock?db=2"),
        ("unix:///run/a%20b@c.sock?db=0", "unix:///run/a b@c.sock"),
        ("redis-sentinel://h1:26379,h2#main", "redis-sentinel://h1:26379,h2:26379/0#main"),
        ("redis-sentinel://u:p@h1,[::1]:7/4?sentinel_password=x#ma%20in", "redis-sentinel://h1:26379,[::1]:7/4#ma in"),
        ("redis-sentinel://h1", "redis-sentinel://h1:26379/0"),
        ("rediss-sentinel://h1#main", "rediss-sentinel://h1:26379/0#main"),
        ("redis-cluster://h1,h2:7001", "redis-cluster://h1:6379,h2:7001"),
        ("rediss-cluster://h1/0", "rediss-cluster://h1:6379"),
    ],
)
def test_urls_and_what_is_shown_of_them(url: str, display: str) -> None:
    target = Target.parse(url)
    assert target.display == str(target) == display


@pytest.mark.parametrize(
    ("url", "username", "password"),
    [
        ("redis://h", None, None),
        ("redis://:pw@h", None, "pw"),
        ("redis://user:pw@h", "user", "pw"),
        ("redis://user@h", "user", None),
        ("redis://user:@h", "user", None),
        ("redis://u%3Ax:p%40%2F%3F%23%25%F0%9F%94%91@h", "u:x", "p@/?#%🔑"),
        ("redis://user:p@ss:word@h", "user", "p@ss:word"),
        ("redis://user:p+w@h", "user", "p+w"),
    ],
)
def test_credentials(url: str, username: str | None, password: str | None) -> None:
    target = Target.parse(url)
    assert (target.username, target.password and target.password.reveal()) == (username, password)


def test_the_sentinels_have_credentials_of_their_own() -> None:
    target = Target.parse("redis-sentinel://app:one@h/3?sentinel_username=watch&sentinel_password=t%26wo#main")
    sentinels = target.for_sentinels()
    assert target.password == Secret("one")
    assert (sentinels.username, sentinels.password, sentinels.db) == ("watch", Secret("t&wo"), 0)
    assert Target.parse("redis-sentinel://:one@h#main").for_sentinels().password is None


def test_options_win_over_the_url() -> None:
    target = Target.parse("redis://a:b@h/1", username="c", password="d", db=2, connect_timeout=1.5, timeout=7)
    assert (target.username, target.password, target.db) == ("c", Secret("d"), 2)
    assert (target.connect_timeout, target.timeout) == (1.5, 7)


def test_empty_options_are_none() -> None:
    """An empty variable of the environment."""
    target = Target.parse("redis://a:b@h/1", username="", password="", db=0)
    assert (target.username, target.password, target.db) == ("a", Secret("b"), 0)


def test_tls() -> None:
    assert Target.parse("redis://h").tls is None
    assert Target.parse("rediss://h").tls == Tls()
    options: dict[str, Any] = {"ca_file": "ca.pem", "client_cert": "c.pem", "client_key": "k.pem", "server_name": "n", "insecure": True}
    assert Target.parse("rediss://h", **options).tls == Tls("ca.pem", "c.pem", "k.pem", "n", True)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "the host's name is missing"),
        ("redis://", "the host's name is missing"),
        ("redis://:7000", "the host's name is missing"),
        ("redis-cluster://h1,,h2", "the host's name is missing"),
        ("redis://a b", "the host's name has a space or a control character in it"),
        ("redis://a%00b", "the host's name has a space or a control character in it"),
        ("http://h", "the scheme is unknown"),
        ("redis+cluster://h", "the scheme is unknown"),
        ("redis://h:port", "the port must be a number from 1 to 65535"),
        ("redis://h:0", "the port must be a number from 1 to 65535"),
        ("redis://h:65536", "the port must be a number from 1 to 65535"),
        ("redis://h:١", "the port must be a number from 1 to 65535"),
        ("redis://h:" + "9" * 5000, "the port must be a number from 1 to 65535"),
        ("redis://::1", "an IPv6 address must stand in brackets, like [::1]:6379"),
        ("redis://[::1", "the brackets of the IPv6 address don't match"),
        ("redis://[::1]7", "the brackets of the IPv6 address don't match"),
        ("redis://h/one", "the database must be a number"),
        ("redis://h/-1", "the database must be a number"),
        ("redis://h/1/2", "the database must be a number"),
        ("redis://h/1?db=2", "the database is given twice"),
        ("redis://h1,h2", "several hosts need redis-sentinel:// or redis-cluster://"),
        ("redis://h#main", "only redis-sentinel:// takes a master's name after #"),
        ("redis://h?ssl_cert_reqs=none", "there is an unknown parameter after ?"),
        ("redis://h?sentinel_password=x", "there is an unknown parameter after ?"),
        ("redis://u:p%zz@h", "there is a % that begins no percent-encoded UTF-8"),
        ("redis://u:p%4@h", "there is a % that begins no percent-encoded UTF-8"),
        ("redis://u:p%FF@h", "there is a % that begins no percent-encoded UTF-8"),
        ("redis://u:p/w@h", "there is an @ after the host, so the password probably has an unescaped / ? or # in it"),
        ("unix://relative", "the socket's path must begin with /"),
        ("unix:", "the socket's path must begin with /"),
        ("unix:///run/s?db=x", "the database must be a number"),
    ],
)
def test_urls_that_make_no_sense(url: str, reason: str) -> None:
    error = problem(url)
    assert error.message == f"the URL of Redis can't be read: {reason}"
    assert error.hint


def test_options_that_make_no_sense() -> None:
    assert "TLS" in problem("redis://h", ca_file="ca.pem").message
    assert "rediss://" in str(problem("redis://h", insecure=True).hint)
    assert "no certificate" in problem("rediss://h", client_key="k.pem").message
    assert "negative" in problem("redis://h", db=-1).message
    assert problem("redis-cluster://h", db=1).message == problem("redis-cluster://h/1").message
    assert "more than 0 seconds" in problem("h", timeout=0).message
    assert "more than 0 seconds" in problem("h", connect_timeout=-1).message


def test_addresses() -> None:
    for text in ("h:1", "[::1]:7000", "unix:/run/redis.sock"):
        assert str(Address.parse(text)) == text
    assert Address.parse("h") == Address("h", 6379)


@pytest.mark.parametrize("scheme", [kind.value for kind in Kind])
@given(username=st.text(), password=st.text(min_size=1))
def test_any_user_and_password_come_through_percent_encoded(scheme: str, username: str, password: str) -> None:
    target = Target.parse(f"{scheme}://{quote(username, safe='')}:{quote(password, safe='')}@h")
    assert (target.username or "", target.password) == (username, Secret(password))


SPECIAL = st.text(alphabet="/?#@:%[]&=,; \n\0é", max_size=4)
SCHEMES = st.sampled_from(["redis://", "rediss://", "redis-sentinel://", "redis-cluster://", "http://", "unix://", "unix:", ""])


@given(
    scheme=SCHEMES,
    between=SPECIAL,
    user=st.sampled_from(["", "app"]),
    rest=st.sampled_from(["", "@h", "@h:1/0", "@h:x", "@[::1", "/1", "?db=1"]),
)
def test_no_error_and_no_repr_shows_a_password(scheme: str, between: str, user: str, rest: str) -> None:
    """Whatever is wrong with the URL, and however the password was meant to be written."""
    parts = ("hunter", "secret")
    url = f"{scheme}{user}:{parts[0]}{between}{parts[1]}{rest}"
    try:
        target = Target.parse(url)
    except UsageProblem as error:
        shown = f"{error} {error.hint} {error!r} {error.as_json()}"
    else:
        if target.password is None or parts[1] in str(target.addresses):  # what was meant as a password stands in a host's name
            return
        shown = f"{target} {target!r} {target.display} {target.password}"
    assert not any(part in shown for part in parts)


def test_a_secret_is_shown_by_nothing() -> None:
    target = Target.parse("redis-sentinel://u:hunter2@h?sentinel_password=hunter2", password="hunter2")
    shown = f"{target} {target!r} {target.password} {target.password!r} {target.password!s} {target.for_sentinels()!r}"
    assert "hunter2" not in shown
    assert repr(target.password) == "***"
    assert target == Target.parse("redis-sentinel://u:x@h?sentinel_password=hunter2", password="hunter2")
    assert hash(target.password) == hash(Secret("hunter2"))
    assert target.password != "hunter2"
