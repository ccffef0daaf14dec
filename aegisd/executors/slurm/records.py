"""What squeue says of a job, and what that makes of its end. Pure.

Sources: squeue(1), "JOB STATE CODES"; wait(2) for `exit_code`, which squeue prints as the raw status. One rule goes
before all others: srun's own exit status is no proof of anything, since it is 0 after the loss of a node. A success
needs the word of the program's wrapper and the controller's.
"""

import signal
from collections.abc import Iterable

from attrs import frozen

from aegisd.core.job import EndKind, JobEnd

FORMAT = "JobID:|,State:|,exit_code:|,Reason:|,NodeList:|,StartTime:|,Name:"

_WAITING = frozenset(
    {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"}
)
_GONE = frozenset({"NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "REVOKED"})
_ENDED_BY_SLURM = frozenset({"CANCELLED", "TIMEOUT", "DEADLINE"})
_FINAL = frozenset({"COMPLETED", "FAILED", "OUT_OF_MEMORY"}) | _GONE | _ENDED_BY_SLURM
_SIGNALLED = 128
_SIGNALS = {each.value: each.name for each in signal.Signals if each < signal.SIGRTMIN}


@frozen(kw_only=True)
class Record:
    """A job as the controller knows it. `status` is as of wait(2), `started` when the controller began it."""

    id: str
    state: str
    status: int
    reason: str
    nodes: str
    name: str
    started: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether it has not begun."""
        return self.state in _WAITING

    @property
    def is_queued(self) -> bool:
        """Whether the controller has yet to begin it."""
        return self.is_waiting and self.state != "CONFIGURING"

    @property
    def is_over(self) -> bool:
        """Whether it has ended and its nodes have cleaned up after it."""
        return self.state in _FINAL


def parse_record(line: str) -> Record | None:
    """A job in a line of `squeue -O FORMAT`; None where it says something else."""
    fields = line.split("|", 6)
    if len(fields) != 7 or not fields[0].strip().isdigit():
        return None
    number, state, status, reason, nodes, started, name = (field.strip() for field in fields)
    return Record(
        id=number,
        state=state,
        status=int(status) if status.isdigit() else 0,
        reason="" if reason == "None" else reason,
        nodes=nodes,
        name=name,
        started=started,
    )


def find_latest(records: Iterable[Record]) -> dict[str, Record]:
    """The jobs by name. Of several with one name the latest counts."""
    found: dict[str, Record] = {}
    for record in records:
        known = found.get(record.name)
        if known is None or int(known.id) < int(record.id):
            found[record.name] = record
    return found


def name_code(code: int) -> JobEnd:
    """The end of a program whose shell left with `code`: 128 + n after signal n. A program may use these codes too, and
    is then taken for signalled."""
    name = _SIGNALS.get(code - _SIGNALLED)
    if name is not None:
        return JobEnd(kind=EndKind.SIGNALED, signal=name)
    return JobEnd(kind=EndKind.EXITED, code=code)


def decide_end(record: Record | None, *, told: int | None, seen: bool, complaint: str = "") -> JobEnd:
    """How a job ended. `record` is what the controller says of it after the end, None when it knows no such job;
    `told` the code that the wrapper has told; `seen` whether the job was ever known to run; `complaint` what Slurm's
    command said."""
    if record is None:
        return _decide_forgotten(told, seen=seen, complaint=complaint)
    if record.state in _GONE:
        return JobEnd(kind=EndKind.LOST, reason=_explain(record, complaint))
    if record.state in _ENDED_BY_SLURM:
        return JobEnd(kind=EndKind.CANCELLED, reason=f"by Slurm: {_explain(record, complaint)}")
    if record.state == "OUT_OF_MEMORY":
        return JobEnd(kind=EndKind.SIGNALED, signal="SIGKILL", remark="out of memory, says Slurm")
    if not record.is_over:
        return JobEnd(kind=EndKind.UNCONFIRMED, reason=f"Slurm says {record.state}")
    return _decide_told(record, told, complaint)


def _decide_told(record: Record, told: int | None, complaint: str) -> JobEnd:
    """Of a job that has run to its end, as the controller says."""
    code = record.status >> 8
    if told is not None:
        if (told == 0) == (record.status == 0):
            return name_code(told)
        said = f"exit {code}" if record.status & 0x7F == 0 else f"signal {record.status & 0x7F}"
        return JobEnd(kind=EndKind.UNCONFIRMED, reason=f"the step says exit {told}, Slurm says {said}")
    if record.status & 0x7F:
        number = record.status & 0x7F
        return JobEnd(kind=EndKind.SIGNALED, signal=_SIGNALS.get(number, f"signal {number}"))
    if code in (125, 126, 127):
        return JobEnd(kind=EndKind.REJECTED, reason=complaint or f"its wrapper left with {code}")
    return JobEnd(kind=EndKind.UNCONFIRMED, reason=complaint or f"Slurm says {record.state}, the step says nothing")


def _decide_forgotten(told: int | None, *, seen: bool, complaint: str) -> JobEnd:
    if told is not None:
        return name_code(told)
    if seen:
        return JobEnd(kind=EndKind.LOST, reason=complaint or "the controller does not know the job any more")
    return JobEnd(kind=EndKind.REJECTED, reason=complaint or "the controller does not know the job")


def _explain(record: Record, complaint: str) -> str:
    """`NODE_FAIL on n1 (Node failure on n1)`."""
    where = f" on {record.nodes}" if record.nodes else ""
    reason = f", {record.reason}" if record.reason else ""
    return f"{record.state}{where}{reason}" + (f" ({complaint})" if complaint else "")
