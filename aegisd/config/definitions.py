"""The keys of workflows, their parameters and their steps: declarations only.

What is read by them becomes the `Workflow`, `Parameter` and `Step` of `core.model`, whose defaults are the same.
"""

from collections.abc import Mapping

from attrs import frozen

from aegisd.core.model import Condition, OnBusy, OnRestart, Sandboxing
from aegisd.core.placement import ANY_RESOURCES, Resources
from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class ParameterKeys:
    """The keys of a parameter, `params.NAME`. A plain string in its place is the default."""

    default: str | None = key(
        Kind.TEXT,
        "The value when a run does not give one.",
        example='"staging"',
        default=None,
        default_text="none: every run must give a value",
    )
    description: str = key(
        Kind.TEXT, "What the parameter is for; shown by `aegisctl plan`.", example='"Where to deploy"', default=""
    )


@frozen(kw_only=True)
class StepKeys:
    """The keys that all steps take. Each step type adds its own."""

    name: str = key(
        Kind.NAME,
        "The step's name. Unique in the workflow.",
        example='"unit"',
        default="",
        default_text="the step's type",
    )
    type: str = key(
        Kind.NAME,
        "What kind of step it is.",
        example='"command"',
        default="",
        default_text='"command" where `run` is given',
    )
    phase: str | None = key(
        Kind.NAME,
        "A label that groups steps for readers. It changes nothing in their order.",
        example='"checks"',
        default=None,
        default_text="none",
    )
    parallel: bool = key(
        Kind.FLAG,
        "Neighbours that say so run together. It has no meaning beside `needs`.",
        example="true",
        default=False,
    )
    needs: tuple[str, ...] | None = key(
        Kind.TEXTS,
        "The steps that this one waits for, instead of all steps before it in the file. `[]` waits for none.",
        example='["compile", "unit"]',
        default=None,
        default_text="all steps before it",
    )
    condition: Condition = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "When the step runs: `on_success` if no step before it failed, `on_failure` if one did, `has_failures` if one "
        "reported failures such as failed tests, `always` in any case. With `needs`, only the steps that it needs, "
        "and those that they need, count as before it.",
        example='"always"',
        default=Condition.ON_SUCCESS,
    )
    retries: int = key(
        Kind.COUNT,
        "Attempts after the first one failed.",
        example="2",
        default=0,
        minimum=0,
        maximum=1000,
    )
    retry_delay: float = key(
        Kind.DURATION,
        "The wait before the first retry. It doubles with each further one and is spread by 20 %.",
        example='"5s"',
        default=1.0,
        default_text='"1s"',
    )
    max_retry_delay: float = key(
        Kind.DURATION,
        "The longest wait before a retry.",
        example='"60s"',
        default=60.0,
        default_text='"60s"',
    )
    timeout: float | None = key(
        Kind.DURATION,
        "Ends one attempt; retries still follow. The workflow's own `timeout` ends everything.",
        example='"10m"',
        default=None,
        minimum=0.001,
        default_text="no limit but the workflow's",
    )
    allow_failure: bool = key(
        Kind.FLAG,
        "A failure of this step is shown, but changes neither later steps nor the result of the run.",
        example="true",
        default=False,
    )
    idempotent: bool = key(
        Kind.FLAG,
        "Whether the step may be executed again after the end of aegisd cut it short. With `false` such a run is not "
        "resumed: it ends with the result error, and the reason names the step.",
        example="false",
        default=True,
    )
    executor: str | None = key(
        Kind.NAME,
        "Where the program of the step runs: the name of an `[executors.NAME]`, or `local` for this host. Only steps "
        "that run a program take it.",
        example='"farm"',
        default=None,
        default_text="the workflow's, else `default_executor` in `[daemon]`",
    )
    resources: Resources = key(  # noqa: RUF009 - attrs' field()
        Kind.TABLE,
        "What the step asks its executor for.",
        example='{ cpus = 8, memory = "16GiB" }',
        default=ANY_RESOURCES,
        default_text="the executor's own",
    )
    queue_timeout: float | None = key(
        Kind.DURATION,
        "How long the step may wait in the queue of its executor. This wait is not counted against `timeout`.",
        example='"2h"',
        default=None,
        minimum=0.1,
        default_text="the executor's own",
    )
    retry_on: tuple[str, ...] | None = key(
        Kind.TEXTS,
        "What is followed by one of the `retries`: the results `failure`, `error` and `timeout`, and what became of a "
        "job: `rejected` (it never ran), `lost` (its node is, and the old copy may still run), `cancelled` (by "
        "somebody there), `unconfirmed` (nobody can say how it ended).",
        example='["failure", "lost"]',
        default=None,
        default_text="failure, error, timeout, rejected",
    )
    artifacts: tuple[str, ...] = key(
        Kind.TEXTS,
        "Files to keep after each attempt, whatever its result: paths in the run's directory, with `*`, `?`, `[...]` "
        "and `**` for any number of folders. A folder stands for all that is in it. What is no plain file is refused "
        "by name. Nothing is kept of an attempt that the end of the run cut short.",
        example='["dist/*.whl", "coverage.xml"]',
        default=(),
        default_text="none",
    )
    reports: tuple[str, ...] = key(
        Kind.TEXTS,
        "Test reports (JUnit XML) to read after each attempt, named as in `artifacts`. Their counts and failing tests "
        "become part of the step's result, and failing tests meet the condition `has_failures`. A report that is older "
        "than the attempt does not count.",
        example='["junit.xml"]',
        default=(),
        default_text="none",
    )


@frozen(kw_only=True)
class WorkflowKeys:
    """The keys of `[workflows.NAME]`."""

    description: str = key(
        Kind.TEXT, "What the workflow is for, in one line.", example='"Lint, types and tests"', default=""
    )
    timeout: float | None = key(
        Kind.DURATION,
        "Ends the run and everything in it, retries and the waits between them included.",
        example='"30m"',
        default=None,
        minimum=0.001,
        default_text="no limit",
    )
    max_concurrent: int = key(
        Kind.COUNT,
        "Runs of this workflow that execute at once.",
        example="1",
        default=1,
        minimum=1,
        maximum=1000,
    )
    on_busy: OnBusy = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "What happens to one run more than `max_concurrent`: `queue` lets it wait, `skip` ends it with the "
        "result skip, `replace` cancels the one that executes.",
        example='"replace"',
        default=OnBusy.QUEUE,
    )
    on_restart: OnRestart = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "What happens to a run that the end of aegisd cut short: `resume` goes on with the steps that have "
        "not finished, within what is left of `timeout`; `fail` ends it with the result error.",
        example='"fail"',
        default=OnRestart.RESUME,
    )
    priority: int = key(
        Kind.COUNT,
        "Among runs that wait, the highest number goes first.",
        example="10",
        default=0,
        minimum=-1000,
        maximum=1000,
    )
    params: Mapping[str, ParameterKeys] = key(
        Kind.TABLE,
        "The parameters that a run takes. Names are letters, digits and `_`. A step finds them in its environment as "
        "`AEGIS_PARAM_NAME`, and as `{name}` in a `run` list and in values of `env`.",
        example='{ target = { default = "staging", description = "Where to deploy" } }',
        factory=dict,
        default_text="none",
    )
    env: Mapping[str, str] = key(
        Kind.TEXT_MAP,
        "Environment variables of all steps.",
        example='{ PYTHONDONTWRITEBYTECODE = "1" }',
        factory=dict,
        template=True,
        default_text="none",
    )
    dir: str | None = key(
        Kind.PATH,
        "The directory that steps run in.",
        example='"/srv/app"',
        default=None,
        default_text="a fresh directory for each run",
    )
    sandbox: Sandboxing | None = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "What the command steps may see of the host, unless they say otherwise themselves: see `sandbox` of a command.",
        example='"bwrap"',
        default=None,
        default_text='"none"',
    )
    network: bool | None = key(
        Kind.FLAG,
        "Whether the command steps reach the network, unless they say otherwise themselves. `false` needs `sandbox`.",
        example="false",
        default=None,
        default_text="true",
    )
    executor: str | None = key(
        Kind.NAME,
        "Where the programs of its steps run, unless they say otherwise themselves.",
        example='"farm"',
        default=None,
        default_text="`default_executor` in `[daemon]`",
    )
    steps: tuple[StepKeys, ...] = key(
        Kind.TABLE,
        "The steps, each a `[[workflows.NAME.steps]]`. They run in the order of the file.",
        example='[{ name = "unit", run = "pytest -q" }]',
        default=(),
        default_text="none",
    )
