"""Where the state of aegisd is, for verbs that look at it themselves."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.failure import Failure
from aegisd.wire.errors import CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given

_OF_THE_HOST = "/var/lib/aegis"


def find_state_dir(given: Given) -> str:
    """`--state-dir`, else that of the daemon that answers, else that of the host's."""
    named = given.text("state-dir")
    if named:
        return named
    try:
        return str(open_client(given).call("GetStatus")["state_dir"])
    except (Failure, CallError, KeyError):
        return _OF_THE_HOST
