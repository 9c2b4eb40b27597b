"""The connection options of the command line, each against a server that wants it: TLS, mutual TLS, ACL users, sockets, Sentinel."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis

from sessionctl.demo import fill
from tests.live.certificates import Certificates
from tests.live.servers import SentinelSet, Server, redis_server, tls_server
from tests.live.test_listing import run_at

COUNT = ("ls", "--count")


def test_tls_with_an_authority_of_its_own(tls_server: Server, certificates: Certificates) -> None:
    run = run_at(f"rediss://localhost:{tls_server.port}/0")
    assert run(*COUNT, "--tls-ca", str(certificates.authority)) == (0, "0\n", "")
    code, out, err = run(*COUNT)
    assert (code, out) == (4, "")
    assert "--tls-ca" in err


def test_mutual_tls(certificates: Certificates) -> None:
    with tls_server(certificates, certificates.server, clients="yes") as server:
        run = run_at(f"rediss://localhost:{server.port}/0")
        own = ("--tls-cert", str(certificates.client), "--tls-key", str(certificates.key(certificates.client)))
        assert run(*COUNT, "--tls-ca", str(certificates.authority), *own) == (0, "0\n", "")
        code, _, err = run(*COUNT, "--tls-ca", str(certificates.authority))
        assert code == 5  # Redis answered, and wants to know who we are
        assert "--tls-cert" in err


def test_another_name_in_the_certificate(certificates: Certificates) -> None:
    with tls_server(certificates, certificates.wrong_name, clients="no") as server:
        run = run_at(f"rediss://localhost:{server.port}/0")
        assert run(*COUNT, "--tls-ca", str(certificates.authority))[0] == 4
        assert run(*COUNT, "--tls-ca", str(certificates.authority), "--tls-server-name", "elsewhere.example") == (0, "0\n", "")
        assert run(*COUNT, "--tls-insecure") == (0, "0\n", "")


def test_a_password_from_a_file_and_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret\nnot this line\n")
    with redis_server(requirepass="s3cret") as server:
        run = run_at(f"redis://127.0.0.1:{server.port}/0")
        assert run(*COUNT, "--password-file", str(file)) == (0, "0\n", "")
        code, _, err = run(*COUNT)
        assert code == 5
        assert "--password-file" in err
        monkeypatch.setenv("SESSIONCTL_PASSWORD", "s3cret")
        assert run(*COUNT) == (0, "0\n", "")
        monkeypatch.setenv("SESSIONCTL_PASSWORD", "wr0ng")
        code, _, err = run(*COUNT)
        assert code == 5
        assert "wr0ng" not in err


def test_an_acl_user_with_the_least_rights(server: Server) -> None:
    server.call("ACL", "SETUSER", "lister", "on", ">pw", "~spring:session:*", "+scan", "+hmget", "+pttl")
    run = run_at(f"redis://127.0.0.1:{server.port}/0")
    server.call("HSET", "spring:session:sessions:one", "creationTime", "1", "lastAccessedTime", "1", "maxInactiveInterval", "1800")
    code, out, _ = run("ls", "--username", "lister", "--password", "pw", "-c", "id,principal,state,ttl", "-o", "csv")
    assert (code, out) == (0, "id,principal,state,ttl\none,,expired,\n")
    code, _, err = run("ls", "--username", "lister", "--password", "pw", "-c", "size")
    assert code == 5
    assert "ACL SETUSER lister +memory" in err


def test_what_an_acl_hides_is_no_reason_to_fail(server: Server) -> None:
    session = ("creationTime", "1", "lastAccessedTime", "1", "maxInactiveInterval", "-1")
    server.call("HSET", "shop:sessions:one", *session)
    server.call("ACL", "SETUSER", "lister", "on", ">pw", "~spring:session:*", "+scan", "+hmget", "+pttl", "+type")
    run = run_at(f"redis://lister:pw@127.0.0.1:{server.port}/0")
    code, out, err = run("ls")
    assert (code, out) == (0, "")
    assert f"no session in namespace spring:session of 127.0.0.1:{server.port}, and other names can't be looked into: " in err
    assert run("namespaces")[0] == 5
    server.call("HSET", "spring:session:sessions:two", *session)
    assert run("namespaces", "-o", "csv", "-c", "namespace") == (
        0,
        "namespace\nspring:session\n",
        "this user may not look into shop\n1 namespace with sessions\n",
    )
    assert run("show", "nobody")[0] == 1


def test_without_the_right_to_the_index_all_are_scanned(server: Server) -> None:
    with redis.Redis(port=server.port) as client:
        fill(client, time.time_ns() // 1_000_000)
    server.call("ACL", "SETUSER", "lister", "reset", "on", ">pw", "~spring:session:*", "+scan", "+hmget", "+pttl", "+exists", "+sismember")
    code, out, err = run_at(f"redis://lister:pw@127.0.0.1:{server.port}/0")("ls", "--user", "alice", "-o", "ids")
    assert (code, len(out.split())) == (0, 2)
    assert err == f"without the principal index: 127.0.0.1:{server.port} doesn't let this user run SSCAN\n2 sessions\n"


def test_a_unix_socket(tmp_path: Path) -> None:
    with redis_server(unixsocket=str(tmp_path / "redis.sock")):
        assert run_at(f"unix://{tmp_path}/redis.sock?db=3")(*COUNT) == (0, "0\n", "")


def test_the_database_of_the_option_wins_over_the_url(server: Server) -> None:
    server.call("HSET", "spring:session:sessions:zero", "creationTime", "1")
    run = run_at(f"redis://127.0.0.1:{server.port}/5")
    assert run(*COUNT)[1] == "0\n"
    assert run(*COUNT, "--db", "0")[1] == "1\n"


def test_sentinel_by_its_own_url_and_by_a_plain_one(sentinels: SentinelSet) -> None:
    sentinels.master().call("HSET", "spring:session:sessions:one", "creationTime", "1")
    assert run_at(sentinels.url)(*COUNT) == (0, "1\n", "")
    assert run_at(f"redis://{sentinels.sentinels[1].node}/0")(*COUNT) == (0, "1\n", "")


def test_a_replica_leads_to_its_master(sentinels: SentinelSet) -> None:
    sentinels.master().call("HSET", "spring:session:sessions:one", "creationTime", "1")
    code, out, _ = run_at(f"redis://{sentinels.replicas()[0].node}/0")("ls", "-c", "node", "-o", "csv")
    assert (code, out) == (0, f"node\n{sentinels.master().node}\n")


def test_the_readmes_rights_for_show_and_namespaces(server: Server) -> None:
    rights = ["+scan", "+hmget", "+pttl", "+type", "+hkeys", "+hstrlen", "+hget", "+zscore", "+exists", "+sismember", "+memory|usage"]
    server.call("ACL", "SETUSER", "reader", "reset", "on", ">pw", "~spring:session:*", *rights)
    server.call("HSET", "spring:session:sessions:one", "creationTime", "1", "lastAccessedTime", "1", "maxInactiveInterval", "1800")
    run = run_at(f"redis://reader:pw@127.0.0.1:{server.port}/0")
    code, out, err = run("show", "on", "-c", "id,layout,size", "-o", "json")
    assert (code, err) == (0, "")
    assert out.startswith('{"id":"one","layout":"simple","size":')
    assert run("namespaces", "-o", "csv", "-q") == (0, "namespace,sessions,layouts\nspring:session,1,\n", "")
