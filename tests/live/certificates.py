"""Certificates for the TLS tests, made by openssl while the tests run: nothing that could expire or leak is kept in the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = sessionctl test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${ENV::NAMES}
"""


class Certificates:
    """A certificate authority, certificates signed by it for the right and for a wrong name, and an authority that signed neither."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        (directory / "openssl.cnf").write_text(CONFIG)
        self.authority = self._authority("authority")
        self.other_authority = self._authority("other-authority")
        self.server = self._leaf("server", "DNS:localhost,DNS:redis.example,IP:127.0.0.1")
        self.wrong_name = self._leaf("wrong-name", "DNS:elsewhere.example")
        self.client = self._leaf("client", "DNS:client.example")

    def key(self, certificate: Path) -> Path:
        return certificate.with_suffix(".key")

    def _authority(self, name: str) -> Path:
        path = self._directory / f"{name}.pem"
        self._openssl("req", "-x509", "-extensions", "authority", *_new(path), "-subj", f"/CN={name}")
        return path

    def _leaf(self, name: str, names: str) -> Path:
        path, request = self._directory / f"{name}.pem", self._directory / f"{name}.csr"
        self._openssl("req", *_new(request, path.with_suffix(".key")), "-subj", f"/CN={name}")
        signer = ["-CA", self.authority, "-CAkey", self.key(self.authority), "-CAcreateserial"]
        extensions = ["-extfile", self._directory / "openssl.cnf", "-extensions", "leaf"]
        self._openssl("x509", "-req", "-in", request, "-out", path, "-days", "2", *signer, *extensions, names=names, config=False)
        return path

    def _openssl(self, *arguments: object, names: str = "DNS:unused", config: bool = True) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("NOT TESTED with TLS: openssl is not installed")
        command, *others = map(str, arguments)
        configured = ["-config", str(self._directory / "openssl.cnf")] if config else []
        environment = {**os.environ, "NAMES": names}
        subprocess.run([openssl, command, *configured, *others], check=True, capture_output=True, env=environment)


def _new(path: Path, key: Path | None = None) -> list[object]:
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    return [*curve, "-keyout", key or path.with_suffix(".key"), "-out", path]
