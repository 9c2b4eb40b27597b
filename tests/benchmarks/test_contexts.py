"""The made-up contexts are what the applications would have written."""

from __future__ import annotations

from random import Random

import pytest
from javaobj.v2.main import loads

from tests.benchmarks import contexts
from tests.benchmarks.contexts import Template, java_string, with_roles

FORM_LOGIN = (contexts.DATA / "samples" / "securitycontext-upat-user-620.bin").read_bytes()
GAPS = {"address": java_string(b"10.0.0.7"), "session": java_string(b"5f2f5a3e-7b7c-4a0e-9e55-0d4a9b0d3c11"), "user": java_string(b"alice")}


def test_a_context_with_other_authorities_is_byte_for_byte_the_application_s_own() -> None:
    template = Template.cut(with_roles(FORM_LOGIN, ["ROLE_USER", "ROLE_ADMIN"]), **GAPS)
    made = template.fill({"address": java_string(b"127.0.0.1"), "session": b"p", "user": java_string(b"alice")})
    assert made == contexts.captured("alice", "sessionAttr:SPRING_SECURITY_CONTEXT")


@pytest.mark.parametrize("number", range(6))
def test_an_independent_reader_finds_the_user_and_the_authorities(number: int) -> None:
    template = contexts.form_logins(Random(7))[number]
    authentication = loads(template.fill(GAPS | {"user": java_string(b"robert")})).authentication
    roles = [str(authority.role) for authority in authentication.authorities.c]
    assert (authentication.principal.username, len(roles)) == ("robert", number + 1)
    assert roles == sorted(roles)
    assert sorted(str(authority.role) for authority in authentication.principal.authorities.c) == roles
