"""The blocking client: one connection per call, Varlink over an AF_UNIX socket, bounded waits.

Connecting takes 2 s at most and the first answer 5 s; a stream that follows may be silent for as long as it likes.
`_socket` instead of `socket`: its wrapper costs 5 ms and gives nothing that is used here.
"""

from __future__ import annotations

import _socket
import json
import os
import select
import time

from aegisctl.address import explain_refusal, find_address
from aegisctl.failure import Failure
from aegisd.wire.errors import INTERFACE, CallError
from aegisd.wire.framing import Framer, FramingError, encode_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from aegisctl.declare import Given

CONNECT_S = 2.0
ANSWER_S = 5.0
NAP_S = 0.5  # no system call lasts longer: a signal that comes just before one is only handled after it
_CHUNK = 1 << 18
_LONGEST_REPLY = 64 << 20


class Client:
    """The daemon behind the socket at `path`."""

    def __init__(self, path: str, *, trace: bool = False) -> None:
        self.path = path
        self._trace = trace

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer of a method. Raises CallError when it is refused, Failure when there is no answer."""
        with self.open(method, **parameters) as connection:
            return connection.receive(ANSWER_S)[0]

    def stream(self, method: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The answers of a method until the last; without `follow` each is waited for as long as any other answer."""
        limit_s = None if parameters.get("follow") else ANSWER_S
        with self.open(method, more=True, **parameters) as connection:
            continues = True
            while continues:
                reply, continues = connection.receive(limit_s)
                yield reply

    def open(self, method: str, *, more: bool = False, **parameters: Any) -> Connection:
        """A connection on which `method` was asked. The caller reads the answers and closes it."""
        connection = Connection(self.path, trace=self._trace)
        connection.send(method, parameters, more=more)
        return connection


class Connection:
    """One conversation. `take` never waits, `fill` reads once, `receive` waits for an answer."""

    def __init__(self, path: str, *, trace: bool = False) -> None:
        self.path = path
        self._trace = trace
        self._framer = Framer(limit=_LONGEST_REPLY)
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._socket.settimeout(CONNECT_S)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise explain_refusal(path, error) from None
        self._socket.settimeout(ANSWER_S)

    def __enter__(self) -> Connection:  # noqa: PYI034 - `Self` would need typing
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the conversation."""
        self._socket.close()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def send(self, method: str, parameters: dict[str, Any], *, more: bool) -> None:
        """Ask; parameters that are None are left out."""
        name = method if "." in method else f"{INTERFACE}.{method}"
        present = {key: value for key, value in parameters.items() if value is not None}
        message: dict[str, Any] = {"method": name, "parameters": present}
        if more:
            message["more"] = True
        data = encode_message(message)
        if self._trace:
            shown = {**message, "parameters": {**present, "token": "(set)"}} if "token" in present else message
            self._show(">", encode_message(shown))
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise _broken(self.path, error) from None

    def fill(self) -> bool:
        """Read once what has come; False at the end of the stream."""
        try:
            data = self._socket.recv(_CHUNK)
        except ConnectionError:
            return False
        self._framer.feed(data)
        return bool(data)

    def take(self) -> tuple[dict[str, Any], bool] | None:
        """The next answer that has come, with whether more follow; None when none is complete.

        Raises CallError when the daemon refused the call.
        """
        try:
            frame = self._framer.next_frame()
            if frame is None:
                return None
            self._show("<", frame)
            reply = json.loads(frame)
        except (FramingError, ValueError, RecursionError) as error:
            message = f"what answers on {self.path} is not aegisd: {error}"
            raise Failure("broken-stream", message) from None
        parameters: dict[str, Any] = reply.get("parameters") or {}
        if "error" in reply:
            raise _refused(str(reply["error"]), parameters)
        return parameters, bool(reply.get("continues"))

    def receive(self, limit_s: float | None) -> tuple[dict[str, Any], bool]:
        """The next answer, waited for. Raises Failure when it does not come within `limit_s` (None: for ever)."""
        deadline = None if limit_s is None else time.monotonic() + limit_s
        while True:
            reply = self.take()
            if reply is not None:
                return reply
            if not _readable(self, deadline):
                message = f"aegisd took the call on {self.path} but did not answer within {limit_s:g} s"
                raise Failure("no-answer", message, hint="its words:  journalctl -u aegisd -n 20")
            if not self.fill():
                raise _broken(self.path)

    def _show(self, direction: str, data: bytes) -> None:
        if self._trace:
            text = data.rstrip(b"\0")[:2000].decode("utf-8", "replace")
            os.write(2, f"{direction} {text}\n".encode())


def _readable(connection: Connection, deadline: float | None) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    while True:
        left_s = NAP_S if deadline is None else min(NAP_S, deadline - time.monotonic())
        if poll.poll(max(0.0, left_s) * 1000):
            return True
        if left_s <= 0:
            return False


def _broken(path: str, error: OSError | None = None) -> Failure:
    reason = f" ({error.strerror})" if error is not None and error.strerror else ""
    message = f"aegisd went away in mid-answer{reason}: {path}"
    return Failure("broken-stream", message, hint="its words:  journalctl -u aegisd -n 20")


def _refused(name: str, parameters: dict[str, Any]) -> CallError:
    """The daemon's refusal as an exception; the standard errors of Varlink carry no message of their own."""
    rest = {key: value for key, value in parameters.items() if key not in {"message", "hint"}}
    message, hint = parameters.get("message"), parameters.get("hint")
    if message is None and name.startswith("org.varlink.service."):
        what = rest.get("method") or rest.get("parameter") or rest.get("interface") or "this"
        if name.endswith("InvalidParameter"):
            message = f"aegisd does not take the parameter {what!r} (an older version?)"
        else:
            message, hint = f"this aegisd has no {what}", "aegisctl version   shows both versions; aegisctl is newer"
    return CallError(name, str(message or name), hint=None if hint is None else str(hint), **rest)


def open_client(given: Given) -> Client:
    """The client for the socket that the flags and the environment name. Nothing is connected yet."""
    trace = os.environ.get("AEGIS_DEBUG", "") not in {"", "0"}
    return Client(find_address(given.text("socket"), os.environ), trace=trace)
