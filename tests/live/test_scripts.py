"""What a script says of a command that Redis refused is what it would have said without the script, whatever its version."""

from __future__ import annotations

import pytest

from sessionctl.replies import code
from sessionctl.scripts import FAILED, Script
from sessionctl.target import Target
from sessionctl.wire import Connection
from tests.live.servers import Server

SAID = Script(FAILED + b"return failed({err = ARGV[1]}, 'hset')")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", "OOM"),  # Redis 7
        ("@user_script: 16: -OOM command not allowed when used memory > 'maxmemory'.  ", "OOM"),  # before
        ("@user_script: 13: -READONLY You can't write against a read only replica.  ", "READONLY"),
        ("@user_script: 13: -NOREPLICAS Not enough good replicas to write.  ", "NOREPLICAS"),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE"),
        ("@user_script: 16: The user executing the script can't run this command or subcommand", "NOPERM"),  # Redis 6
        ("ERR The user executing the script can't run this command or subcommand", "NOPERM"),  # Redis 7.0
    ],
)
def test_the_code_of_a_refusal(server: Server, reply: str, said: str) -> None:
    target = Target.parse(server.url)
    with Connection.open(target.addresses[0], target) as connection:
        [error] = connection.pipeline([SAID.words((), [reply.encode()], whole=True)])
    assert code(error) == said
