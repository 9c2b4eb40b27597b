"""Who is logged in: a decoded Spring Security context, of JDK serialization and JSON alike, read by the names of its fields.

The name is what ``Authentication.getName()`` would answer, which is also what Spring Session's index resolves. Most authentications follow
AbstractAuthenticationToken.getName(): the principal's getUsername() or getName(), a missing principal is "", and any other principal is its
toString(). Methods can't be called here, so for a class that the application wrote itself fields decide, by convention:

    username and its kin, then name or login or e-mail, then the same in an object that it wraps, then an id;
    in an authentication that has no principal at last the only text, if it isn't a secret

and where there is nothing of the kind the name is the class with ``@?``, since Object.toString() adds a number that nobody stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sessionctl.javatext import java_text
from sessionctl.model import JavaObject, Principal, Reference, Value

Fields: TypeAlias = Mapping[str, Value]

_USERNAME = ("username", "userName", "user_name", "loginName", "login")
_EMAIL = ("email", "mail", "emailAddress", "account", "phone", "mobile")
_NAME = ("name",)
_ID = ("sub", "subject", "id", "userId", "uid", "uuid", "clientId")
_WRAPPED = ("user", "delegate", "userDetails", "principal", "account", "entity", "member", "oauth2User", "oidcUser", "storedRequest")
_CLAIMS = ("idToken", "attributes", "claims")
_AUTHORITY = ("authority", "role", "name", "roleName", "code")
_INNER_AUTHENTICATION = ("userAuthentication", "delegate")
_SPRING_SECURITY = "org.springframework.security."


def principal(value: Value) -> Principal | None:
    """Who is logged in by a security context or an authentication; None: nobody.

    An anonymous user has a name too: `authentication_class` tells of it, as it tells of a remembered one.
    """
    authentication = _authentication(value)
    if authentication is None:
        return None
    fields = _fields(authentication)
    details = _fields(fields.get("details"))
    return Principal(
        _name(authentication, fields),
        _authorities(fields),
        _text(details.get("remoteAddress")),
        _text(details.get("sessionId")),
        _authenticated(authentication, fields),
        authentication.class_name if isinstance(authentication, JavaObject) else None,
    )


def principal_name(value: Value) -> str | None:
    """The name alone. A plain text is answered as the very object that lies in the tree."""
    authentication = _authentication(value)
    return None if authentication is None else _name(authentication, _fields(authentication))


def _authentication(value: Value) -> JavaObject | dict[str, Value] | None:
    """The authentication in a context, or `value` itself if it is one; a dict comes from JSON without classes."""
    fields = _fields(value)
    if "authentication" in fields:
        value = fields["authentication"]
    if isinstance(value, JavaObject):
        return None if value.class_name.endswith("SecurityContextImpl") else value
    return value if isinstance(value, dict) and value.keys() & {"principal", "name", "authenticated"} else None


def _authenticated(authentication: JavaObject | dict[str, Value], fields: Fields) -> bool | None:
    """Spring Security's JSON leaves it away for the classes whose constructor sets it."""
    found = fields.get("authenticated")
    if isinstance(found, bool):
        return found
    return True if isinstance(authentication, JavaObject) and authentication.class_name.startswith(_SPRING_SECURITY) else None


def _name(authentication: JavaObject | dict[str, Value], fields: Fields) -> str:
    if isinstance(name := fields.get("name"), str) and _answers_its_name(authentication):
        return name
    who = fields.get("principal")
    if isinstance(who, str):
        return who
    if isinstance(who, JavaObject):
        return _name_of(who)
    if "principal" not in fields or isinstance(who, Reference):
        return _name_elsewhere(fields)
    if isinstance(who, dict) and isinstance(authentication, dict):  # without classes an object is a dict too
        return _by_convention(who) or java_text(who)
    return "" if who is None else java_text(who)


def _answers_its_name(authentication: JavaObject | dict[str, Value]) -> bool:
    """Whether ``name`` is what getName() answers: in JSON, which asks getters, and in JwtAuthenticationToken, which keeps it."""
    if isinstance(authentication, dict) or authentication.serial_version_uid is None:
        return True
    return authentication.class_name.endswith("JwtAuthenticationToken") or "principal" not in authentication.fields


def _name_elsewhere(fields: Fields) -> str:
    """Of an authentication that keeps its principal in another place (spring-security-oauth wraps one), or a custom one."""
    for key in _INNER_AUTHENTICATION:
        inner = fields.get(key)
        if isinstance(inner, JavaObject | dict):
            return _name(inner, _fields(inner))
    return _by_convention(fields) or _only_text(fields) or ""


def _only_text(fields: Fields) -> str | None:
    """The one text that isn't a secret: what a custom authentication keeps beside its key must be whom it stands for."""
    from sessionctl.secrets import is_secret

    texts = [value for key, value in fields.items() if isinstance(value, str) and key != "details" and not is_secret(key)]
    return texts[0] if len(texts) == 1 else None


def _name_of(who: JavaObject) -> str:
    fields = who.fields
    if isinstance(username := fields.get("username"), str):
        return username  # Spring's own User, users of LDAP, most of the applications' own
    if "nameAttributeKey" in fields:
        return _attribute_name(fields)
    if _is_record(who) and not _has_password(fields):
        return java_text(who)
    found = _by_convention(fields)
    return f"{who.class_name}@?" if found is None else found


def _attribute_name(fields: Fields) -> str:
    """DefaultOAuth2User and DefaultOidcUser: the attribute that the provider's registration names, or the claim."""
    key = fields["nameAttributeKey"]
    places = (fields.get("attributes"), _fields(fields.get("userInfo")).get("claims"), _fields(fields.get("idToken")).get("claims"))
    for place in map(_fields, places):
        if isinstance(key, str) and place.get(key) is not None:
            return java_text(place[key])
    return ""


def _is_record(who: JavaObject) -> bool:
    """A stream doesn't say so, but a record's serialVersionUID is 0 unless it declares one (Java Object Serialization, 1.13)."""
    return who.serial_version_uid == 0


def _by_convention(fields: Fields) -> str | None:
    """The text of the field that most likely names a user; one with a password logs in by e-mail rather than by a display name."""
    found = _first(fields, _USERNAME + (_EMAIL + _NAME if _has_password(fields) else _NAME + _EMAIL))
    return found or _in_wrapped(fields) or _first(fields, _ID)


def _has_password(fields: Fields) -> bool:
    """Whether it is most likely a UserDetails: ``password``, ``passwordHash``, ``encryptedPassword``, ``pwd``."""
    return any("passw" in key.lower() or key == "pwd" for key in fields)


def _in_wrapped(fields: Fields) -> str | None:
    for key in _WRAPPED + _CLAIMS:
        inner = _fields(fields.get(key))
        if "nameAttributeKey" in inner:
            return _attribute_name(inner)
        if found := _first(inner, _USERNAME + _EMAIL + _NAME + _ID):
            return found
    return None


def _first(fields: Fields, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        found = fields.get(key)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
    return None


def _authorities(fields: Fields) -> tuple[str, ...]:
    found = fields.get("authorities")
    if not isinstance(found, list):
        found = _fields(fields.get("principal")).get("authorities")
    return tuple(text for one in found if (text := _authority(one)) is not None) if isinstance(found, list) else ()


def _authority(one: Value) -> str | None:
    """SimpleGrantedAuthority keeps a role, OAuth2UserAuthority and FactorGrantedAuthority an authority; an enum is its own text."""
    if isinstance(one, str):
        return one
    fields = _fields(one)
    return next((found for key in _AUTHORITY if isinstance(found := fields.get(key), str)), None)


def _fields(value: Value) -> Fields:
    if isinstance(value, JavaObject):
        return value.fields
    return value if isinstance(value, dict) else {}


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
