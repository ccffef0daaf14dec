"""scancel for many jobs of a real cluster."""

from pathlib import Path

import trio

from aegisd.core.executor_keys import SlurmKeys
from aegisd.executors.slurm.canceller import Canceller
from aegisd.executors.slurm.client import SlurmClient
from tests.executors.conformance import ENV, wait_for
from tests.executors.slurm_cluster import open_cluster


async def test_a_job_that_is_gone(tmp_path: Path) -> None:
    """What is not there any more keeps none of the others from being cancelled, and a caller is not told."""
    with open_cluster(tmp_path / "c") as cluster:
        submit = ("sbatch", "--parsable", "-o", "/dev/null", "-n1", "-D", "/", "-J")
        jobs = [cluster.call(*submit, name, "--wrap", "exec sleep 600").strip() for name in ("first", "second")]
        client = SlurmClient(SlurmKeys(conf=str(cluster.conf)), environment=ENV)
        canceller = Canceller(client)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(canceller.run)
            async with trio.open_nursery() as sending:
                for target in (jobs[0], "999999", jobs[1]):
                    sending.start_soon(canceller.send, target)
            await wait_for(lambda: set(cluster.states().values()) == {"CANCELLED"})
            nursery.cancel_scope.cancel()
