"""An HTTP service that does what a script says, as a program of its own: `python scripted.py FOLDER`.

FOLDER/script.json maps "METHOD /path" to a list of answers, given in turn; the last one goes on. It is read at each
request. An answer has `status`, `json` or `text`, `headers`, `delay` (seconds before it), `drip` (seconds between its
bytes), `slam` (the connection is closed instead). Each request is a line of FOLDER/requests.jsonl; FOLDER/port holds
the port, once it listens.
"""

import json
import ssl
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    folder: Path
    turns: ClassVar[Counter[str]] = Counter()
    lock = threading.Lock()

    def handle_any(self) -> None:
        """Answer by the script."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        self._keep(body)
        answer = self._find_answer(f"{self.command} {path}")
        time.sleep(answer.get("delay", 0))
        if answer.get("slam"):
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any  # noqa: N815 - http.server's

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _keep(self, body: bytes) -> None:
        line = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(errors="replace"),
        }
        with self.lock, (self.folder / "requests.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def _find_answer(self, name: str) -> dict[str, Any]:
        script = json.loads((self.folder / "script.json").read_text())
        answers = script.get(name) or [{"status": 404, "text": f"no {name}"}]
        with self.lock:
            turn = self.turns[name]
            self.turns[name] += 1
        return dict(answers[min(turn, len(answers) - 1)])

    def _send(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer["json"]).encode() if "json" in answer else answer.get("text", "").encode()
        headers = {
            "Content-Type": "application/json" if "json" in answer else "text/plain",
            **answer.get("headers", {}),
        }
        self.send_response(answer.get("status", 200))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        pieces = [body] if not answer.get("drip") else [bytes([byte]) for byte in body]
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(answer.get("drip", 0))


class Server(ThreadingHTTPServer):
    """One thread a connection; a client that goes away is no news."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


def main(folder: Path) -> None:
    """Serve until killed; over TLS when there is a certificate."""
    Handler.folder = folder
    server = Server(("127.0.0.1", 0), Handler)
    if (folder / "server.pem").exists():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    part = folder / "port.part"
    part.write_text(str(server.server_address[1]))
    part.rename(folder / "port")
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
