"""Steps on a real cluster of two nodes, in both modes: the suite of all executors, and the faults of a cluster."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from aegisd.core.executor_keys import SlurmKeys, SlurmMode
from aegisd.executors.slurm.attached import AttachedSlurm
from aegisd.executors.slurm.base import SlurmBase
from aegisd.executors.slurm.detached import DetachedSlurm
from tests.executors.conformance import ENV, Conformance, Rig
from tests.executors.slurm_cluster import Cluster, open_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


def make_executor(cluster: Cluster, folder: Path, mode: SlurmMode, instance: str = "test") -> SlurmBase:
    """An executor of the cluster."""
    keys = SlurmKeys(
        mode=mode,
        conf=str(cluster.conf),
        spool=str(folder) if mode is SlurmMode.DETACHED else None,
        poll_interval=0.1,
        grace=2.0,
        submit_rate=100.0,
    )
    kind = DetachedSlurm if mode is SlurmMode.DETACHED else AttachedSlurm
    return kind(name="farm", keys=keys, instance=instance, environment=ENV)


@pytest.fixture(params=list(SlurmMode))
async def rig(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> AsyncIterator[Rig]:
    """The executor in each of its modes."""
    instance = f"t{abs(hash(tmp_path)) % 10**8}"
    executor = make_executor(cluster, tmp_path, request.param, instance)
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        yield Rig(
            executor=executor,
            folder=tmp_path,
            hold=cluster.hold_queue,
            release=cluster.release_queue,
            prefix=f"ae.{instance}.farm.",
        )
        nursery.cancel_scope.cancel()


class TestSlurm(Conformance):
    """Both modes pass the suite."""
