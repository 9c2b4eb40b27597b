"""The options that all commands share, taken before and after the command's name, and the `App` that they make."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from sessionctl import offers
from sessionctl.errors import UsageProblem
from sessionctl.formats import FORMATS
from sessionctl.help import SharedOption

if TYPE_CHECKING:
    from sessionctl.app import App
    from sessionctl.target import Target
    from sessionctl.terminal import Terminal

Command = TypeVar("Command", bound=Callable[..., Any])
DEFAULT_URL = "redis://localhost:6379/0"
EXIT_CODE = "sessionctl.exit_code"
GIVEN = "sessionctl.given"


def _shared(group: str, *names: str, help: str, **settings: Any) -> Callable[[Command], Command]:
    name = next(name for name in names if name.startswith("--")).lstrip("-").split("/")[0]
    settings.setdefault("envvar", "SESSIONCTL_" + name.upper().replace("-", "_"))
    return click.option(*names, cls=SharedOption, group=group, help=help, expose_value=False, callback=_remember, **settings)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Keeps the value where `shared` finds it: what stands after the command's name wins over what stands before, over the environment."""
    name = str(parameter.name)
    given = context.get_parameter_source(name) not in (ParameterSource.DEFAULT, ParameterSource.ENVIRONMENT)
    known = shared(context)
    if given or name not in known:
        known[name] = value
    if given:
        context.find_root().meta.setdefault(GIVEN, set()).add(name)
    return value


def given(context: click.Context, name: str) -> bool:
    """Whether the command line itself has this shared option: a command's own default then steps back."""
    return name in context.find_root().meta.get(GIVEN, ())


def shared(context: click.Context) -> dict[str, Any]:
    """The values of the options that all commands share."""
    known: dict[str, Any] = context.find_root().meta.setdefault("sessionctl.shared", {})
    return known


CONNECTION = (
    _shared(
        "Connection",
        "--url",
        "-u",
        help="Where Redis is: redis://, rediss://, unix://, redis-sentinel://, redis-cluster://.",
        default=DEFAULT_URL,
    ),
    _shared("Connection", "--namespace", "-n", help="Spring Session's namespace.", default="spring:session"),
    _shared("Connection", "--username", help="The ACL user, if it isn't in the URL.", default=None),
    _shared(
        "Connection",
        "--password-file",
        help="A file whose first line is the password (- for standard input).",
        type=click.Path(),
        default=None,
    ),
    _shared("Connection", "--ask-password", help="Ask for the password on the terminal.", is_flag=True),
    _shared("Connection", "--password", help="The password; better in the environment than here.", default=None, hidden=True),
    _shared("Connection", "--db", help="The database's number, if it isn't in the URL.", type=click.IntRange(0), default=None),
    _shared("Connection", "--tls-ca", help="Trust the certificates in this PEM file.", type=click.Path(), default=None),
    _shared("Connection", "--tls-cert", help="The client's certificate (PEM), for mutual TLS.", type=click.Path(), default=None),
    _shared("Connection", "--tls-key", help="The client certificate's key (PEM).", type=click.Path(), default=None),
    _shared("Connection", "--tls-server-name", help="The name to send (SNI) and to verify, if it isn't the URL's host.", default=None),
    _shared("Connection", "--tls-insecure", help="Don't verify the server's certificate.", is_flag=True),
    _shared(
        "Connection",
        "--connect-timeout",
        help="Seconds to wait for a connection.",
        type=click.FloatRange(0.001),
        default=5.0,
        show_default=True,
    ),
    _shared(
        "Connection", "--timeout", help="Seconds to wait for an answer.", type=click.FloatRange(0.001), default=30.0, show_default=True
    ),
)
OUTPUT = (
    _shared(
        "Output", "--format", "-o", help="How to print: " + ", ".join(FORMATS) + ".", type=click.Choice(tuple(FORMATS)), default="table"
    ),
    _shared(
        "Output",
        "--columns",
        "-c",
        help="Which columns, separated by commas; +NAME adds to the default ones.",
        default=None,
        shell_complete=offers.columns,
    ),
    _shared("Output", "--null", "-0", help="Print ids only, each ended with NUL instead of a newline.", is_flag=True),
    _shared("Output", "--reveal", help="Show secrets in attributes, and whole ids on a terminal.", is_flag=True),
    _shared("Output", "--color", help="Colour: auto, always or never.", type=click.Choice(("auto", "always", "never")), default="auto"),
    _shared("Output", "--quiet", "-q", help="No summary, no progress.", is_flag=True),
    _shared("Output", "--debug", help="Show the traceback of an error.", is_flag=True),
)


def _options(*groups: tuple[Callable[[Command], Command], ...]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return decorate


shared_options: Callable[[Any], Any] = _options(CONNECTION, OUTPUT)


def pass_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hands the command an `App` made of the shared options, as its first argument."""

    @shared_options
    @click.pass_context
    @wraps(command)
    def with_app(context: click.Context, /, *arguments: Any, **values: Any) -> Any:
        code = command(make_app(context), *arguments, **values)
        context.meta[EXIT_CODE] = code or 0
        return code

    decorated: Callable[..., Any] = with_app
    return decorated


def make_app(context: click.Context) -> App:
    """What the shared options say, ready to use; nothing is opened yet."""
    from sessionctl.app import App

    values = shared(context)
    columns = values["columns"]
    app = App(
        terminal=terminal_of(context),
        target=lambda: _target(context, values),
        namespace=values["namespace"],
        format_name=_format(values),
        columns=tuple(name.strip() for name in columns.split(",")) if columns else None,
        reveal=values["reveal"],
        quiet=values["quiet"],
        separator="\0" if values["null"] else "\n",
    )
    context.call_on_close(app.close)
    return app


def _format(values: dict[str, Any]) -> str:
    """The format's name; ``--null`` alone is enough to mean ids. Raises UsageProblem where another one can't end its lines so."""
    asked: str = values["format"]
    if not values["null"] or asked == "ids":
        return asked
    if asked != "table":
        raise UsageProblem(f"-0 prints ids only, and -o {asked} more than ids", "leave one of them away")
    return "ids"


def terminal_of(context: click.Context) -> Terminal:
    """The one terminal of this run; a test puts its own into ``context.obj``."""
    root = context.find_root()
    if root.obj is None:
        from sessionctl.terminal import Terminal

        values = shared(context)
        root.obj = Terminal(values.get("color", "auto"), quiet=bool(values.get("quiet")))
    terminal: Terminal = root.obj
    return terminal


def _target(context: click.Context, values: dict[str, Any]) -> Target:
    from sessionctl.target import Target

    return Target.parse(
        values["url"],
        username=values["username"],
        password=_password(context, values),
        db=values["db"],
        ca_file=values["tls_ca"],
        client_cert=values["tls_cert"],
        client_key=values["tls_key"],
        server_name=values["tls_server_name"],
        insecure=values["tls_insecure"],
        connect_timeout=values["connect_timeout"],
        timeout=values["timeout"],
    )


def _password(context: click.Context, values: dict[str, Any]) -> str | None:
    if values["ask_password"]:
        asked: str = terminal_of(context).ask_secret("Password: ")
        return asked
    if values["password_file"]:
        return _first_line(values["password_file"])
    password: str | None = values["password"]
    return password


def _first_line(path: str) -> str:
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return str(file.readline()).rstrip("\r\n")
    except OSError as error:
        raise UsageProblem(f"the password file {path} can't be read: {error.strerror}") from error
