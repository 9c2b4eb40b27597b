"""From an address to a connected socket: name, TCP or Unix socket, TLS, all within one timeout. Every failure becomes one sentence."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from sessionctl.errors import Refused, SessionctlError, Unreachable, UsageProblem
from sessionctl.target import Address, Target, Tls

if TYPE_CHECKING:
    import ssl

SLOW = 1.0  # seconds after which a TLS handshake makes us ask ourselves whether that is TLS at all
_Resolved = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]


class Deadline:
    """A point in time, so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Seconds until then. Raises TimeoutError where there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @property
    def passed(self) -> bool:
        return monotonic() >= self._end


def dial(address: Address, target: Target, deadline: Deadline) -> socket.socket:
    """A connected socket, with TLS where the target wants it. Raises Unreachable, Refused and UsageProblem."""
    try:
        plain = _unix(address, deadline) if address.path is not None else _tcp(address, deadline)
    except OSError as error:
        raise _not_connected(address, deadline, error) from error
    if target.tls is None:
        return plain
    try:
        return _secure(plain, address, target.tls, deadline)
    except OSError as error:
        raise _not_secure(address, deadline, error) from error


def _unix(address: Address, deadline: Deadline) -> socket.socket:
    return _connect(socket.AF_UNIX, address.path, deadline.left())


def _tcp(address: Address, deadline: Deadline) -> socket.socket:
    found = _resolve(address, deadline)
    for number, (family, _, _, _, where) in enumerate(found):
        left = len(found) - number
        try:
            connected = _connect(family, where, deadline.left() / left)
        except OSError:
            if left == 1:
                raise
            continue
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connected
    raise OSError(errno.EADDRNOTAVAIL, "the name has no address")


def _connect(family: socket.AddressFamily, where: Any, seconds: float) -> socket.socket:
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.settimeout(seconds)
        connecting.connect(where)
    except BaseException:
        connecting.close()
        raise
    return connecting


def _resolve(address: Address, deadline: Deadline) -> _Resolved:
    """The addresses of a name. getaddrinfo knows no timeout, so a name is looked up on a thread that may be left behind."""
    try:
        return socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        pass
    answer: list[_Resolved | Exception] = []

    def look_up() -> None:
        try:
            answer.append(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.append(error)

    thread = Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not answer:
        raise TimeoutError
    if isinstance(answer[0], UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, "no valid name") from answer[0]
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


def _secure(plain: socket.socket, address: Address, tls: Tls, deadline: Deadline) -> ssl.SSLSocket:
    name = tls.server_name or address.host or "localhost"
    with ExitStack() as undo:
        undo.enter_context(plain)
        secured = undo.enter_context(_context(tls).wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False))
        _shake_hands(secured, address, deadline)
        undo.pop_all()
    return secured


def _shake_hands(secured: ssl.SSLSocket, address: Address, deadline: Deadline) -> None:
    """A plain Redis doesn't answer a TLS greeting at all, as it sees no line's end in it: whoever is slow is asked in plain Redis, too."""
    try:
        secured.settimeout(min(SLOW, deadline.left()))
        secured.do_handshake()
    except TimeoutError:
        if _speaks_plainly(address, deadline):
            raise _no_tls(address) from None
        secured.settimeout(deadline.left())
        secured.do_handshake()


def _speaks_plainly(address: Address, deadline: Deadline) -> bool:
    try:
        with _unix(address, deadline) if address.path is not None else _tcp(address, deadline) as plain:
            plain.settimeout(min(SLOW, deadline.left()))
            plain.sendall(b"PING\r\n")
            return plain.recv(16).startswith((b"+PONG", b"-"))
    except OSError:
        return False


@lru_cache(maxsize=1)
def _context(tls: Tls) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    if tls.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls.ca_file:
        _load("--tls-ca", tls.ca_file, context.load_verify_locations)
    if tls.client_cert:
        _load("--tls-cert", tls.client_cert, lambda path: context.load_cert_chain(path, tls.client_key, _no_passphrase))
    return context


def _load(option: str, path: str, load: Callable[[str], None]) -> None:
    try:
        load(path)
    except OSError as error:  # ssl.SSLError is one, too
        known = isinstance(error, FileNotFoundError | PermissionError)
        reason = error.strerror if known else "it holds no such PEM, or key and certificate don't match"
        raise UsageProblem(f"the file of {option} can't be used, {path}: {reason}", f"give {option} a PEM file") from error


def _no_passphrase() -> str:
    raise UsageProblem("the key of the client's certificate is encrypted", "give --tls-key a key without a passphrase")


def _not_connected(address: Address, deadline: Deadline, error: OSError) -> SessionctlError:
    if isinstance(error, TimeoutError):
        return Unreachable(
            f"connecting to {address} timed out after {deadline.seconds:g} s", "a firewall may drop it; --connect-timeout gives it longer"
        )
    if isinstance(error, socket.gaierror):
        return Unreachable(f"the host name {address.host} was not found", "check the name in --url, and the DNS of this machine")
    if isinstance(error, ConnectionRefusedError):
        what = "nothing listens on it" if address.path is not None else "nothing listens on that port"
        return Unreachable(f"{address} refuses connections, {what}", "check that Redis runs, and the host and port in --url")
    if isinstance(error, FileNotFoundError):
        return Unreachable(f"there is no Unix socket {address.path}", "CONFIG GET unixsocket tells its path")
    if isinstance(error, PermissionError):
        return Refused(f"this user may not open {address}", "see the rights of the socket; unixsocketperm in redis.conf sets them")
    return Unreachable(f"{address} can't be reached: {error.strerror or error}", "check --url and the network")


def _not_secure(address: Address, deadline: Deadline, error: OSError) -> SessionctlError:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_verified(address, error)
    if isinstance(error, TimeoutError):
        return Unreachable(
            f"{address} took up no TLS within {deadline.seconds:g} s", "if it speaks plain Redis, write redis:// instead of rediss://"
        )
    reason = getattr(error, "reason", None) or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNEXPECTED_MESSAGE"):
        return _no_tls(address)
    return tls_alert(address, error) or Unreachable(
        f"{address} broke off the TLS handshake: {reason.replace('_', ' ').lower() or error.strerror or 'closed'}",
        "if it speaks plain Redis, write redis:// instead of rediss://",
    )


def _no_tls(address: Address) -> SessionctlError:
    return Unreachable(f"{address} speaks no TLS", "write redis:// instead of rediss://")


def tls_alert(address: Address, error: OSError) -> SessionctlError | None:
    """What an alert of the server means. With TLS 1.3, one about our certificate comes only when the first reply is read."""
    reason = getattr(error, "reason", None) or ""
    if "CERTIFICATE_REQUIRED" in reason or ("HANDSHAKE_FAILURE" in reason and "ALERT" in reason):
        return Refused(f"{address} wants a certificate of the client", "give --tls-cert FILE and --tls-key FILE")
    if "ALERT" in reason:
        return Refused(
            f"{address} refused the TLS connection: {reason.replace('_', ' ').lower()}",
            "see the log of Redis; check --tls-cert and --tls-key",
        )
    return None


_WRONG_NAME = (62, 63, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, _EMAIL_MISMATCH, _IP_ADDRESS_MISMATCH of OpenSSL


def _not_verified(address: Address, error: ssl.SSLCertVerificationError) -> SessionctlError:
    if error.verify_code in _WRONG_NAME:
        message = f"the certificate of {address} is for another name: {error.verify_message}"
        return Unreachable(message, "give --tls-server-name the name in the certificate")
    message = f"the certificate of {address} can't be verified: {error.verify_message}"
    return Unreachable(message, "give --tls-ca the PEM file of the authority that signed it")
