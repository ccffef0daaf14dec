"""What the program of a step may use and see, and what is known of it afterwards. Sizes in bytes, times in seconds."""

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class Confinement:
    """What a program may use (`memory` in bytes, `cpus` as a number of processors, `pids` as a number of processes,
    `nice` from 0 to 19) and see (`sandbox` is None or `bwrap`; without `network` it sees no network). With
    `wait_for_children` its end is the end of all that it started, else of its main process."""

    memory: int | None = None
    cpus: float | None = None
    pids: int | None = None
    nice: int | None = None
    sandbox: str | None = None
    network: bool = True
    wait_for_children: bool = False


UNCONFINED = Confinement()


@frozen(kw_only=True)
class Receipt:
    """That all processes of an attempt are gone, and how they went. `strategy` held them; `took_s` passed from the end
    of the main process, or from the order to end it, until nothing was left; `killed` counts those that SIGKILL had to
    end, without those that a tree which goes on forking made meanwhile. `empty` is what the kernel said at last, about
    the cgroup or about children to wait for; `left` are the pids that would not die."""

    strategy: str
    killed: int = 0
    took_s: float = 0.0
    empty: bool = True
    left: tuple[int, ...] = ()


@frozen(kw_only=True)
class Usage:
    """What an attempt used. None is unknown; 0 is a measurement.

    In a cgroup CPU time covers every process. Elsewhere, and for all that the cgroup's controllers do not count, it is
    getrusage(2)'s view: the main process and those descendants that somebody waited for. `memory_bytes` is the peak of
    all together (`memory.peak`) or, without that controller, of the largest process, if that had more than the process
    that started it (which is all that the kernel tells then). `read_bytes` and `written_bytes`
    went from and to disks, not caches. `yielded` and `preempted` are voluntary and involuntary context switches.
    `stalled_s` has the seconds in which some process waited for `cpu`, `memory` or `io` (PSI, "some"), for attempts in
    a cgroup that lasted 0.1 s or longer.
    """

    user_s: float | None = None
    system_s: float | None = None
    memory_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    yielded: int | None = None
    preempted: int | None = None
    stalled_s: Mapping[str, float] | None = None
