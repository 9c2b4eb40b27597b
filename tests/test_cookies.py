"""What a person may paste, and the session id in it."""

from __future__ import annotations

import base64

import pytest

from sessionctl.cookies import candidates
from sessionctl.layouts.keys import Keys

ID = "7c8fba33-8574-4e51-aaad-4d2204a39beb"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "typed",
    [
        ID,
        f"  {ID}\n",
        f"spring:session:sessions:{ID}",
        f"spring:session:sessions:expires:{ID}",
        f"spring:session:sessions:{ID}:idx",
        in_base64(ID),
        in_base64(ID + ".node7"),
        in_base64(ID + ".node7").rstrip("="),
        in_base64(ID + ".n").replace("=", "%3D"),
        f"SESSION={in_base64(ID)};",
        f"Cookie: theme=dark; SHOP={in_base64(ID)}; lang=de",
        f"Set-Cookie: SESSION={in_base64(ID + '.n1')}; Path=/; HttpOnly; SameSite=Lax",
        f'SESSION="{in_base64(ID)}"; Version=1',
        f'"{in_base64(ID)}"',
        f"{ID}.node7",
    ],
)
def test_the_id_is_among_the_candidates(typed: str) -> None:
    assert ID in candidates(typed, Keys())


def test_a_cookie_of_spring_session_1_may_name_several_sessions() -> None:
    assert candidates(f"0 {ID} 1 second", Keys())[1:3] == [ID, "second"]


def test_a_key_of_another_namespace_is_no_key_of_ours() -> None:
    assert candidates(f"spring:session:sessions:{ID}", Keys("shop"))[0] == f"spring:session:sessions:{ID}"


def test_there_is_always_one_candidate() -> None:
    assert candidates("", Keys()) == [""]
