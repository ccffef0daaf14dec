"""How a step in an allocation ended. Pure.

The controller keeps no word of steps that have ended, without accounting. So the allocation bears witness in their
place: a success needs srun's exit status, the word of the program's wrapper, and an allocation that still ran
afterwards. What the controller lists of steps says only which are there.
"""

from aegisd.core.job import EndKind, JobEnd
from aegisd.executors.slurm.records import Record, decide_end, name_code

STEPS = "StepID:|,StepName:"
"""The format for `squeue -s`."""

_SIGNALLED = 128
_BY_SLURM = ("CANCELLED AT", "DUE TO TIME LIMIT", "DUE TO PREEMPTION")


def find_step(text: str, name: str) -> str | None:
    """The number (`12.3`) of the step `name` in the output of `squeue -s -O STEPS`."""
    for line in text.splitlines():
        number, _, said = line.strip().partition("|")
        if said.strip() == name and number.partition(".")[2].isdigit():
            return number
    return None


def decide_step_end(
    record: Record | None, *, told: int | None, status: int, begun: bool, complaint: str = ""
) -> JobEnd:
    """How the step ended. `record` is what the controller said of its allocation afterwards, None when it did not
    answer or knew no such job; `told` the code that the wrapper has told and srun has left with, `status` srun's own;
    `begun` whether the program was started; `complaint` what srun said."""
    if record is None or record.is_over:
        if record is not None and record.state in {"COMPLETED", "FAILED"}:
            return JobEnd(kind=EndKind.LOST, reason=f"its allocation {record.id} ended ({record.state})")
        return decide_end(record, told=told, seen=begun, complaint=complaint)
    if told != 0 and any(phrase in complaint for phrase in _BY_SLURM):
        return JobEnd(kind=EndKind.CANCELLED, reason=f"by Slurm: {complaint}")
    if told is not None:
        return name_code(told)
    said = complaint or f"srun left with {status}"
    has_begun = begun or status > _SIGNALLED  # what a step says may be lost when it is killed
    return _decide_untold(said) if has_begun else JobEnd(kind=EndKind.REJECTED, reason=said)


def _decide_untold(said: str) -> JobEnd:
    """Of a step that has begun and whose wrapper was ended too."""
    if "Node failure" in said:
        return JobEnd(kind=EndKind.LOST, reason=said)
    if "oom-kill" in said or "oom_kill" in said:
        return JobEnd(kind=EndKind.SIGNALED, signal="SIGKILL", remark="out of memory, says Slurm")
    return JobEnd(kind=EndKind.UNCONFIRMED, reason=f"{said}, and the step says nothing")
