"""Links that others can follow."""

from quart import request

from aegis_web.forwarded import find_peer
from aegisd.daemon import Daemon


def run_url(run: int, daemon: Daemon) -> str:
    """Where people see a run: below `[web] url`, else below the name that the client used."""
    return f"{site_url(daemon)}/runs/{run}"


def site_url(daemon: Daemon) -> str:
    """Where the page is, without a slash at the end: `[web] url`, else the name that the client used."""
    scheme = "https" if find_peer(daemon).is_secure else "http"
    base = daemon.config.web.url or f"{scheme}://{request.host or 'localhost'}"
    return base.rstrip("/")
