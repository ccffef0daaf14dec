"""Keeps the HTTP door open, and everything else away from what may happen to it.

Its libraries take a quarter of a second to import, so that is done in a thread, after the control socket answers, and
only where `[web] bind` or systemd names an address. When the door cannot be opened or falls, runs go on: the reason is
logged, and it is tried again.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import trio

from aegisd.core.errors import StartError
from aegisd.daemon import Daemon
from aegisd.listening.activation import take_http_sockets
from aegisd.listening.refusal import ListenError

_log = logging.getLogger("aegisd.web")

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_STEADY_S = 60.0

Serve = Callable[..., Awaitable[None]]


async def keep_web_open(
    daemon: Daemon, *, environment: Mapping[str, str], load: Callable[[], Serve] | None = None
) -> None:
    """Serve HTTP until cancelled; returns at once when there is no address. `load` gives `aegis_web.main.serve_web`."""
    try:
        passed = take_http_sockets(environment)
    except ListenError as error:
        _log.error("%s; %s", error.message, error.hint)
        passed = []
    try:
        if daemon.config.web.bind or passed:
            serve_web = await trio.to_thread.run_sync(load or _import)
            await _keep(partial(serve_web, daemon, passed=passed))
    except ImportError as error:
        _log.error("HTTP is off: a library is missing (%s)", error)
    finally:
        for each in passed:
            each.close()


async def _keep(serve: Callable[[], Awaitable[None]]) -> None:
    wait = _FIRST_WAIT_S
    while True:
        began = trio.current_time()
        try:
            await serve()
        except* StartError as group:
            _complain(group, wait)
        except* Exception:  # noqa: BLE001 - the boundary
            _log.exception("HTTP has failed, this is a bug; trying again in %g s", wait)
        if trio.current_time() - began > _STEADY_S:
            wait = _FIRST_WAIT_S
        await trio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT_S)


def _complain(group: BaseExceptionGroup[StartError], wait: float) -> None:
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    _log.error("no HTTP: %s; %s. Trying again in %g s", error.message, error.hint, wait)


def _import() -> Serve:
    from aegis_web.main import serve_web  # noqa: PLC0415 - takes a quarter of a second

    return serve_web
