"""The real daemon for behaviour tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.host import Host


@pytest.fixture
def make_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Host]]:
    """Makes hosts that are started, and stopped again after the test."""
    hosts: list[Host] = []

    def make(config: str, *, start: bool = True, **options: Any) -> Host:
        host = Host(Path(tmp_path_factory.mktemp("host")), config, **options)
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
