"""Tests see the same environment wherever they run: also inside a step of aegis or under systemd."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

_OF_STEPS = ("AEGIS", "TRACEPARENT")
_OF_SERVICES = ("CREDENTIALS_DIRECTORY", "LISTEN_", "NOTIFY_SOCKET", "RUNTIME_DIRECTORY", "STATE_DIRECTORY")
_OF_TESTS = {
    "AEGIS_BIN",
    "AEGIS_CACHE",
    "AEGIS_DEB",
    "AEGIS_KILLS",
    "AEGIS_LOSSES",
    "AEGIS_REQUIRE_BROWSER",
    "AEGIS_REQUIRE_ENGINES",
    "AEGIS_WRITE_GOLDEN",
}


def pytest_configure(config: pytest.Config) -> None:
    """No example is bound in time. Forget what a step, a service manager or a shell has told this process."""
    del config
    busy = [HealthCheck.too_slow]  # how long an example takes says more about the machine than about aegis
    settings.register_profile("aegis", deadline=None, suppress_health_check=busy)
    settings.load_profile("aegis")
    for name in set(os.environ) - _OF_TESTS:
        if name.startswith((*_OF_STEPS, *_OF_SERVICES)):
            del os.environ[name]
    # a shell has those in the background ignore it, and the programs that tests interrupt would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser come last: what drives it leaves an event loop of its own behind in this process."""
    items.sort(key=lambda item: "/tests/browser/" in str(item.path))
