"""Builds the application by Maven, once for each version of Spring Boot and each state of its sources."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

SOURCES: Final = Path(__file__).parent / "app"
BUILT: Final = SOURCES / "target"
UNUSED: Final = {True: re.compile("tomcat|webmvc"), False: re.compile("webflux|reactor-netty")}
"""The jars of the other web stack, by whether the application is reactive."""


def tool(name: str) -> str:
    """The path of a program that must be installed; without it the tests are skipped for a user, and fail in CI."""
    path = shutil.which(name)
    if path is None:
        reason = f"NOT TESTED with real applications: {name} is not installed (a JDK from 17 on, Maven and redis-server are needed)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return path


def class_path(version: str, reactive: bool) -> str:
    """The application for this version of Spring Boot, built if it isn't yet, with the jars of one web stack only."""
    built = _built(version)
    jars = [jar for jar in sorted((built / "lib").iterdir()) if not UNUSED[reactive].search(jar.name)]
    return os.pathsep.join(map(str, [built / "classes", *jars]))


def version_of(version: str, artifact: str) -> str:
    """The exact version of a library in the application for this version of Spring Boot."""
    [jar] = (_built(version) / "lib").glob(f"{artifact}-[0-9]*.jar")
    return jar.stem.removeprefix(f"{artifact}-")


def _built(version: str) -> Path:
    directory = BUILT / f"{version}-{_fingerprint()}"
    BUILT.mkdir(exist_ok=True)
    with (BUILT / f"{version}.lock").open("w") as lock:  # another worker of pytest may build the same
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "done").exists():
            _remove_older(version)
            _maven(f"-P{version}", f"-Dout={directory}", "compile", "dependency:copy-dependencies")
            (directory / "done").touch()
    return directory


def _fingerprint() -> str:
    files = [SOURCES / "pom.xml", *sorted((SOURCES / "src").rglob("*.java"))]
    contents = b"".join(hashlib.sha256(f"{file.relative_to(SOURCES)}\n".encode() + file.read_bytes()).digest() for file in files)
    return hashlib.sha256(contents).hexdigest()[:12]


def _remove_older(version: str) -> None:
    for old in BUILT.glob(f"{version}-*"):
        shutil.rmtree(old)


def _maven(*words: str) -> None:
    command: Sequence[str] = [tool("mvn"), "-q", "-B", "-f", str(SOURCES / "pom.xml"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-5000:]}{done.stderr[-5000:]}"
