"""Calls Slurm's commands: each with a limit, its text and its exit status as a value, and no environment but what it
needs. Nothing here decides anything."""

import os
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from aegisd.core.executor_keys import SLURM_PREFIXES, SlurmKeys
from aegisd.executors.job import Job

if TYPE_CHECKING:
    import subprocess

LIMIT_S = 30.0
"""Longer than a command of Slurm waits for its controller (MessageTimeout, twice or thrice)."""

_MOST_TEXT = 4000
_OUTAGE = (
    "Unable to contact",
    "Connection refused",
    "Connection timed out",
    "Socket timed out",
    "Zero Bytes were transmitted",
    "Communication connection failure",
    "did not answer in",
)
_NEVER_SENT = ("connect failure", "Connection refused")
_NAMES = {"srun", "sbatch", "salloc", "squeue", "scancel", "scontrol", "sinfo", "slurmstepd", "error"}
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ")


@frozen(kw_only=True)
class Answer:
    """What a command came to. `error` is its stderr on one line, or why it could not be run."""

    status: int
    text: str
    error: str

    @property
    def is_good(self) -> bool:
        """Whether the command succeeded."""
        return self.status == 0


class SlurmClient:
    """See the module. It is made with aegisd's own environment; `environment` is what Slurm's commands get of it."""

    def __init__(self, keys: SlurmKeys, *, environment: Mapping[str, str]) -> None:
        self.keys = keys
        self._inherited = {name: environment[name] for name in ("SLURM_CONF",) if name in environment}
        own = {name: environment[name] for name in _KEPT if name in environment}
        self.environment = {**own, **self._conf()}
        self._passed = {name: environment[name] for name in keys.env if name in environment}

    def locate(self, program: str) -> str:
        """The path of one of Slurm's commands; its name where it is not there. A step's own `PATH` is for the nodes and
        says nothing here."""
        if self.keys.bin:
            return f"{self.keys.bin}/{program}"
        return shutil.which(program, path=self.environment.get("PATH")) or program

    def make_environment(self, job: Job) -> dict[str, str]:
        """The environment of a step, as srun and sbatch pass it on: without what would change their options."""
        given = {**self._passed, **job.command.env}
        kept = {name: value for name, value in given.items() if not name.startswith(SLURM_PREFIXES)}
        return {**kept, "AEGIS_CPUS": str(job.resources.cpus or self.keys.cpus), **self._conf()}

    async def call(
        self, program: str, *options: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Answer:
        """Run a command to its end, LIMIT_S at most. With `env` in that environment."""
        argv = [self.locate(program), *options]
        with trio.move_on_after(LIMIT_S):
            try:
                done = await trio.run_process(
                    argv,
                    stdin=stdin,
                    env=self.environment if env is None else env,
                    cwd="/",
                    capture_stdout=True,
                    capture_stderr=True,
                    check=False,
                )
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                return Answer(status=127, text="", error=f"cannot run {argv[0]}: {reason}")
            return _read(done)
        return Answer(status=124, text="", error=f"{program} did not answer in {LIMIT_S:g} s")

    def _conf(self) -> dict[str, str]:
        return {"SLURM_CONF": self.keys.conf} if self.keys.conf else self._inherited


def _read(done: "subprocess.CompletedProcess[bytes]") -> Answer:
    error = clean(done.stderr.decode(errors="replace"))
    return Answer(status=done.returncode, text=done.stdout.decode(errors="replace"), error=error)


def clean(text: str) -> str:
    """What Slurm's commands have said, on one line, without their own names at the head of each."""
    lines = [line.strip() for line in text[-_MOST_TEXT:].splitlines()]
    kept: list[str] = []
    for line in lines:
        said = _strip_names(line)
        if said and said not in kept:
            kept.append(said)
    return "; ".join(kept)


def _strip_names(line: str) -> str:
    head, _, rest = line.partition(": ")
    if head.startswith("slurm_load_") and rest:
        return rest
    if head.partition("-")[0] in _NAMES and rest:
        return _strip_names(rest)
    return "".join(sign for sign in line if sign.isprintable())


def is_outage(said: str) -> bool:
    """Whether `said` is about a controller that does not answer, and not about the job."""
    return any(phrase in said for phrase in _OUTAGE)


def was_sent(said: str) -> bool:
    """Whether a controller that does not answer, as `said` tells, may have been asked all the same."""
    return not any(phrase in said for phrase in _NEVER_SENT)
