"""Hosts as behaviour tests have them."""

from tests.behaviour.conftest import make_host

__all__ = ["make_host"]
