"""The words of aegis as types: states, results, triggers and definitions. Frozen values; times in seconds.

A definition is what `aegis.toml` says. It is stored with each run, so that a running run keeps the definition it
started with, whatever is reloaded meanwhile.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from aegisd.core.confinement import Receipt, Usage
from aegisd.core.placement import ANY_RESOURCES, Resources, RetryOn


class State(StrEnum):
    """Where a run or a step is (the words of OpenTelemetry's CI/CD conventions)."""

    PENDING = "pending"
    EXECUTING = "executing"
    FINALIZING = "finalizing"
    FINISHED = "finished"


class Result(StrEnum):
    """How a run or a step ended. `failure` is the user's, `error` is ours or the host's."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    TIMEOUT = "timeout"
    CANCELLATION = "cancellation"
    SKIP = "skip"


class Condition(StrEnum):
    """When a step runs, looking at the steps before it."""

    ON_SUCCESS = "on_success"
    ON_FAILURE = "on_failure"
    HAS_FAILURES = "has_failures"
    ALWAYS = "always"


class OnBusy(StrEnum):
    """What happens to a new run of a workflow that already has `max_concurrent` runs."""

    QUEUE = "queue"
    SKIP = "skip"
    REPLACE = "replace"


class OnRestart(StrEnum):
    """What happens to a run that the daemon's end cut short."""

    RESUME = "resume"
    FAIL = "fail"


class Sandboxing(StrEnum):
    """What a step may see of the host: what aegisd itself sees, or what bubblewrap leaves of it."""

    BWRAP = "bwrap"
    NONE = "none"


@frozen(kw_only=True)
class Trigger:
    """What started a run: `kind` manual, webhook, timer or workflow; `name` which one; `by` who (from the kernel).

    `due` is when a timer was due, `missed` how many earlier due times the run makes up for. A webhook may be about a
    `ref` and `sha` of a repository. `has_file`: what was delivered lies beside the run. `traceparent` is the trace
    that whoever asked for the run wants it to be a part of (W3C trace context)."""

    kind: str = "manual"
    name: str | None = None
    by: str | None = None
    ref: str | None = None
    sha: str | None = None
    has_file: bool | None = None
    due: str | None = None
    missed: int = 0
    traceparent: str | None = None


@frozen(kw_only=True)
class Origin:
    """A place in a configuration file, for messages. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@frozen(kw_only=True)
class Parameter:
    """A parameter of a workflow. Without a default it must be given."""

    name: str
    default: str | None = None
    description: str = ""


@frozen(kw_only=True)
class Step:
    """One node of a workflow. `spec` is the value of the step type's own class (`aegisd/steps/`). `executor` is where
    it is carried out: None is this host."""

    name: str
    type: str
    spec: Any
    phase: str | None = None
    parallel: bool = False
    needs: tuple[str, ...] | None = None
    condition: Condition = Condition.ON_SUCCESS
    retries: int = 0
    retry_delay: float = 1.0
    max_retry_delay: float = 60.0
    timeout: float | None = None
    allow_failure: bool = False
    idempotent: bool = True
    executor: str | None = None
    resources: Resources = ANY_RESOURCES
    queue_timeout: float | None = None
    retry_on: tuple[str, ...] | None = None
    artifacts: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    origin: Origin | None = None


@frozen(kw_only=True)
class Workflow:
    """A definition. `dir` is absolute or None (a fresh workspace for each run). Its steps have `sandbox` and `network`
    already, where they do not say otherwise. `references` are texts that were written with `${NAME}`, by their places
    (JSON Pointers): what is stored has them instead of the values (`core/variables.py`)."""

    name: str
    steps: tuple[Step, ...] = ()
    description: str = ""
    timeout: float | None = None
    max_concurrent: int = 1
    on_busy: OnBusy = OnBusy.QUEUE
    on_restart: OnRestart = OnRestart.RESUME
    priority: int = 0
    params: tuple[Parameter, ...] = ()
    env: Mapping[str, str] = field(factory=dict)
    dir: str | None = None
    sandbox: Sandboxing | None = None
    network: bool | None = None
    executor: str | None = None
    references: Mapping[str, str] = field(factory=dict)
    origin: Origin | None = None


@frozen(kw_only=True)
class Part:
    """The part of a workflow that a run was asked for: `only` those steps, those of `start` with what follows them, and
    not those of `skip`. Steps by name."""

    only: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


@frozen(kw_only=True)
class Mark:
    """A moment that is to be told from later ones: the wall time (RFC 3339), and the seconds since a boot, which nobody
    sets back."""

    time: str
    boot_id: str | None = None
    boottime_s: float | None = None


@frozen(kw_only=True)
class Attempt:
    """How one execution of a step ended. `signal` is a name such as `SIGTERM`; `duration_s` is monotonic. `receipt` and
    `usage` are of its processes, None when it had none."""

    attempt: int
    result: Result
    duration_s: float
    exit_code: int | None = None
    signal: str | None = None
    error: str | None = None
    receipt: Receipt | None = None
    usage: Usage | None = None


@frozen(kw_only=True)
class Outcome:
    """What one attempt of a step came to. `reported_failures` counts failed tests or open bugs, `output_bytes` its
    log; `receipt` and `usage` are of its processes. `fault` says what became of a job when that was
    not the program's doing."""

    result: Result
    error: str | None = None
    fault: RetryOn | None = None
    exit_code: int | None = None
    signal: str | None = None
    reported_failures: int = 0
    output_bytes: int = 0
    data: Mapping[str, Any] = field(factory=dict)
    receipt: Receipt | None = None
    usage: Usage | None = None


@frozen(kw_only=True)
class RunSummary:
    """One run as lists show it: the projection of its events that the store keeps as a row. Times are RFC 3339 in
    UTC. `cpu_s` is of all attempts that have ended, `memory_bytes` of the largest; None while nothing is known."""

    id: int
    workflow: str
    state: State
    trigger: Trigger
    definition: str
    step_count: int
    created_at: str
    result: Result | None = None
    reason: str | None = None
    params: Mapping[str, str] = field(factory=dict)
    note: str | None = None
    retry_of: int | None = None
    reused: tuple[str, ...] = ()
    part: Part | None = None
    parent: int | None = None
    dir: str | None = None
    priority: int = 0
    started_at: str | None = None
    finished_at: str | None = None
    queued_s: float = 0.0
    duration_s: float | None = None
    steps: Mapping[str, int] = field(factory=dict)
    failed_steps: tuple[str, ...] = ()
    cpu_s: float | None = None
    memory_bytes: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it was to execute all of its workflow. One of a part, or with steps that an earlier run had passed,
        says nothing about how long the workflow usually takes."""
        return self.part is None and not self.reused
