"""The codes of executors, and of what steps ask of them."""

from aegisd.config.code import Code

_FARM = '[executors.farm]\ntype = "slurm"\n\n'
_RUN = '[executors.farm]\ntype = "slurm"\nallocation = "run"\n'

EXECUTORS = (
    Code(
        code="AEG365",
        title="unknown type of executor",
        text="`type` says what carries steps out: `slurm`, or `local` for this host.",
        bad='[executors.farm]\ntype = "slrum"\n',
        good=_FARM,
    ),
    Code(
        code="AEG366",
        title="executor for a step without a program",
        text="Only steps that run a program run somewhere: `wait`, `http`, `approval` and the like are carried out in "
        "aegisd itself. `resources` and `queue_timeout` belong to a program too.",
        bad=f'{_FARM}[[workflows.ci.steps]]\ntype = "wait"\nseconds = 1\nexecutor = "farm"\n',
        good=f'{_FARM}[[workflows.ci.steps]]\nrun = "make"\nexecutor = "farm"\n',
    ),
    Code(
        code="AEG367",
        title="unknown executor",
        text="A step, a workflow or `default_executor` names an executor that no file of the configuration defines. "
        "`local` is always there: this host.",
        bad=f'{_FARM}[[workflows.ci.steps]]\nrun = "make"\nexecutor = "fram"\n',
        good=f'{_FARM}[[workflows.ci.steps]]\nrun = "make"\nexecutor = "farm"\n',
    ),
    Code(
        code="AEG368",
        title="limit that an executor cannot honour",
        text="On this host a command is kept within `memory`, `cpus`, `pids` and a sandbox; a cluster has its own "
        "limits, which `resources` asks for. What could not be honoured is refused.",
        bad=f'{_FARM}[[workflows.ci.steps]]\nrun = "make"\nexecutor = "farm"\nmemory = "2GiB"\n',
        good=f'{_FARM}[[workflows.ci.steps]]\nrun = "make"\nexecutor = "farm"\nresources = {{ memory = "2GiB" }}\n',
    ),
    Code(
        code="AEG369",
        title="the name of this host",
        text="The executor `local` is this host, and no other executor is: the word means the same in every file.",
        bad='[executors.local]\ntype = "slurm"\n',
        good='[executors.local]\ntype = "local"\nslots = 4\n',
    ),
    Code(
        code="AEG399",
        title="variable that no job may get",
        text="`env` of an executor names variables of aegisd's own environment for jobs. Slurm's commands read those "
        "that begin with `SLURM_`, `SBATCH_`, `SRUN_` and the like as options, so they are kept from every job; what "
        "they would say are keys of the executor. `AEGIS_*` is each step's own.",
        bad='[executors.farm]\ntype = "slurm"\nenv = ["LANG", "SBATCH_PARTITION"]\n',
        good='[executors.farm]\ntype = "slurm"\nenv = ["LANG"]\npartition = "build"\n',
    ),
    Code(
        code="AEG400",
        title="steps of one allocation that want different nodes",
        text='With `allocation = "run"` all steps of a run at that executor are on one node. They cannot ask for '
        "different partitions or constraints; for `cpus` and `memory` the greatest counts.",
        bad=f'{_RUN}[[workflows.ci.steps]]\nname = "a"\nrun = "make"\nexecutor = "farm"\n\n[[workflows.ci.steps]]\n'
        'name = "b"\nrun = "test"\nexecutor = "farm"\nresources = { constraint = "gpu" }\n',
        good=f'{_RUN}constraint = "gpu"\n\n[[workflows.ci.steps]]\nrun = "make"\nexecutor = "farm"\n',
    ),
)
