"""The step types as they are listed: in a pipe, for a script, on a terminal."""

import json

from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon

_TYPES = [
    {"name": "command", "source": "built-in", "allowed": True},
    {"name": "lint\x1b[31m", "source": "aegis-lint 1.2", "allowed": False},
]


def test_plugins_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """A line a type with where it comes from and whether it may be used; the same as JSON; names act on no terminal."""
    daemon.answers["ListStepTypes"] = {"types": _TYPES}
    lines = cli("plugins").stdout.splitlines()
    assert lines[0] == "command\tbuilt-in\tyes"
    assert lines[1].split("\t")[1:] == ["aegis-lint 1.2", "no"]
    assert "\x1b" not in lines[1]
    chosen = [json.loads(line) for line in cli("plugins", "--json=name,allowed").stdout.splitlines()]
    assert [each for document in chosen for each in (document if isinstance(document, list) else [document])] == [
        {"name": each["name"], "allowed": each["allowed"]} for each in _TYPES
    ]
