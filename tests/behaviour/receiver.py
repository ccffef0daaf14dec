"""A receiver of webhooks for tests: an HTTP server in a thread, with a port that is kept while it is down."""

import http.server
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, NamedTuple


class Received(NamedTuple):
    """A request: headers with small names, and the exact bytes."""

    headers: dict[str, str]
    body: bytes


Answer = Callable[[Received], int]


class Receiver:
    """`requests` are all that came whole: who is killed may leave half of one. Until `start` connections are refused.
    `answer` gives the status of each."""

    def __init__(self, answer: Answer = lambda _: 200, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.answer = answer
        self._tls = tls
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._server: http.server.ThreadingHTTPServer | None = None
        self.port = self._socket.getsockname()[1]

    def start(self) -> None:
        """Take connections."""
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                """Keep it, answer it."""
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    self.close_connection = True
                    return
                received = Received({name.lower(): value for name, value in self.headers.items()}, body)
                receiver.requests.append(received)
                self.send_response(receiver.answer(received))
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = self._socket
        server.server_address = self._socket.getsockname()
        if self._tls is not None:
            server.socket = self._tls.wrap_socket(self._socket, server_side=True)
        server.server_activate()
        self._server = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """For good."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._socket.close()
