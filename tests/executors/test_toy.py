"""The executor of the how-to passes the suite of all executors, so what the how-to says is true."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.executors.conformance import Conformance, Rig
from tests.source import ROOT


def _load() -> Any:
    """The example, which is in no package."""
    spec = importlib.util.spec_from_file_location("toy", ROOT / "docs" / "examples" / "executors" / "toy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def rig(tmp_path: Path) -> Rig:
    """The toy, with room for a few."""
    executor = _load().ToyExecutor()
    held = [object() for _ in range(8)]

    def hold() -> None:
        for each in held:
            executor.room.acquire_on_behalf_of_nowait(each)

    def release() -> None:
        for each in held:
            executor.room.release_on_behalf_of(each)

    return Rig(executor=executor, folder=tmp_path, hold=hold, release=release)


class TestToy(Conformance):
    """The toy passes, but for what its docstring says: it holds no process that leaves its group."""

    holds_all = False
