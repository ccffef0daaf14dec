"""Addresses that nobody connects to, in every spelling that leads there."""

import pytest

from aegisd.core.addresses import explain_denial


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.1", "169.254.169.254", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "198.18.0.1"),
        *("::", "::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "fe80::1%eth0"),
        *("fec0::1", "ff02::1", "fd00:ec2::254", "::ffff:169.254.169.254", "192.88.99.1", "100::1"),
    ],
)
def test_denied_to_all(address: str) -> None:
    """Metadata of clouds, link-local, translated and reserved addresses are denied, whoever asks."""
    assert explain_denial(address, public_only=False)
    assert explain_denial(address, public_only=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "10.0.0.3", "100.64.0.1", "172.20.0.1"),
        *("192.168.1.1", "fc00::1", "::ffff:10.0.0.1"),
    ],
)
def test_for_services_only(address: str) -> None:
    """What is on this host or in its network is for services that the admin named, not for a URL in a step."""
    assert explain_denial(address, public_only=False) is None
    assert explain_denial(address, public_only=True)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public(address: str) -> None:
    """Public addresses are for all."""
    assert explain_denial(address, public_only=True) is None
