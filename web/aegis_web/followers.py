"""Streams over HTTP as a whole: how many there may be, and how they end when the door closes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, TypeVar

import trio
from quart import current_app
from quart.wrappers.response import ResponseBody
from quart_trio import QuartTrio

from aegis_web.auth import RefusedError
from aegisd.daemon import Daemon

_EXTENSION = "aegis_followers"
T = TypeVar("T")


class Followers:
    """The streams of one app. `daemon` says how many connections there are: a quarter of them is for requests."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._waiting: set[trio.CancelScope] = set()
        self.count = 0
        self.is_closing = False

    def check_room(self) -> None:
        """Raises RefusedError when there are as many as there may be."""
        if self.is_closing or self.count >= self._daemon.config.web.connections * 3 // 4:
            raise RefusedError(503, "too many clients follow something now", code="AEG317")

    async def pause(self, wait: Callable[[], Awaitable[T]], *, most_s: float) -> T | None:
        """What `wait` gives; None after `most_s` seconds, and when the door closes."""
        if self.is_closing:
            return None
        with trio.move_on_after(most_s) as scope:
            self._waiting.add(scope)
            try:
                return await wait()
            finally:
                self._waiting.discard(scope)
        return None

    async def hold(self, wait: Callable[[], Awaitable[T]], *, most_s: float) -> T | None:
        """The same for an answer that waits before it begins: it counts as a stream meanwhile. Raises RefusedError."""
        self.check_room()
        self.count += 1
        try:
            return await self.pause(wait, most_s=most_s)
        finally:
            self.count -= 1

    def close(self) -> None:
        """Everybody says goodbye."""
        self.is_closing = True
        for scope in list(self._waiting):
            scope.cancel()


class StreamBody(ResponseBody):
    """The body of an answer that goes on: `pieces` are pulled as fast as the client takes them."""

    def __init__(self, pieces: AsyncIterator[bytes], followers: Followers) -> None:
        self._pieces = pieces
        self._followers = followers

    async def __aenter__(self) -> Self:
        self._followers.count += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._followers.count -= 1
        close = getattr(self._pieces, "aclose", None)
        if close is not None:
            await close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces


def add_followers(app: QuartTrio, daemon: Daemon) -> None:
    """Let the tenants of `app` have streams."""
    app.extensions[_EXTENSION] = Followers(daemon)


def followers_of(app: QuartTrio) -> Followers:
    """The streams of `app`."""
    followers: Followers = app.extensions[_EXTENSION]
    return followers


def current_followers() -> Followers:
    """The streams of the app that answers now."""
    followers: Followers = current_app.extensions[_EXTENSION]
    return followers
