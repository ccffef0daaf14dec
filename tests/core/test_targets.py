"""Row 74: addresses that nobody connects to, in every spelling that leads there, and those that a policy opens."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.targets import TargetPolicy, find_objection

INTRANET = TargetPolicy()
PUBLIC = TargetPolicy(private=False)
NEVER = (
    *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "168.63.129.16"),  # noqa: S104 - nothing is bound
    *("192.0.0.192", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fe80::1"),
    *("fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254", "3fff::1", "::ffff:169.254.169.254"),
)
PRIVATE = ("10.0.0.1", "100.64.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1")
OPEN = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1")


@pytest.mark.parametrize("address", NEVER)
def test_never(address: str) -> None:
    """Neither policy, nor any exception, opens these."""
    everything = TargetPolicy(loopback=True, hosts=frozenset({"h"}), networks=())
    assert all(find_objection(address, host="h", policy=policy) for policy in (INTRANET, PUBLIC, everything))


@pytest.mark.parametrize("address", [*PRIVATE, *OPEN])
def test_private_networks(address: str) -> None:
    """`intranet` reaches them, `public` does not, but for hosts and networks that are named."""
    is_private = address in PRIVATE
    assert find_objection(address, host="h", policy=INTRANET) is None
    assert find_objection(address, host="h", policy=PUBLIC) == ("private" if is_private else None)
    named = TargetPolicy(private=False, hosts=frozenset({"ci.corp"}))
    assert find_objection(address, host="CI.corp.", policy=named) is None
    network = TargetPolicy(private=False, networks=(ip_network("10.0.0.0/24"),))
    assert (find_objection(address, host="h", policy=network) is None) == (not is_private or address == "10.0.0.1")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1"])
def test_this_host(address: str) -> None:
    """Only where it is allowed."""
    assert find_objection(address, host="h", policy=INTRANET) == "loopback"
    assert find_objection(address, host="h", policy=TargetPolicy(loopback=True)) is None


@given(st.ip_addresses(v=4))
def test_no_embedded_address_gets_through(address: Any) -> None:
    """Whatever IPv4 address is wrapped into IPv6 (mapped, NAT64, 6to4, compatible), it is denied."""
    number = int(address)
    for text in (
        f"::ffff:{address}",
        f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
    ):
        assert find_objection(text, host="h", policy=INTRANET)
