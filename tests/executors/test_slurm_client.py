"""The environment that jobs get, and where Slurm's commands are looked for."""

from pathlib import Path

import pytest

from aegisd.core.executor_keys import SlurmKeys
from aegisd.executors.command import Command
from aegisd.executors.job import Job
from aegisd.executors.slurm.client import SlurmClient

OWN = {"PATH": "/usr/bin:/bin", "LICENSE": "port@host", "SECRET": "s3cret", "SLURM_PARTITION": "no", "LANG": "C"}


def _environment(keys: SlurmKeys, own: dict[str, str] = OWN, **env: str) -> dict[str, str]:
    command = Command(argv=("make",), env=env, dir="/srv", output_fd=1)
    return SlurmClient(keys, environment=own).make_environment(Job(name="ae.x.farm.1.0.1", command=command))


def test_only_what_is_named_is_passed_on() -> None:
    """Of aegisd's own variables a job gets those that `env` names, where they are there, and no other."""
    assert _environment(SlurmKeys(), STEP="x") == {"STEP": "x", "AEGIS_CPUS": "1"}
    found = _environment(SlurmKeys(env=("LICENSE", "GONE")), STEP="x")
    assert found == {"STEP": "x", "LICENSE": "port@host", "AEGIS_CPUS": "1"}


def test_a_step_s_own_word_goes_first() -> None:
    """What a workflow or a step says is not overruled by what aegisd was started with."""
    assert _environment(SlurmKeys(env=("LICENSE",)), LICENSE="mine")["LICENSE"] == "mine"


@pytest.mark.parametrize("name", ["SLURM_PARTITION", "SBATCH_PARTITION", "SRUN_X", "SALLOC_PARTITION"])
def test_what_slurm_reads_never_passes(name: str) -> None:
    """Neither `env` nor a step can give Slurm's commands an option."""
    assert name not in _environment(SlurmKeys(env=(name,)), own={name: "no"}, **{name: "no"})


def test_the_configuration_of_slurm() -> None:
    """`conf` goes before aegisd's own SLURM_CONF, which goes before nothing."""
    own = {**OWN, "SLURM_CONF": "/own"}
    assert _environment(SlurmKeys(conf="/farm"), own)["SLURM_CONF"] == "/farm"
    assert _environment(SlurmKeys(), own, SLURM_CONF="/step")["SLURM_CONF"] == "/own"


def test_commands_are_aegisd_s(tmp_path: Path) -> None:
    """Slurm's commands are looked for on the path of aegisd, and never on that of a step."""
    (tmp_path / "srun").write_text("#!/bin/sh\n")
    (tmp_path / "srun").chmod(0o755)
    client = SlurmClient(SlurmKeys(), environment={"PATH": str(tmp_path)})
    assert client.locate("srun") == f"{tmp_path}/srun"
    assert client.locate("sbatch") == "sbatch"
    assert SlurmClient(SlurmKeys(bin="/opt/bin"), environment=OWN).locate("srun") == "/opt/bin/srun"
