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
    """One call of one client. `parameters` fit the method's types; `now` is seconds since 1970. `attempt` is whose
    token it showed; the token itself is not among the parameters any more.

    A stream hands its replies to `send`, encoded, each with `continues`; what its handler returns becomes the last one.
    """

    daemon: "Daemon"
    version: str
    peer: Peer
    attempt: AttemptIdentity | None = None
    parameters: Mapping[str, Any]
    now: float
    send: Callable[[bytes], Awaitable[None]]

    @property
    def by(self) -> str:
        """Who calls, from the kernel."""
        return self.peer.name


@frozen
class Handler:
    """A method's function; it returns the parameters of the (last) reply and raises CallError to refuse.

    `operator`: only operators may call it; with `attempt` the program of an attempt may too, for what is its own, when
    it shows the attempt's token in the parameter `token`.
    """

    function: Callable[[Call], Awaitable[dict[str, Any]]]
    operator: bool = field(default=False, kw_only=True)
    attempt: bool = field(default=False, kw_only=True)
    stream: bool = field(default=False, kw_only=True)
