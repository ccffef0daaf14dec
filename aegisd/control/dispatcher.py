"""From a request to its handler: does the method exist, may this client call it, do the parameters fit."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aegisd.control import HANDLERS
from aegisd.control.access import Operators, is_operator, refuse_reader, refuse_token
from aegisd.control.call import Call, Handler
from aegisd.control.parameters import check_parameters
from aegisd.control.peer import Peer
from aegisd.control.request import Request
from aegisd.control.service import INTERFACES, SERVICE, missing_interface
from aegisd.core.interface import Interface, Method
from aegisd.engine.tokens import AttemptIdentity
from aegisd.wire.errors import CallError

if TYPE_CHECKING:
    from aegisd.daemon import Daemon

_log = logging.getLogger("aegisd.control")


class Dispatcher:
    """Prepares calls to one daemon. `wall` is the clock that times such as "2h ago" are counted from."""

    def __init__(self, daemon: "Daemon", *, version: str, operators: Operators, wall: Callable[[], float]) -> None:
        self._daemon = daemon
        self._version = version
        self._operators = operators
        self._wall = wall

    def prepare(
        self, request: Request, peer: Peer, *, send: Callable[[bytes], Awaitable[None]]
    ) -> tuple[Handler, Call]:
        """The handler of `request` and what to give it. Raises CallError when it must not be called."""
        interface, method = _find_method(request.method)
        handler = HANDLERS.get(request.method)
        if handler is None:
            raise _refuse("MethodNotImplemented", method=request.method)
        token = request.parameters.get("token") if handler.attempt else None
        if handler.operator and token is None and not is_operator(peer, self._operators):
            raise refuse_reader(peer, self._operators, method=request.method)
        if request.upgrade:
            raise _refuse("InvalidParameter", parameter="upgrade")
        parameters = check_parameters(interface, method, request.parameters)
        if handler.stream and (not request.more or request.oneway):
            raise _refuse("ExpectedMore")
        attempt = None if token is None else self._identify(parameters.pop("token"))
        if handler.operator and attempt is None:
            _log.info("%s by %s (uid %d, pid %d)", request.method, peer.name, peer.uid, peer.pid)
        return handler, Call(
            daemon=self._daemon,
            version=self._version,
            peer=peer,
            attempt=attempt,
            parameters=parameters,
            now=self._wall(),
            send=send,
        )

    def _identify(self, token: str) -> AttemptIdentity:
        """Whose token it is. Raises CallError for one that is not valid: nobody is taken for somebody else."""
        attempt = self._daemon.tokens.resolve(token)
        if attempt is None:
            raise refuse_token()
        return attempt


def _find_method(name: str) -> tuple[Interface, Method]:
    interface_name, _, method_name = name.rpartition(".")
    interface = INTERFACES.get(interface_name)
    if interface is None:
        raise missing_interface(interface_name or name)
    method = interface.methods.get(method_name)
    if method is None:
        raise _refuse("MethodNotFound", method=name)
    return interface, method


def _refuse(error: str, **parameters: str) -> CallError:
    return CallError(f"{SERVICE}.{error}", error, **parameters)
