"""A daemon of scripted answers on a real AF_UNIX socket: what aegisctl is tested against.

An answer is a dict (the parameters of the only reply) or a function of a `Conversation`, which may stream, refuse, wait
for the test, or go away. A `Conversation` lives in a thread of its own, as clients may hold several.
"""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

INTERFACE = "io.aegisd.Control"


class Conversation:
    """One call: its parameters, and the ways to answer it."""

    def __init__(self, connection: socket.socket, call: dict[str, Any]) -> None:
        self._connection = connection
        self.method = str(call["method"]).removeprefix(f"{INTERFACE}.")
        self.parameters: dict[str, Any] = call.get("parameters", {})
        self.more = bool(call.get("more"))

    def reply(self, parameters: dict[str, Any], *, continues: bool = False) -> None:
        """One answer; `continues` when more follow."""
        self._send({"parameters": parameters, **({"continues": True} if continues else {})})

    def refuse(self, name: str, **parameters: Any) -> None:
        """An error."""
        self._send({"error": name if "." in name else f"{INTERFACE}.{name}", "parameters": parameters})

    def stream(self, *answers: dict[str, Any], ends: bool = True) -> None:
        """Several answers; the last one ends the call unless it is left open."""
        for place, answer in enumerate(answers):
            self.reply(answer, continues=not ends or place < len(answers) - 1)

    def hang_up(self) -> None:
        """Go away in the middle of it."""
        self._connection.shutdown(socket.SHUT_RDWR)

    def send_bytes(self, data: bytes) -> None:
        """Anything at all."""
        self._connection.sendall(data)

    def wait_for_end(self) -> None:
        """Until the client has closed the connection."""
        self._connection.recv(1)

    def _send(self, message: dict[str, Any]) -> None:
        self._connection.sendall(json.dumps(message).encode() + b"\0")


Answer = dict[str, Any] | Callable[[Conversation], None]


class FakeDaemon:
    """A context: listens at `path` and answers by `answers` (method name to Answer). `calls` is what was asked."""

    def __init__(self, path: Path, answers: dict[str, Answer] | None = None) -> None:
        self.path = path
        self.answers: dict[str, Answer] = answers or {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen."""
        listener = self._listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        """As after a kill -9: the socket file stays, every connection breaks."""
        listener, self._listener = self._listener, None
        if listener is not None:
            _close(listener)
        for connection in self._open:
            _close(connection)
        self._open.clear()
        self.path.unlink(missing_ok=True)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of `method`."""
        return [parameters for name, parameters in self.calls if name == method]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as stream:
                while call := _read_message(stream):
                    self._answer(Conversation(connection, call))
        except (OSError, ValueError):
            pass  # the client has left, or the daemon was stopped
        finally:
            connection.close()

    def _answer(self, conversation: Conversation) -> None:
        self.calls.append((conversation.method, conversation.parameters))
        answer = self.answers.get(conversation.method)
        if answer is None:
            conversation.refuse("org.varlink.service.MethodNotFound", method=conversation.method)
        elif callable(answer):
            answer(conversation)
        else:
            conversation.reply(answer)


def _read_message(stream: Any) -> dict[str, Any] | None:
    data = bytearray()
    while byte := stream.read(1):
        if byte == b"\0":
            message: dict[str, Any] = json.loads(data)
            return message
        data += byte
    return None


def _close(connection: socket.socket) -> None:
    with suppress(OSError):  # it was never connected, or is closed already
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
