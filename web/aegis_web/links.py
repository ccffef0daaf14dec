"""Links that others can follow."""

from quart import request

from aegisd.daemon import Daemon


def run_url(run: int, daemon: Daemon) -> str:
    """Where people see a run: below `[web] url`, else below the name that the client used."""
    base = daemon.config.web.url or f"{request.scheme}://{request.host or 'localhost'}"
    return f"{base.rstrip('/')}/runs/{run}"
