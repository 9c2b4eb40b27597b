"""What is masked in the values of attributes, and what stays."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl.codecs import decode_attribute
from sessionctl.model import JavaObject, Undecodable, Value
from sessionctl.secrets import MASK, is_secret, mask

RECORDED = [json.loads(line) for line in (Path(__file__).parent / "data" / "security" / "contexts.ndjson").read_text().splitlines()]


def recorded_id(one: dict[str, Any]) -> str:
    return f"{one['release']}-{one['encoding']}-{one['case'].rpartition('.')[2]}"


@pytest.mark.parametrize("one", RECORDED, ids=recorded_id)
def test_no_secret_of_a_real_application_is_left(one: dict[str, Any]) -> None:
    raw = base64.b64decode(one["base64"]) if "base64" in one else one["json"].encode()
    attribute = decode_attribute(one["case"], raw)
    masked = mask(attribute.name, attribute.value)
    assert not re.search("hunter2|[a-z]-secret", str(masked))
    assert mask(attribute.name, masked) == masked


def test_what_describes_a_secret_is_left() -> None:
    shown = {}
    for one in RECORDED:
        if one["kind"] == "attribute" and one["encoding"] == "jdk":
            shown[one["case"].rpartition(".")[2]] = str(
                mask(one["case"], decode_attribute(one["case"], base64.b64decode(one["base64"])).value)
            )
    assert "X-CSRF-TOKEN" in shown["CSRF_TOKEN"]
    for text in ("client-1", "zoe", "Bearer", "2024-07-03T04:01:00.123456789Z", "https://id.example.org/token"):
        assert text in shown["AUTHORIZED_CLIENTS"]
    for text in ("https://id.example.org/authorize", "state-1"):
        assert text in shown["AUTHORIZATION_REQUEST"]
    for text in ("shop.example.org", f"page=2&token={MASK}", "'page': ['2']", "/orders"):
        assert text in shown["SPRING_SECURITY_SAVED_REQUEST"]


SECRET = """
    password userPassword PASSWORDS passwordHash pwd refreshToken accesstoken tokenValue X-Auth-Token clientSecret api_key apiKey
    X-Api-Key privateKey authorization Authorization Proxy-Authorization cookie Cookies CSRF_TOKEN _csrf pin pinCode cvv OTPCode otp
    SAMLResponse saml2Response code_verifier credentials proxyGrantingTicket cardNumber idToken jwt signature
"""

NOT_SECRET = """
    tokenType parameterName headerName passwordExpired credentialsNonExpired tokenExpiresAt accessTokenUri tokenId cookieName username
    pinned shipping spinner key monkey keyHash author authorizationGrantType AUTHORIZATION_REQUEST SPRING_SECURITY_CONTEXT
    remoteAddress sessionId roles clientId secretary description optional
"""


@pytest.mark.parametrize("name", SECRET.split())
def test_a_secret_is_known_by_the_words_of_its_name(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", NOT_SECRET.split())
def test_what_is_no_secret_is_known_too(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("password", "hunter2", MASK),
        ("shop.apiToken", b"\x01", MASK),
        ("pin", 1234, MASK),
        ("password", None, None),
        ("password", "", ""),
        ("rememberPassword", True, True),
        ("theme", "dark", "dark"),
        ("a", {"passwords": ["x", "y"], "n": 1}, {"passwords": [MASK, MASK], "n": 1}),
        ("a", {"headers": {"cookie": ["SESSION=x"], "host": ["h"]}}, {"headers": {"cookie": [MASK], "host": ["h"]}}),
        ("a", {"token": {"value": "x", "type": "Bearer", "uses": 1}}, {"token": {"value": MASK, "type": "Bearer", "uses": 1}}),
        ("a", [{"otp": 123456}], [{"otp": MASK}]),
        ("a", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", MASK),
        ("a", "Bearer abc", MASK),
        ("a", "-----BEGIN PRIVATE KEY-----\nMIIB", MASK),
        ("a", "/reset?user=alice&token=abc#top", f"/reset?user=alice&token={MASK}#top"),
        ("a", "redis://default:hunter2@cache:6379/0", f"redis://default:{MASK}@cache:6379/0"),
        ("a", "key=value&token=abc", "key=value&token=abc"),  # not an address
        ("password", Undecodable("opaque bytes: 01 02"), MASK),
        ("a", Undecodable("opaque bytes: 01 02"), Undecodable("opaque bytes: 01 02")),
    ],
)
def test_masking(name: str, value: Value, masked: Value) -> None:
    assert mask(name, value) == masked


def test_a_long_address_takes_no_long_time() -> None:
    address = "/" + "a" * 10_000_000 + "?x="
    assert mask("a", address) == address


def test_a_cookie_loses_its_value_whatever_its_class() -> None:
    cookie = JavaObject("javax.servlet.http.Cookie", {"name": "SESSION", "value": "abc", "path": "/"}, 1)
    assert mask("last", cookie) == JavaObject("javax.servlet.http.Cookie", {"name": "SESSION", "value": MASK, "path": "/"}, 1)


@pytest.mark.parametrize(("java_class", "field"), [("javax.crypto.spec.SecretKeySpec", "key"), ("java.security.KeyRep", "encoded")])
def test_a_key_of_the_jdk_loses_its_bytes(java_class: str, field: str) -> None:
    key = JavaObject(java_class, {"algorithm": "AES", field: b"\x01\x02"}, 1)
    assert mask("signer", key) == JavaObject(java_class, {"algorithm": "AES", field: MASK}, 1)


def test_the_id_that_the_login_changed_stays() -> None:
    details: Value = {"details": {"sessionId": "abc"}}
    assert mask("SPRING_SECURITY_CONTEXT", details) == details


def test_the_input_stays_as_it_is() -> None:
    value: Value = {"password": "x", "list": [{"token": "y"}]}
    mask("a", value)
    assert value == {"password": "x", "list": [{"token": "y"}]}


def test_the_deepest_value_that_is_decoded_is_masked() -> None:
    text = '{"token":' * 199 + '"x"' + "}" * 199
    assert '"x"' not in str(mask("a", decode_attribute("a", text.encode()).value))


_KEYS = st.sampled_from(["password", "tokens", "cookie", "tokenType", "value", "name", "queryString"])
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.sampled_from(["/a?token=b", "http://a:b@c", "Bearer a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_KEYS, inner, max_size=4)
        | st.builds(JavaObject, st.sampled_from(["a.Cookie", "org.springframework.security.A"]), st.dictionaries(_KEYS, inner, max_size=4))
    ),
)


@given(_KEYS, _VALUES)
def test_masking_twice_is_masking_once(name: str, value: Any) -> None:
    masked = mask(name, value)
    assert mask(name, masked) == masked


@given(st.text(), _VALUES)
def test_any_value_is_masked_without_an_exception(name: str, value: Any) -> None:
    mask(name, value)
