"""The configuration as values, and the keys of each table as declarations.

Each key is declared once, with `core.schema.key()`: the loader checks by it, `aegisctl explain` and the reference page
tell it. The keys of workflows and steps are in `definitions.py`.
"""

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from aegisd.config.artifact_keys import ArtifactsConfig
from aegisd.config.executor_values import ExecutorConfig
from aegisd.config.service_values import ServiceConfig
from aegisd.config.subscription_keys import Subscription
from aegisd.config.telemetry_keys import TelemetryConfig
from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.web_keys import WebConfig
from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.model import Origin, Workflow
from aegisd.core.schema import Kind, key

Path = tuple[str | int, ...]
"""A place in the configuration: `("workflows", "ci", "steps", 0, "run")`."""

AT_START = frozenset(
    {
        "daemon.state_dir",
        "daemon.event_log_size",
        "daemon.synchronous",
        "daemon.containment",
        "daemon.on_stop",
        "daemon.adopt_timeout",
        "control.socket",
        "control.group",
        "control.operators",
        "web.bind",
        "web.group",
        "web.connections",
    }
)
"""The settings that a reload cannot change."""


class Containment(StrEnum):
    """What holds the processes of a step together."""

    AUTO = "auto"
    CGROUP = "cgroup"
    SUBREAPER = "subreaper"


class OnStop(StrEnum):
    """What becomes of executing runs when aegisd stops."""

    DRAIN = "drain"
    ADOPT = "adopt"


class Synchronous(StrEnum):
    """What an acknowledged fact survives."""

    FULL = "full"
    NORMAL = "normal"


@frozen(kw_only=True)
class Keep:
    """How much history is kept. What goes beyond any of the limits is removed, oldest first."""

    runs: int = key(
        Kind.COUNT,
        "Finished runs that are kept, per workflow.",
        example="200",
        default=200,
        minimum=1,
        maximum=1_000_000,
    )
    days: int = key(
        Kind.COUNT,
        "Days that finished runs, and events that belong to no run, are kept.",
        example="90",
        default=90,
        minimum=1,
        maximum=36_500,
    )
    logs: int = key(
        Kind.SIZE,
        "Step output that is kept, of all runs together.",
        example='"10GiB"',
        default=10 * 2**30,
        default_text='"10GiB"',
    )


@frozen(kw_only=True)
class DaemonConfig:
    """The keys of `[daemon]`."""

    name: str = key(
        Kind.NAME,
        "What this daemon calls itself in its status.",
        example='"buildhost"',
        default_text="the host's name",
    )
    state_dir: str = key(
        Kind.PATH,
        "Where history, step output and workspaces are kept. One daemon at a time.",
        example='"/var/lib/aegis"',
        default_text="`$STATE_DIRECTORY`, else `$XDG_STATE_HOME/aegis`, else `~/.local/state/aegis` (root: "
        "`/var/lib/aegis`)",
    )
    runs: int = key(
        Kind.COUNT,
        "Runs that execute at once. The others wait in order of priority, then age.",
        example="4",
        default=4,
        minimum=1,
        maximum=1000,
    )
    queue_limit: int = key(
        Kind.COUNT,
        "Runs that may wait. One more is refused.",
        example="10000",
        default=10_000,
        minimum=1,
        maximum=1_000_000,
    )
    event_log_size: int = key(
        Kind.COUNT,
        "Events held in memory for readers that follow. Older ones are read from the store.",
        example="100",
        default=100,
        minimum=1,
        maximum=1_000_000,
    )
    grace: float = key(
        Kind.DURATION,
        "Time between SIGTERM and SIGKILL when a step is ended, and time that executing runs get when aegisd stops.",
        example='"10s"',
        default=10.0,
        maximum=86_400,
        default_text='"10s"',
    )
    synchronous: Synchronous = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        'What an acknowledged fact survives: "full" a loss of power, "normal" a crash of aegisd (and writes faster).',
        example='"full"',
        default=Synchronous.FULL,
    )
    containment: Containment = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        'What holds the processes of a step together, so that all of them end with it: "cgroup" (it must be possible), '
        '"subreaper", or "auto": the first of the two that is possible.',
        example='"auto"',
        default=Containment.AUTO,
    )
    default_executor: str = key(
        Kind.NAME,
        "Where the programs of steps run that name no executor, nor does their workflow.",
        example='"local"',
        default="local",
    )
    on_stop: OnStop = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        'What becomes of executing runs when aegisd stops: with "drain" they get `grace` to finish and are then '
        'cancelled; with "adopt" the programs of `command` steps go on without aegisd, and the next one takes them '
        "over, after a crash too.",
        example='"drain"',
        default=OnStop.DRAIN,
    )
    adopt_timeout: float = key(
        Kind.DURATION,
        'How long programs go on without an aegisd with `on_stop = "adopt"`. They are then ended.',
        example='"10m"',
        default=600.0,
        minimum=1,
        maximum=86_400,
        default_text='"10m"',
    )
    plugins: tuple[str, ...] = key(
        Kind.TEXTS,
        "Step types that come from installed plugins (entry points of the group `aegis.steps`) and may be used. "
        "Nothing else of a plugin is imported. `aegisctl plugins` lists what there is. Stands in the main file.",
        example='["wallop"]',
        default=(),
        default_text="none",
    )
    keep: Keep = key(  # noqa: RUF009 - attrs' field()
        Kind.TABLE,
        "How much history is kept.",
        example='{ runs = 200, days = 90, logs = "10GiB" }',
        factory=Keep,
        default_text="the defaults of its keys",
    )


@frozen(kw_only=True)
class ControlConfig:
    """The keys of `[control]`."""

    socket: str = key(
        Kind.PATH,
        "The Unix socket that aegisctl connects to. At most 107 bytes.",
        example='"/run/aegis/control.sock"',
        default_text="`$RUNTIME_DIRECTORY/control.sock`, else `$XDG_RUNTIME_DIR/aegis/control.sock`, else "
        "`control.sock` in `state_dir` (root: `/run/aegis/control.sock`)",
    )
    group: str | None = key(
        Kind.NAME,
        "The group whose members may connect.",
        example='"aegis"',
        default=None,
        default_text="only the user that aegisd runs as, and root",
    )
    operators: tuple[str, ...] = key(
        Kind.TEXTS,
        "Users and groups that may change things. Others that can connect may only read.",
        example='["aegis"]',
        default=(),
        default_text="only root and the user that aegisd runs as",
    )


@frozen(kw_only=True)
class Config:
    """A whole configuration. `path` is the main file, `files` all that were read, `workflows`, `services`, `executors`,
    `triggers`, `subscriptions` and `webhooks` in the order of the files.

    `origins` says where each given key stands. `written` holds the text of values with `${NAME}` in them, so that
    they can be shown without what they stand for."""

    path: str
    files: tuple[str, ...]
    daemon: DaemonConfig
    control: ControlConfig
    workflows: Mapping[str, Workflow]
    triggers: Mapping[str, TriggerConfig] = field(factory=dict)
    web: WebConfig = field(factory=WebConfig)
    artifacts: ArtifactsConfig = field(factory=ArtifactsConfig)
    telemetry: TelemetryConfig = field(factory=TelemetryConfig)
    subscriptions: Mapping[str, Subscription] = field(factory=dict)
    webhooks: Mapping[str, WebhookConfig] = field(factory=dict)
    services: Mapping[str, ServiceConfig] = field(factory=dict)
    executors: Mapping[str, ExecutorConfig] = field(factory=dict)
    origins: Mapping[Path, Origin] = field(factory=dict, repr=False, eq=False)
    written: Mapping[Path, str] = field(factory=dict, repr=False, eq=False)
