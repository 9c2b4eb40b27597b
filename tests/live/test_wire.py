"""One connection to real servers: logging in, replies, and every way not to get one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sessionctl.errors import Refused, SessionctlError, Unreachable, UsageProblem
from sessionctl.target import Target
from sessionctl.wire import Connection, ReplyError, ServerInfo, pack
from tests.live import fakes, servers
from tests.live.certificates import Certificates
from tests.live.servers import Server


def connect(url: str, **options: Any) -> Connection:
    target = Target.parse(url, **options)
    return Connection.open(target.addresses[0], target)


def failure(url: str, **options: Any) -> SessionctlError:
    """The error of connecting there; a connection that succeeds fails the test."""
    with pytest.raises(SessionctlError) as caught, connect(url, **options) as connection:
        connection.call("PING")
    return caught.value


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with connect(server.url) as connection:
        yield connection


def test_a_server_says_what_it_is(connection: Connection, server: Server) -> None:
    assert connection.server == ServerInfo("standalone", "master", server.info("server")["redis_version"])


def test_a_connection_shows_up_by_name(connection: Connection) -> None:
    assert connection.call("CLIENT", "GETNAME") == b"sessionctl"


def test_bytes_go_in_and_come_out(connection: Connection) -> None:
    value = bytes(range(256)) * 5000
    assert connection.call("SET", b"\xff\r\n", value) == b"OK"
    assert connection.call("GET", b"\xff\r\n") == value


def test_replies_come_in_order_and_errors_among_them_are_values(connection: Connection) -> None:
    one, error, many = connection.pipeline([("SET", "a", 1), ("LPUSH", "a", 2), ("MGET", "a", "b")])
    assert (one, str(error), many) == (b"OK", "WRONGTYPE Operation against a key holding the wrong kind of value", [b"1", None])
    assert isinstance(error, ReplyError)


def test_many_replies_are_read_as_they_arrive(connection: Connection) -> None:
    connection.send(b"".join(pack("ECHO", number) for number in range(50_000)))
    assert connection.read(30_000)[-1] == b"29999"
    assert connection.read(20_000) == [b"%d" % number for number in range(30_000, 50_000)]


def test_what_came_before_a_connection_was_closed_answers_nothing(connection: Connection) -> None:
    connection.send(pack("ECHO", 1) + pack("ECHO", 2))
    assert connection.read(1) == [b"1"]
    connection.close()
    with pytest.raises(Unreachable):
        connection.read(1)


def test_a_call_raises_what_an_error_reply_means(connection: Connection) -> None:
    with pytest.raises(Refused, match="doesn't know NOSUCH") as caught:
        connection.call("NOSUCH", "secret-argument")
    assert "secret-argument" not in str(caught.value)


def test_the_database_is_selected(server: Server) -> None:
    with connect(server.url, db=3) as connection:
        assert b" db=3 " in connection.call("CLIENT", "INFO")


def test_a_database_that_there_is_not(server: Server) -> None:
    assert str(failure(server.url, db=99)) == f"{server.node} has no database of that number"


def test_a_unix_socket(tmp_path: Path) -> None:
    with servers.redis_server(unixsocket=tmp_path / "s", unixsocketperm=700):
        assert connect_and_ping(f"unix://{tmp_path / 's'}?db=2")


def connect_and_ping(url: str, **options: Any) -> bool:
    with connect(url, **options) as connection:
        return bool(connection.call("PING") == b"PONG")


def test_a_connection_that_the_server_has_closed_is_stale(server: Server) -> None:
    with connect(server.url) as connection:
        assert not connection.stale
        server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        servers.wait_for("stale", lambda: connection.stale)


def test_a_connection_that_breaks_off(server: Server) -> None:
    with connect(server.url) as connection:
        server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        with pytest.raises(Unreachable, match="closed the connection"):
            connection.call("PING")
        assert connection.closed


# --- nobody there ---


def test_a_port_where_nothing_listens() -> None:
    error = failure(f"127.0.0.1:{servers.free_port()}")
    assert isinstance(error, Unreachable)
    assert error.message.endswith("refuses connections, nothing listens on that port")


def test_a_name_that_is_not_found() -> None:
    assert str(failure("nosuch.invalid")) == "the host name nosuch.invalid was not found"


@pytest.mark.parametrize("name", ["a" * 64, "x..y", "ü" * 80])
def test_a_name_that_cannot_be_one(name: str) -> None:
    assert str(failure(name)) == f"the host name {name} was not found"


def test_a_firewall_that_drops() -> None:
    with fakes.unanswering() as port:
        assert str(failure(f"127.0.0.1:{port}", connect_timeout=0.1)) == f"connecting to 127.0.0.1:{port} timed out after 0.1 s"


def test_a_server_that_hangs() -> None:
    with fakes.answering() as port:
        error = failure(f"127.0.0.1:{port}", connect_timeout=0.1)
    assert error.message == f"127.0.0.1:{port} took the connection, but didn't answer within 0.1 s"


def test_a_server_that_hangs_later() -> None:
    with fakes.answering(fakes.HELLO, fakes.SILENCE) as port, connect(f"127.0.0.1:{port}", timeout=0.1) as connection:
        with pytest.raises(Unreachable, match=r"took the connection, but didn't answer within 0.1 s"):
            connection.call("PING")
        assert connection.closed


def test_a_server_that_stops_in_the_middle_of_a_reply() -> None:
    with fakes.answering(fakes.HELLO, b"$5\r\nab") as port:
        assert str(failure(f"127.0.0.1:{port}")) == f"127.0.0.1:{port} closed the connection"


def test_a_server_that_goes_mad() -> None:
    with fakes.answering(fakes.HELLO, b"\0\0\0") as port:
        assert str(failure(f"127.0.0.1:{port}")).startswith(f"127.0.0.1:{port} sent something that isn't RESP: ")


def test_a_unix_socket_that_is_not_there(tmp_path: Path) -> None:
    assert str(failure(f"unix://{tmp_path}/nosuch")) == f"there is no Unix socket {tmp_path}/nosuch"


def test_a_unix_socket_that_nobody_listens_on(tmp_path: Path) -> None:
    with servers.redis_server(unixsocket=tmp_path / "s"):
        pass
    assert isinstance(failure(f"unix://{tmp_path}/s"), Unreachable)


# --- not Redis, or not now ---


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks no Redis protocol, its answer looks like HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "speaks no Redis protocol, its answer looks like SSH"),
        (b"ERROR\r\n", "speaks no Redis protocol, its answer begins with b'ERROR\\r\\n'"),
        (b"+OK POP3 ready\r\n", "speaks no Redis protocol, its answer begins with b'+OK POP3 ready\\r\\n'"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "speaks TLS"),
        (b"", "closed the connection instead of answering"),
        (b"$-5\r\n", "speaks no Redis protocol, its answer begins with b'$-5\\r\\n'"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "is still loading its data"),
        (b"-ERR max number of clients reached\r\n", "has no free connection"),
        (b"-DENIED Redis is running in protected mode\r\n", "is in protected mode and takes only local connections"),
    ],
)
def test_what_answers_is_no_redis_that_works(answer: bytes, message: str) -> None:
    with fakes.answering(answer) as port:
        assert str(failure(f"127.0.0.1:{port}")) == f"127.0.0.1:{port} {message}"


def test_hiding_what_a_server_repeats_of_the_password() -> None:
    """Redis 5 answers an unknown HELLO with its arguments, which hold the password."""
    unknown = b"-ERR unknown command `AUTH`, with args beginning with: `open sesame`, \r\n"
    with fakes.answering(unknown * 2, unknown * 4) as port:
        error = failure(f"127.0.0.1:{port}", password="open sesame")
    assert str(error) == f"127.0.0.1:{port} doesn't know AUTH"


# --- logging in ---


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server with a password, and with users of few rights."""
    rights = ["-@all", "+ping", "+get", "+select", "allkeys", ">secret"]
    with servers.redis_server(requirepass="open sesame") as server:
        server.call("ACL", "SETUSER", "reader", "reset", "on", *rights)
        server.call("ACL", "SETUSER", "one-key", "on", "+@all", "~mine", ">secret", "resetchannels")
        server.call("ACL", "SETUSER", "gone", "off", ">secret")
        yield server


def test_a_password(guarded: Server) -> None:
    assert connect_and_ping(guarded.node, password="open sesame")


def test_no_password_where_one_is_wanted(guarded: Server) -> None:
    error = failure(guarded.node)
    assert isinstance(error, Refused)
    assert error.message == f"{guarded.node} wants a password"


@pytest.mark.parametrize(
    ("user", "password"), [(None, "wrong"), ("default", "wrong"), ("nobody", "secret"), ("gone", "secret"), ("reader", None)]
)
def test_wrong_user_or_password(guarded: Server, user: str | None, password: str | None) -> None:
    error = failure(guarded.node, username=user, password=password)
    assert isinstance(error, Refused)
    assert error.message == f"{guarded.node} doesn't accept this user and password"


def test_a_password_where_none_is_wanted(server: Server) -> None:
    assert connect_and_ping(server.node, password="superfluous")


def test_a_user_of_few_rights(guarded: Server) -> None:
    with connect(f"redis://reader:secret@{guarded.node}/1") as connection:
        assert connection.call("GET", "a") is None
        with pytest.raises(Refused) as caught:
            connection.call("CONFIG", "GET", "*")
    assert (caught.value.message, caught.value.hint) == (
        f"{guarded.node} doesn't let this user run CONFIG GET",
        "ACL SETUSER reader +config|get",
    )


def test_a_user_without_the_keys_or_channels(guarded: Server) -> None:
    with connect(guarded.node, username="one-key", password="secret") as connection:
        with pytest.raises(Refused, match="doesn't let this user touch the keys of GET"):
            connection.call("GET", "yours")
        with pytest.raises(Refused, match="doesn't let this user use the channels of SUBSCRIBE"):
            connection.call("SUBSCRIBE", "news")


def test_a_server_that_knows_no_hello(tmp_path: Path) -> None:
    """Redis before 6, in all that matters here."""
    with servers.redis_server(requirepass="open sesame", rename_command=["HELLO", "nohello"]) as server:
        with connect(server.node, password="open sesame", db=2) as connection:
            assert connection.server == ServerInfo("standalone", "master", server.info("server")["redis_version"])
            assert b" name=sessionctl " in connection.call("CLIENT", "INFO")
            assert b" db=2 " in connection.call("CLIENT", "INFO")
        assert str(failure(server.node)) == f"{server.node} wants a password"
        assert str(failure(server.node, password="wrong")) == f"{server.node} doesn't accept this user and password"


def test_a_server_that_knows_no_hello_and_wants_no_password() -> None:
    with servers.redis_server(rename_command=["HELLO", "nohello"]) as server:
        assert connect_and_ping(server.node)
        assert connect_and_ping(server.node, password="superfluous")


def test_a_replica_without_its_master() -> None:
    with (
        servers.redis_server(replicaof=["127.0.0.1", servers.free_port()], replica_serve_stale_data="no") as server,
        connect(server.url) as connection,
    ):
        assert connection.server.role == "replica"
        with pytest.raises(Unreachable, match="is a replica that has lost its master"):
            connection.call("GET", "a")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"maxmemory": 1}, "is out of memory (maxmemory) and refused SET"),
        ({"min_replicas_to_write": 1}, "has too few replicas and refuses writes"),
    ],
)
def test_writes_that_redis_refuses(config: dict[str, Any], message: str) -> None:
    with servers.redis_server(**config) as server, connect(server.url) as connection, pytest.raises(Refused) as caught:
        connection.call("SET", "a", 1)
    assert str(caught.value) == f"{server.node} {message}"


# --- TLS ---


def test_tls(tls_server: Server, certificates: Certificates) -> None:
    url, authority = f"rediss://localhost:{tls_server.port}/1", str(certificates.authority)
    assert connect_and_ping(url, ca_file=authority)
    assert connect_and_ping(f"rediss://127.0.0.1:{tls_server.port}", ca_file=authority, server_name="redis.example")
    assert connect_and_ping(url, insecure=True)


def test_much_through_tls(tls_server: Server, certificates: Certificates) -> None:
    with connect(f"rediss://localhost:{tls_server.port}", ca_file=str(certificates.authority)) as connection:
        value = b"x" * 3_000_000
        connection.send(pack("SET", "a", value) + pack("GET", "a") * 3)
        assert connection.read(4) == [b"OK", value, value, value]
        assert not connection.stale
        assert connection.call("DEL", "a") == 1


def test_an_authority_that_did_not_sign(tls_server: Server, certificates: Certificates) -> None:
    error = failure(f"rediss://localhost:{tls_server.port}", ca_file=str(certificates.other_authority))
    assert isinstance(error, Unreachable)
    assert error.message.startswith(f"the certificate of localhost:{tls_server.port} can't be verified: ")
    assert error.hint == "give --tls-ca the PEM file of the authority that signed it"


@pytest.mark.parametrize("options", [{"server_name": "elsewhere.example"}, {"server_name": "10.1.2.3"}])
def test_a_certificate_for_another_name(tls_server: Server, certificates: Certificates, options: dict[str, str]) -> None:
    error = failure(f"rediss://localhost:{tls_server.port}", ca_file=str(certificates.authority), **options)
    assert error.message.startswith(f"the certificate of localhost:{tls_server.port} is for another name: ")
    assert error.hint == "give --tls-server-name the name in the certificate"


def test_mutual_tls(certificates: Certificates) -> None:
    trust = {"ca_file": str(certificates.authority)}
    identity = {"client_cert": str(certificates.client), "client_key": str(certificates.key(certificates.client))}
    with servers.tls_server(certificates, certificates.server, clients="yes") as server:
        url = f"rediss://localhost:{server.port}"
        assert connect_and_ping(url, **trust, **identity)
        error = failure(url, **trust)
    assert isinstance(error, Refused)
    assert (error.message, error.hint) == (
        f"localhost:{server.port} wants a certificate of the client",
        "give --tls-cert FILE and --tls-key FILE",
    )


def test_a_plain_url_for_a_tls_port(tls_server: Server) -> None:
    error = failure(tls_server.node)
    assert error.message in (f"{tls_server.node} speaks TLS", f"{tls_server.node} closed the connection instead of answering")
    assert "rediss://" in str(error.hint)


def test_a_tls_url_for_a_plain_port(server: Server) -> None:
    error = failure(f"rediss://{server.node}")
    assert (error.message, error.hint) == (f"{server.node} speaks no TLS", "write redis:// instead of rediss://")


def test_a_tls_url_for_a_silent_port() -> None:
    with fakes.answering() as port:
        error = failure(f"rediss://127.0.0.1:{port}", connect_timeout=0.1)
    assert error.message == f"127.0.0.1:{port} took up no TLS within 0.1 s"


@pytest.mark.parametrize("option", ["ca_file", "client_cert"])
def test_tls_files_that_cannot_be_used(tls_server: Server, tmp_path: Path, option: str) -> None:
    missing, empty = tmp_path / "missing.pem", tmp_path / "empty.pem"
    empty.write_text("")
    for path, reason in ((missing, "No such file or directory"), (empty, "it holds no such PEM, or key and certificate don't match")):
        error = failure(f"rediss://localhost:{tls_server.port}", **{option: str(path)})
        assert isinstance(error, UsageProblem)
        assert str(path) in error.message
        assert reason in error.message
