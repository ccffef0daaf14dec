"""What a handler is given and what a handler is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from aegisd.control.peer import Peer
from aegisd.engine.tokens import AttemptIdentity

if TYPE_CHECKING:
    from aegisd.daemon import Daemon


@frozen(kw_only=True)
class Call:
    """One call of one client. `parameters` fit the method's types; `now` is seconds since 1970.

    `attempt` is the one whose program calls, where the method takes tokens and a valid one was shown.

    A stream hands its replies to `send`, encoded, each with `continues`; what its handler returns becomes the last one.
    """

    daemon: "Daemon"
    version: str
    peer: Peer
    parameters: Mapping[str, Any]
    now: float
    send: Callable[[bytes], Awaitable[None]]
    attempt: AttemptIdentity | None = None

    @property
    def by(self) -> str:
        """Who calls, from the kernel."""
        return self.peer.name


@frozen
class Handler:
    """A method's function; it returns the parameters of the (last) reply and raises CallError to refuse.

    `operator`: only operators may call it; with `token` the program of an attempt may too, for what is its own, when it
    shows the attempt's token in the parameter `token`.
    """

    function: Callable[[Call], Awaitable[dict[str, Any]]]
    operator: bool = field(default=False, kw_only=True)
    token: bool = field(default=False, kw_only=True)
    stream: bool = field(default=False, kw_only=True)
