"""Which names of this server are answered to. A page of another site can make a browser's name look-up lead here (DNS
rebinding), but the browser then says the other site's name."""

import ipaddress
import re
import socket
from collections.abc import Collection

_LABEL = r"[a-z0-9_-]{1,63}"
_HOST = re.compile(
    rf"(?:(?P<name>{_LABEL}(?:\.{_LABEL})*\.?)|\[(?P<address>[0-9a-f:.]{{2,45}})\])(?::[0-9]{{0,5}})?", re.ASCII
)
_LONGEST = 253
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
    found = _HOST.fullmatch(host.strip().lower())
    if found is None:
        return None
    name, address = found["name"], found["address"]
    if name is not None:
        return name.removesuffix(".") if len(name) <= _LONGEST else None
    try:
        return str(ipaddress.IPv6Address(address))
    except ValueError:
        return None
