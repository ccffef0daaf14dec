"""The real daemon for behaviour tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.behaviour.host import Host


@pytest.fixture
def make_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Host]]:
    """Makes hosts that are started, and stopped again after the test."""
    hosts: list[Host] = []

    def make(config: str, *, daemon: str = "", control: str = "", start: bool = True, is_web: bool = False) -> Host:
        host = Host(Path(tmp_path_factory.mktemp("host")), config, daemon=daemon, control=control, is_web=is_web)
        hosts.append(host)
        if start:
            host.start()
        return host

    yield make
    for host in hosts:
        if host.process is not None and host.process.poll() is None:
            host.kill()
        if host.process is not None:
            host.process.wait()
