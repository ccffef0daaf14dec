"""A cluster of two nodes on this host: munge, slurmctld and two slurmd from Debian's packages, as children in the
foreground. It is up in about a second and leaves nothing.

Needs root (munge's key and slurmd's cgroups) and the packages slurmctld, slurmd, slurm-client, slurm-wlm-basic-plugins
and munge. Without them tests are skipped and say so; with AEGIS_REQUIRE_ENGINES=1 a missing program is a failure.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NEEDED = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "salloc", "squeue", "scancel", "sinfo", "scontrol")
PACKAGES = "slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge"
_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"

_CONF = """\
ClusterName=aegistest
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/s
FirstJobId={first}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/run/%n.spool
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/%n.log
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ReturnToService=2
ProctrackType=proctrack/cgroup
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
SlurmdParameters=config_overrides
EnforcePartLimits=ALL
KillWait=1
InactiveLimit=10
MinJobAge=300
MessageTimeout=5
SlurmctldTimeout=30
SlurmdTimeout=30
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port1} CPUs={cpus} RealMemory=4096 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port2} CPUs={cpus} RealMemory=4096 State=UNKNOWN
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=build Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=9
"""
_CGROUP = "CgroupAutomount=no\nCgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\n"


class Cluster:
    """A cluster in `folder`, whose nodes claim `cpus` processors each and do not see what is in `hidden`; `conf` is its
    slurm.conf."""

    def __init__(self, folder: Path, *, hidden: Path | None = None, cpus: int = 64) -> None:
        self.folder = folder
        self._hidden = hidden
        self._cpus = cpus
        self.conf = folder / "slurm.conf"
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._env = {**os.environ, "SLURM_CONF": str(self.conf), "PATH": f"{os.environ['PATH']}:{_SYSTEM}"}

    def start(self) -> None:
        """Start all of it and wait until both nodes are idle."""
        for name in ("munge", "state", "run", "log"):
            (self.folder / name).mkdir(mode=0o700, parents=True)
        key = self.folder / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        ports = _find_ports(3)
        host = socket.gethostname().partition(".")[0]
        first = 1 + ports[0] * 1000  # the nodes of another cluster of this host have cgroups of the same names
        named = {"port": ports[0], "port1": ports[1], "port2": ports[2], "first": first, "cpus": self._cpus}
        text = _CONF.format(folder=self.folder, host=host, **named)
        self.conf.write_text(text)
        (self.folder / "cgroup.conf").write_text(_CGROUP)
        munge = self.folder / "munge"
        names = {"socket": "s", "pid-file": "pid", "log-file": "log", "seed-file": "seed", "key-file": "key"}
        self._spawn("munged", "munged", "-F", "--force", *(f"--{name}={munge / file}" for name, file in names.items()))
        self._wait((munge / "s").exists)
        self._spawn("slurmctld", "slurmctld", "-D", "-c")
        for node in ("n1", "n2"):
            self._spawn(node, *self._apart(), "slurmd", "-D", "-N", node)
        self.wait_idle()

    def stop(self) -> None:
        """End all of it."""
        for name in ("n1", "n2", "slurmctld", "munged"):
            child = self._children.pop(name, None)
            if child is not None:
                child.send_signal(signal.SIGCONT)
                child.terminate()
                try:
                    child.wait(timeout=2 if name in {"n1", "n2"} else 10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()

    def stop_controller(self) -> None:
        """End slurmctld; it saves what it knows."""
        child = self._children.pop("slurmctld")
        child.terminate()
        child.wait()

    def kill_controller(self) -> None:
        """kill -9 of slurmctld: what it has not saved in the last seconds is forgotten."""
        child = self._children.pop("slurmctld")
        child.kill()
        child.wait()

    def hang_controller(self) -> None:
        """SIGSTOP of slurmctld: what asks it gets no answer."""
        self._children["slurmctld"].send_signal(signal.SIGSTOP)

    def wake_controller(self) -> None:
        """It goes on with what it was asked meanwhile."""
        self._children["slurmctld"].send_signal(signal.SIGCONT)

    def has_saved(self, name: str) -> bool:
        """Whether the controller would know a job if it were killed now."""
        try:
            return name.encode() in (self.folder / "state" / "job_state").read_bytes()
        except FileNotFoundError:
            return False

    def save_memory(self) -> None:
        """Keep what the controller has saved."""
        shutil.rmtree(self.folder / "memory", ignore_errors=True)
        shutil.copytree(self.folder / "state", self.folder / "memory")

    def restore_memory(self) -> None:
        """The next controller will know what was saved at `save_memory`, and nothing later."""
        shutil.rmtree(self.folder / "state")
        shutil.copytree(self.folder / "memory", self.folder / "state")

    def start_controller(self) -> None:
        """Start slurmctld again with what it has saved."""
        self._spawn("slurmctld", "slurmctld", "-D")
        self.wait_idle(None)

    def call(self, *argv: str) -> str:
        """Run one of Slurm's commands; returns what it prints."""
        done = subprocess.run(argv, env=self._env, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout

    def set_down(self, node: str) -> None:
        """Lose a node: its jobs end as NODE_FAIL at once."""
        self.call("scontrol", "update", f"nodename={node}", "state=down", "reason=test")

    def resume(self, node: str) -> None:
        """Bring a node back."""
        self.call("scontrol", "update", f"nodename={node}", "state=resume")

    def hold_queue(self) -> None:
        """From now on jobs wait."""
        self.call("scontrol", "update", "partitionname=build", "state=down")

    def release_queue(self) -> None:
        """Jobs begin again."""
        self.call("scontrol", "update", "partitionname=build", "state=up")

    def states(self) -> dict[str, str]:
        """The states of all jobs by name."""
        lines = self.call("squeue", "-h", "-a", "-t", "all", "-o", "%j|%T").splitlines()
        return dict(line.split("|", 1) for line in lines)

    def live(self) -> list[str]:
        """The names of jobs that have not ended."""
        return self.call("squeue", "-h", "-a", "-o", "%j").split()

    def wait_idle(self, state: str | None = "idle") -> None:
        """Until both nodes are in `state`, or the controller answers."""
        self._wait(lambda: self._nodes_are(state))

    def _apart(self) -> tuple[str, ...]:
        """What a node is started with, so that it has an own, empty folder in the place of the hidden one."""
        if self._hidden is None:
            return ()
        return ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(self._hidden))

    def _nodes_are(self, state: str | None) -> bool:
        states = self.call("sinfo", "-h", "-N", "-p", "build", "-o", "%t").split()
        return len(states) == 2 and (state is None or set(states) == {state})

    def _spawn(self, name: str, *argv: str) -> None:
        with (self.folder / "log" / f"{name}.out").open("ab") as out:
            self._children[name] = subprocess.Popen(
                argv, env=self._env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def _wait(self, ready: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < deadline, self._explain()
            time.sleep(0.05)

    def _explain(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in (self.folder / "log").iterdir())


@contextmanager
def open_cluster(folder: Path, *, hidden: Path | None = None, cpus: int = 64) -> Iterator[Cluster]:
    """A cluster until the block is left, see `Cluster`. Skips the test where there can be none."""
    search = f"{os.environ['PATH']}:{_SYSTEM}"
    missing = [name for name in NEEDED if shutil.which(name, path=search) is None]
    reason = f"{', '.join(missing)} not found ({PACKAGES})" if missing else _find_obstacle()
    if missing and os.environ.get("AEGIS_REQUIRE_ENGINES"):
        pytest.fail(f"steps under Slurm cannot be tested: {reason}")
    if reason:
        pytest.skip(f"NOT TESTED HERE: steps under Slurm ({reason})")
    cluster = Cluster(folder, hidden=hidden, cpus=cpus)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _find_obstacle() -> str:
    """Why there can be no cluster although all programs are there."""
    if os.geteuid() != 0:
        return "it needs root"
    return "" if Path("/sys/fs/cgroup/freezer").is_dir() else "it needs the freezer of cgroups of version 1"


def _find_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
