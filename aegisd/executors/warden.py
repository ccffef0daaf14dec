"""aegisd's end of the warden: it starts one, holds the lifeline, and starts another when somebody has killed it.

See `programs/warden.py`. While there is no warden, the start-up sweep of the next aegisd is the net.
"""

import logging
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import trio

from aegisd.programs import list_arguments

_log = logging.getLogger("aegisd.executors")

_PAUSE_S = 1.0


@asynccontextmanager
async def open_warden(first: "Warden") -> AsyncIterator[None]:
    """While the block lasts, the cgroup of `first` and all in it end with aegisd, whatever becomes of `first`."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_keep_warden, first)
        yield
        nursery.cancel_scope.cancel()


async def _keep_warden(warden: "Warden") -> None:
    """Have a warden at all times, `warden` first."""
    with warden:
        await trio.lowlevel.wait_readable(warden.pidfd)
    while True:
        _log.warning("the warden was killed; another one is started")
        try:
            with Warden(warden.place) as another:
                await trio.lowlevel.wait_readable(another.pidfd)
        except OSError as error:
            _log.error("no warden can be started: %s", error)
        await trio.sleep(_PAUSE_S)


class Warden:
    """A warden that runs, until the block is left. It is killed then: at an end in order it has nothing to do.

    The cgroup `place` need not be there yet. Raises OSError.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        read, self._lifeline = os.pipe()
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                list_arguments("warden", place),
                stdin=read,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
            self.pidfd = os.pidfd_open(self._popen.pid)
        except OSError:
            os.close(self._lifeline)
            raise
        finally:
            os.close(read)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.kill()
        self._popen.wait()
        os.close(self.pidfd)
        os.close(self._lifeline)
