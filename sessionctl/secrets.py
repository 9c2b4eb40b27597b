"""Masks secrets inside decoded values: what would let a reader of the output act as the user or as the application.

A key or field is secret by the words of its name (``refreshToken``, ``api_key``, ``X-Auth-Token``), an attribute by its own name, a few
texts by their form (a JWT, a URL's parameters). What only describes a secret stays: its type, its expiry, its header's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from sessionctl.model import JavaObject, Undecodable, Value

MASK: Final = "••••••"
"""What stands in place of a secret."""

_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"

_SECRET = (
    r"\b(?:pwd|passphrase|passcode|jwt|credential|cookie|csrf|xsrf|cvv|cvc|cvn|otp|totp|captcha|verifier)s?\b"
    r"|\b(?:(?:api|private|secret|access|signing|encryption|session) key|(?:security|pin|recovery|backup) code|card number"
    r"|saml response|(?:granting|service) ticket)s?\b"
    r"|(?:password|passwd|secret|token|apikey|privatekey)s?\b"  # also at the end of what was run together: "accesstoken"
    r"|\b(?:authorization|pin|signature|nonce)$"
)
"""What makes a name secret, in the name's words."""

_DESCRIBES = (
    r"\b(?:type|name|expired?|expiry|expiration|issued|created|updated|changed|modified|at|in|on|date|time|timestamp|enabled|required"
    r"|valid|validity|status|state|count|size|length|format|algorithm|alg|method|url|uri|endpoint|hint|policy|version|id|locked|reset"
    r"|attempt|parameter|header|path|domain|age|max|ttl|lifetime|scope|setting)s?$"
)
"""The last word of a name that tells something about a secret, rather than the secret itself."""

_SECRET_FIELDS = {"Cookie": "value", ".SecretKeySpec": "key", ".security.KeyRep": "encoded"}
"""The end of a class's name, and its field that holds a secret by a common name."""

_TOKEN_TEXT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w.-]*|(?:Bearer|Basic|Digest) \S.*|-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL)
HARMLESS = re.compile(r"(?!eyJ)[\w:.-]*", re.ASCII)
"""Names, ids, addresses: texts that are no secret by their form, and that JSON has as they are."""

_PARAMETER = r"(?:^|(?<=[?&;#/]))(?P<name>[^?&;=#/]{1,200})=(?P<value>[^&;#]*)"
_PASSWORD_IN_URL = r"(?<=://)(?P<user>[^/@:?#]*):[^/@?#]*(?=@)"


def mask(name: str, value: Value) -> Value:
    """`value`, which the attribute `name` has, without its secrets; the input stays as it is. Masking twice is masking once."""
    masked: Value = mask_by_names(name, value, masked_text)
    return masked


def mask_by_names(name: str, value: Value, text: Callable[[str, str], Any]) -> Any:
    """`value` without what the names of its parts tell to be secret. `text` makes what is shown of any other text, given its name."""
    return _masked(name.rpartition(".")[2], value, False, text)


def is_secret(name: str) -> bool:
    """Whether a field or key is secret by the words of its name."""
    return _is_secret(name[-200:])


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    phrase = _phrase(name)
    return not re.search(_DESCRIBES, phrase) and re.search(_SECRET, phrase) is not None


def _phrase(name: str) -> str:
    """The words of a name: ``X-CSRF-TOKEN`` and ``xCsrfToken`` are both "x csrf token"."""
    return " ".join(re.findall(_WORD, name)).lower()


def _masked(name: str, value: Value, inside: bool, text: Callable[[str, str], Any]) -> Any:
    """`value` under the key or field `name`; `inside` something secret, every text is, unless its name only describes."""
    secret = is_secret(name)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return MASK if (secret or (inside and not _describes(name))) and value else text(name, value)
    if isinstance(value, JavaObject):
        fields = _masked_fields(value.fields, (inside or secret) and not _has_names_of_its_own(value), text, value.class_name)
        return JavaObject(value.class_name, fields, value.serial_version_uid)
    if isinstance(value, dict):
        return _masked_fields(value, inside or secret, text)
    if isinstance(value, list):
        return [_masked(name, part, inside, text) for part in value]
    if isinstance(value, int | float):
        return MASK if secret else value
    return MASK if secret or (inside and not isinstance(value, Undecodable)) else value


def _masked_fields(fields: Mapping[str, Value], inside: bool, text: Callable[[str, str], Any], class_name: str = "") -> dict[str, Any]:
    masked = {key: _masked(key, value, inside, text) for key, value in fields.items()}
    for kind, secret in _SECRET_FIELDS.items():
        if class_name.endswith(kind) and fields.get(secret):
            masked[secret] = MASK
    return masked


def _has_names_of_its_own(value: JavaObject) -> bool:
    """Spring Security's tokens, clients and cookies name each of their secrets, so the rest of them may be shown."""
    return value.class_name.startswith("org.springframework.security.")


def _describes(name: str) -> bool:
    return re.search(_DESCRIBES, _phrase(name[-200:])) is not None


def masked_text(name: str, text: str) -> str:
    """A text under the name `name`, of which only its form tells whether it is secret."""
    if _TOKEN_TEXT.fullmatch(text):
        return MASK
    if name == "queryString" or text.startswith(("/", "http://", "https://")):
        text = re.sub(_PARAMETER, _masked_parameter, text)
    return re.sub(_PASSWORD_IN_URL, rf"\g<user>:{MASK}", text) if "://" in text else text


def _masked_parameter(match: re.Match[str]) -> str:
    return f"{match['name']}={MASK}" if match["value"] and is_secret(match["name"]) else match[0]
