"""Who is logged in: against what real Spring Security 5.7, 6.5 and 7.1 answered, and by hand where they can't be asked.

``data/security/contexts.ndjson`` is written by ``data/security/generator/refresh.sh``.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import decode_attribute
from sessionctl.model import JavaObject, Principal, Reference, Value
from sessionctl.security import principal, principal_name

DATA = Path(__file__).parent / "data"
RECORDED = [json.loads(line) for line in (DATA / "security" / "contexts.ndjson").read_text().splitlines()]
CONTEXTS = [one for one in RECORDED if one["kind"] == "context"]
SAMPLES = sorted((DATA / "samples").glob("securitycontext-*.bin"))


def recorded_id(one: dict[str, Any]) -> str:
    return f"{one['release']}-{one['encoding']}-{one['case']}"


def decoded(one: dict[str, Any]) -> Value:
    raw = base64.b64decode(one["base64"]) if "base64" in one else one["json"].encode()
    return decode_attribute(one["case"], raw).value


@pytest.mark.parametrize("one", CONTEXTS, ids=recorded_id)
def test_a_context_tells_what_the_application_answered(one: dict[str, Any]) -> None:
    expected, value = one["expected"], decoded(one)
    if not expected:
        assert principal(value) is None
        assert principal_name(value) is None
        return
    if one["case"] == "record" and one["encoding"] == "security-modules":
        expected["name"] = "shop.Shop$Point@?"  # JSON doesn't tell a record from another class
    assert principal(value) == Principal(
        expected["name"],
        tuple(expected["authorities"]),
        expected.get("remoteAddress"),
        expected.get("sessionId"),
        expected["authenticated"],
        None if one["encoding"] == "untyped" else expected["class"],
    )
    assert principal_name(value) == expected["name"]


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_the_samples_of_four_releases(file: Path) -> None:
    who = principal(decode_attribute("SPRING_SECURITY_CONTEXT", file.read_bytes()).value)
    assert who is not None
    assert who.name == ("alice" if "-user-" in file.name else "bob")
    assert who.remote_address in ("10.0.0.7", None)


@pytest.mark.parametrize("file", sorted((DATA / "captured").glob("*.json")), ids=lambda file: file.stem)
def test_the_captured_sessions_belong_to_whom_the_application_says(file: Path) -> None:
    document = json.loads(file.read_text())
    users = {session["id"]: session["user"] for session in document["sessions"] if session["application_says"]}
    found = {}
    for key in document["keys"]:
        context = key["value"].get("sessionAttr:SPRING_SECURITY_CONTEXT") if key["type"] == "hash" else None
        if context and (id := key["key"].rpartition(":")[2]) in users:
            found[id] = principal_name(decode_attribute("SPRING_SECURITY_CONTEXT", base64.b64decode(context)).value)
    assert found == {id: user for id, user in users.items() if user}


def token(who: Value, **fields: Value) -> JavaObject:
    return JavaObject("shop.Token", {"principal": who, **fields}, 1)


def user(suid: int = 1, **fields: Value) -> JavaObject:
    return JavaObject("shop.User", fields, suid)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (user(name="Alice Smith", username="alice"), "alice"),
        (user(name="Alice Smith", email="a@example.org"), "Alice Smith"),  # a Principal: getName()
        (user(name="Alice Smith", email="a@example.org", password="x"), "a@example.org"),  # a UserDetails: what it logs in with
        (user(name="Alice Smith", email="a@example.org", encryptedPassword="x"), "a@example.org"),
        (user(id=7, user=user(userName="carol")), "carol"),
        (user(oauth2User=user(nameAttributeKey="id", attributes={"id": 42})), "42"),
        (user(attributes={"sub": "subject-1"}), "subject-1"),
        (user(id=7, active=True), "7"),
        (user(active=True), "shop.User@?"),
        (user(suid=0, x=1, y=None), "User[x=1, y=null]"),
        (user(suid=0, username="dora"), "dora"),
        (user(suid=0, email="d@example.org", passwordHash="x"), "d@example.org"),  # its toString() would tell the hash
        (user(nameAttributeKey="gone", attributes={}), ""),
        ({"a": 1, "b": [True, 1e10, None]}, "{a=1, b=[true, 1.0E10, null]}"),
        ([], "[]"),
        (4711, "4711"),
        (0.1, "0.1"),
        (True, "true"),
        (None, ""),
    ],
)
def test_the_name_of_a_principal_of_the_applications_own(who: Value, name: str) -> None:
    assert principal_name(token(who)) == name


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"holder": "olga", "apiKey": "k-123", "details": "10.0.0.7", "floor": 3}, "olga"),
        ({"holder": "olga", "desk": "d-7"}, ""),
        ({"apiKey": "k-123"}, ""),
        ({"holder": "olga", "username": "o.k"}, "o.k"),
    ],
)
def test_the_name_in_an_authentication_of_the_applications_own_that_has_no_principal(fields: dict[str, Value], name: str) -> None:
    assert principal_name(JavaObject("shop.Badge", {"authenticated": True, "authorities": [], **fields}, 81)) == name


def test_a_plain_text_is_answered_as_the_very_object_in_the_tree() -> None:
    name = "".join(["al", "ice"])
    assert principal_name(token(name)) is name
    assert principal_name(token(user(username=name))) is name


def test_an_authentication_without_a_principal() -> None:
    assert principal_name(JavaObject("shop.Token", {"userName": "alice"}, 1)) == "alice"
    assert principal_name(JavaObject("shop.Token", {"name": "alice", "principal": Reference("shop.Token")}, 1)) == "alice"
    assert principal_name(JavaObject("shop.OAuth2", {"userAuthentication": token("alice")}, 1)) == "alice"
    assert principal_name(JavaObject("shop.OAuth2", {"userAuthentication": None, "storedRequest": user(clientId="app")}, 1)) == "app"
    assert principal_name(JavaObject("shop.Token", {}, 1)) == ""


def test_the_authorities_of_other_classes() -> None:
    roles: list[Value] = ["ADMIN", user(authority="A"), user(role="B"), {"authority": "C"}, user(roleName="D"), user(x=1), None]
    who = principal(token("alice", authorities=roles))
    assert who is not None
    assert who.authorities == ("ADMIN", "A", "B", "C", "D")


@pytest.mark.parametrize(
    "value", [None, "alice", 7, [], {}, {"a": 1}, b"", JavaObject("a.SecurityContextImpl", {}), {"authentication": None}]
)
def test_nobody_is_logged_in(value: Value) -> None:
    assert principal(value) is None
    assert principal_name(value) is None


def test_a_name_that_never_ends_is_cut() -> None:
    long = "a" * 1_000_000
    name = principal_name(token([long] * 100_000))
    assert name is not None
    assert len(name) == 1001


_KEYS = st.sampled_from(
    ["authentication", "principal", "name", "username", "details", "authorities", "nameAttributeKey", "attributes", "userInfo", "a"]
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(Reference, st.text()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_KEYS, inner, max_size=4)
        | st.builds(JavaObject, st.text(), st.dictionaries(_KEYS, inner, max_size=4), st.sampled_from([None, 0, 1]))
    ),
)


@given(_VALUES)
def test_any_tree_has_a_name_or_none(value: Any) -> None:
    who = principal(value)
    assert principal_name(value) == (who.name if who else None)
