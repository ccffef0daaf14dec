"""Every strategy of containment that this host has, one after the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aegisd.executors.containment import Containment
from tests.executors.kit import STRATEGIES, Bench, open_strategy


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> str:
    """The name of a strategy."""
    return str(request.param)


@pytest.fixture
async def containment(strategy: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Containment]:
    """The strategy, open."""
    async with open_strategy(strategy, tmp_path_factory.mktemp("state")) as opened:
        yield opened


@pytest.fixture
def bench(containment: Containment, tmp_path: Path) -> Bench:
    """A place to run commands."""
    return Bench(folder=tmp_path, containment=containment)
