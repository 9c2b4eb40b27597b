"""What is needed to build and run the applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.building import tool


def test_without_maven_a_user_is_told_and_ci_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED with real applications: mvn is not installed"):
        tool("mvn")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="mvn is not installed"):
        tool("mvn")
