"""What the program of a step may use and see, and what is known of it afterwards. Sizes in bytes, times in seconds."""

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
