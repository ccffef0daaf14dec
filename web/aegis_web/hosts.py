"""Which names of this server are answered to. A page of another site can make a browser's name look-up lead here (DNS
rebinding), but the browser then says the other site's name."""

import ipaddress
import socket
from collections.abc import Collection

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def is_allowed(host: str | None, *, allowed: Collection[str], server: str | None) -> bool:
    """Whether `host`, the Host header, is one of ours: this machine's names and addresses, or one of `allowed`.

    `server` is the address that the client connected to. A client that sends no Host is no browser.
    """
    if host is None:
        return True
    name = host_name(host)
    if name is None:
        return False
    own = {*_LOCAL, socket.gethostname().lower(), *(each.lower() for each in allowed)}
    if server is not None:
        own.add(server.lower())
    return name in own


def host_name(host: str) -> str | None:
    """The name in a Host header in small letters, without its port; None when it is not one."""
    text = host.strip().lower()
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        try:
            name = str(ipaddress.IPv6Address(name))
        except ValueError:
            return None
        if not bracket or not (port == "" or port.startswith(":")):
            return None
        port = port.removeprefix(":")
    else:
        name, _, port = text.partition(":")
    is_port = port == "" or (port.isascii() and port.isdecimal())
    return name.removesuffix(".") if is_port and name else None
