"""Links that others can follow."""

from quart import request

from aegis_web.forwarded import find_peer
from aegisd.daemon import Daemon


def run_url(run: int, daemon: Daemon) -> str:
    """Where people see a run: below `[web] url`, else below the name that the client used."""
    base = (
        daemon.config.web.url or f"{'https' if find_peer(daemon).is_secure else 'http'}://{request.host or 'localhost'}"
    )
    return f"{base.rstrip('/')}/runs/{run}"
