"""Tells systemd how aegisd is (sd_notify(3)): datagrams to $NOTIFY_SOCKET, nothing when it is not set."""

import socket
from collections.abc import Mapping


class Notifier:
    """Sends state to the service manager. Failures are ignored: readiness must not decide over life."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path

    def send(self, **state: object) -> None:
        """Send assignments, such as `READY=1, STATUS="2 running"`."""
        if not self._address:
            return
        message = "\n".join(f"{name}={value}" for name, value in state.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sender:
            try:
                sender.sendto(message.encode(), self._address)
            except OSError:
                return
