"""Tests see the same environment wherever they run: also inside a step of aegis or under systemd."""

import os

import pytest

_OF_STEPS = ("AEGIS", "TRACEPARENT")
_OF_SERVICES = ("CREDENTIALS_DIRECTORY", "LISTEN_", "NOTIFY_SOCKET", "RUNTIME_DIRECTORY", "STATE_DIRECTORY")
_OF_TESTS = {"AEGIS_WRITE_GOLDEN"}


def pytest_configure(config: pytest.Config) -> None:
    """Forget what a step or a service manager has told this process."""
    del config
    for name in set(os.environ) - _OF_TESTS:
        if name.startswith((*_OF_STEPS, *_OF_SERVICES)):
            del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser come last: what drives it leaves an event loop of its own behind in this process."""
    items.sort(key=lambda item: "/tests/browser/" in str(item.path))
