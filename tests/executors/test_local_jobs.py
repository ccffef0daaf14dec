"""The host as an executor with slots: the suite of all executors, and slots."""

from pathlib import Path

import pytest

from aegisd.config.executor_kinds import EXECUTOR_KINDS
from aegisd.core.executor_keys import LocalKeys
from aegisd.core.job import EndKind
from aegisd.executors.containment import Containment
from aegisd.executors.local import LocalExecutor
from aegisd.executors.local_jobs import LocalJobs
from aegisd.executors.types import Surroundings, make_executor
from tests.executors.conformance import Conformance, Rig


@pytest.fixture
async def rig(containment: Containment, tmp_path: Path) -> Rig:
    """The executor, with each strategy of containment."""
    inner = LocalExecutor(containment=containment, grace=2.0)
    executor = LocalJobs(inner=inner, keys=LocalKeys(slots=8), grace=2.0)
    held: list[object] = []

    def hold() -> None:
        for _ in range(8):
            held.append(object())
            executor._slots.acquire_on_behalf_of_nowait(held[-1])

    def release() -> None:
        while held:
            executor._slots.release_on_behalf_of(held.pop())

    return Rig(executor=executor, folder=tmp_path, hold=hold, release=release)


class TestLocal(Conformance):
    """Slots change nothing of what a program sees."""

    async def test_a_receipt(self, rig: Rig) -> None:
        """It is the containment's own."""
        end = await rig.end_of("/bin/true")
        assert end.kind is EndKind.EXITED
        assert end.receipt is not None
        assert end.receipt.empty


@pytest.mark.parametrize("kind", EXECUTOR_KINDS)
def test_every_type_can_be_made(kind: str, tmp_path: Path) -> None:
    """What the configuration takes, aegisd can open, under the name that it was given."""
    around = Surroundings(instance="1a2b", environment={}, here=None, grace=1.0)  # type: ignore[arg-type]
    assert make_executor("farm", EXECUTOR_KINDS[kind](), around).name == "farm"
