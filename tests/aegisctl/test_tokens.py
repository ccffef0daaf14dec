"""`aegisctl token`: what is asked of the daemon, and that only the secret goes to stdout."""

import json

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon

TOKEN = {"name": "ci", "scopes": ["run"], "created_at": samples.stamp(-120), "by": "dev1"}
FIXED = {"name": "fixed", "scopes": ["read"], "created_at": None, "by": None}


def test_new(daemon: FakeDaemon, cli: Cli) -> None:
    """The secret alone, so that it can go into a file; scopes as given, read without one."""
    daemon.answers["NewToken"] = {"token": TOKEN, "secret": "aegis_x"}
    assert cli("token", "new", "ci", "--scope", "run").stdout == "aegis_x\n"
    assert daemon.calls[-1] == ("NewToken", {"name": "ci", "scopes": ["run"]})
    shown = json.loads(cli("token", "new", "ci", "--json").stdout)
    assert (shown["secret"], shown["scopes"]) == ("aegis_x", ["run"])
    assert daemon.calls[-1] == ("NewToken", {"name": "ci", "scopes": ["read"]})


def test_list_and_revoke(daemon: FakeDaemon, cli: Cli) -> None:
    """Tab-separated in a pipe; a token of the configuration has no maker."""
    daemon.answers |= {"ListTokens": {"tokens": [FIXED, TOKEN]}, "RevokeToken": {}}
    assert cli("token", "list").stdout == "fixed\tread\t\t\nci\trun\t2026-11-21T08:00:31Z\tdev1\n"
    assert cli("token", "revoke", "ci").stdout == "revoked: ci\n"
    assert daemon.calls[-1] == ("RevokeToken", {"name": "ci"})


def test_table(daemon: FakeDaemon, on_terminal: Terminal) -> None:
    """On a terminal a table with ages."""
    daemon.answers["ListTokens"] = {"tokens": [FIXED, TOKEN]}
    with on_terminal("token", "list") as session:
        assert session.end() == 0
    assert "the configuration" in session.text
    assert "dev1" in session.text
