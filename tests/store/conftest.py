"""Stores of each form, for what every store promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aegisd.store import Store
from aegisd.store.memory import MemoryStore
from aegisd.store.sqlite import open_store


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each form."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "store.sqlite", synchronous="normal", epoch="e") as opened:
        yield opened
