"""Which addresses aegis connects to for others: a list of what is denied, not of what `ipaddress` calls private. Pure.

`ipaddress.is_global` says yes to NAT64 of 127.0.0.1 and to the metadata address of a cloud, so the lists are ours:
IANA's special-purpose registries, and the addresses at which clouds give out credentials.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from attrs import frozen

Network = IPv4Network | IPv6Network

_NEVER: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), word)
    for word, texts in {
        "unspecified": ("0.0.0.0/8", "::/128"),
        "link-local": ("169.254.0.0/16", "fe80::/10", "fec0::/10"),
        "metadata": ("168.63.129.16/32", "fd00:ec2::254/128"),
        "reserved": ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "100::/64", "2001::/23"),
        "for benchmarks": ("198.18.0.0/15",),
        "for documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
        "multicast": ("224.0.0.0/4", "ff00::/8"),
        "an embedded IPv4 address": ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"),
    }.items()
    for text in texts
)
_COMPATIBLE = IPv6Network("::/96")
_LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_PRIVATE: tuple[Network, ...] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)

_HTTP_PORTS = (80, 443)
_LEAST_FREE_PORT = 1024


@frozen(kw_only=True)
class TargetPolicy:
    """What is allowed beyond the public network: this host, private networks (all, those in `networks`, or what the
    names in `hosts` stand for), and with `low_ports` every port, without it those of HTTP and from 1024 on."""

    loopback: bool = False
    private: bool = True
    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    low_ports: bool = True

    def allows_port(self, port: int) -> bool:
        """Whether `port` may be connected to."""
        return self.low_ports or port in _HTTP_PORTS or port >= _LEAST_FREE_PORT


def find_objection(address: str, *, host: str, policy: TargetPolicy) -> str | None:
    """Why `address`, which `host` stands for, must not be connected to: `link-local`, `private`; None when it may."""
    ip = ip_address(address.partition("%")[0])
    if _is_in(ip, _LOOPBACK):
        return None if policy.loopback else "loopback"
    for network, word in _NEVER:
        if ip in network:
            return word
    if ip in _COMPATIBLE:
        return "an embedded IPv4 address"
    if not _is_in(ip, _PRIVATE) or policy.private or host.lower().rstrip(".") in policy.hosts:
        return None
    return None if _is_in(ip, policy.networks) else "private"


def _is_in(ip: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(ip in network for network in networks)
