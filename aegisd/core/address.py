"""Addresses to listen on, as the configuration writes them: `127.0.0.1:8640`, `[::1]:8640`, `unix:/run/aegis/web.sock`.

A name other than localhost is refused: what it stands for may change, and be more than one address.
"""

import ipaddress

UNIX = "unix:"


def split_address(text: str) -> tuple[str, int]:
    """Host and port of a TCP address; `:8640` is all of IPv4, `[::]:8640` all of both. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal()) or int(port) > 65535:
        message = "there is no port"
        raise ValueError(message)
    if host.startswith("[") and host.endswith("]"):
        return str(ipaddress.IPv6Address(host[1:-1])), int(port)
    return str(ipaddress.IPv4Address({"": "0.0.0.0", "localhost": "127.0.0.1"}.get(host, host))), int(port)  # noqa: S104 - that is what was asked for
