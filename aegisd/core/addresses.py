"""Which addresses aegis connects to on somebody's behalf. Pure.

`ipaddress.is_global` is no filter for this: it lets pass the translations of NAT64 and 6to4, behind which any IPv4
address can stand, multicast, and the address of a cloud's metadata. So the networks are listed here (IANA's registries
of special-purpose addresses, and the two metadata addresses that are not in them).
"""

import ipaddress

_LOOPBACK = ("127.0.0.0/8", "::1/128")
_DENIED = {
    "0.0.0.0/8": "this host",
    "169.254.0.0/16": "link-local",
    "168.63.129.16/32": "a cloud's own service",
    "192.0.0.0/24": "reserved",
    "192.88.99.0/24": "a 6to4 relay",
    "192.0.2.0/24": "for documentation",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "::/128": "this host",
    "::/96": "an embedded IPv4 address",
    "64:ff9b::/96": "an IPv4 address behind NAT64",
    "64:ff9b:1::/48": "an IPv4 address behind NAT64",
    "100::/64": "a black hole",
    "2001::/23": "reserved",
    "2001:db8::/32": "for documentation",
    "2002::/16": "an IPv4 address behind 6to4",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
    "fd00:ec2::254/128": "a cloud's own service",
}
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _parse(networks: tuple[str, ...]) -> list[_Network]:
    return [ipaddress.ip_network(network) for network in networks]


_LOOPBACK_NETWORKS = _parse(_LOOPBACK)
_DENIED_NETWORKS = list(zip(_parse(tuple(_DENIED)), _DENIED.values(), strict=True))
_PRIVATE_NETWORKS = _parse(_PRIVATE)


def explain_denial(address: str, *, public_only: bool) -> str | None:
    """Why nobody connects to `address`, in a few words; None when it may be. With `public_only` what is on this host or
    in a private network is denied too. Raises ValueError when it is no address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if _is_in(found, _LOOPBACK_NETWORKS):
        return "this host" if public_only else None
    for network, why in _DENIED_NETWORKS:
        if found.version == network.version and found in network:
            return why
    return "private" if public_only and _is_in(found, _PRIVATE_NETWORKS) else None


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: list[_Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
