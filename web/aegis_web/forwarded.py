"""Who really asks, when a proxy of `[web] trusted_proxies` passes requests on: what others say of themselves is not
believed."""

import ipaddress
from collections.abc import Collection

from attrs import frozen
from quart import request

from aegisd.daemon import Daemon

UNIX = "unix"


@frozen(kw_only=True)
class Peer:
    """Where a request comes from: an address, or `unix`; and whether it came there over TLS."""

    address: str
    is_secure: bool


def find_peer(daemon: Daemon) -> Peer:
    """That of the present request."""
    address = (request.scope.get("client") or (UNIX, 0))[0] or UNIX
    is_secure = request.scope["scheme"] == "https"
    trusted = daemon.config.web.trusted_proxies
    if not trusted or not is_trusted(address, trusted):
        return Peer(address=address, is_secure=is_secure)
    named = [each.strip() for value in request.headers.getlist("X-Forwarded-For") for each in value.split(",")]
    protocols = [each.strip() for value in request.headers.getlist("X-Forwarded-Proto") for each in value.split(",")]
    return Peer(
        address=trace(address, named, trusted),
        is_secure=protocols[-1].lower() == "https" if protocols else is_secure,
    )


def trace(address: str, named: Collection[str], trusted: Collection[str]) -> str:
    """Back from the last proxy, which is at `address`, along the addresses that proxies have `named` (the last one at
    the end), to the first that is not trusted. What is no address ends the way."""
    for each in reversed(list(named)):
        if not is_trusted(address, trusted):
            return address
        try:
            address = str(ipaddress.ip_address(each.strip("[]")))
        except ValueError:
            return address
    return address


def is_trusted(address: str, trusted: Collection[str]) -> bool:
    """Whether `address` is one of a trusted proxy."""
    if address == UNIX:
        return UNIX in trusted
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = getattr(known, "ipv4_mapped", None) or known
    return any(plain in ipaddress.ip_network(each) for each in trusted if each != UNIX)
