"""Events about aegisd itself and its configuration."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class DaemonStarted:
    """aegisd is ready. `interrupted` are the runs that its last end cut short, `adopted` those of which programs went
    on meanwhile."""

    type: ClassVar[str] = "daemon.started"
    version: str
    pid: int
    epoch: str
    interrupted: tuple[int, ...] = ()
    adopted: tuple[int, ...] = ()


@frozen(kw_only=True)
class DaemonStopping:
    """aegisd takes no more runs; executing ones have `grace_s` seconds to finish. With `adopt` they are left to the
    next aegisd, and programs of theirs go on."""

    type: ClassVar[str] = "daemon.stopping"
    reason: str
    grace_s: float
    executing: tuple[int, ...] = ()
    adopt: bool = False


@frozen(kw_only=True)
class DaemonDrained:
    """aegisd was told to take and start no more runs; executing ones finish."""

    type: ClassVar[str] = "daemon.drained"
    by: str
    executing: tuple[int, ...] = ()


@frozen(kw_only=True)
class DaemonResumed:
    """aegisd was told to take and start runs again."""

    type: ClassVar[str] = "daemon.resumed"
    by: str


@frozen(kw_only=True)
class ConfigReloaded:
    """A new configuration is in force."""

    type: ClassVar[str] = "config.reloaded"
    by: str
    changes: tuple[str, ...]


@frozen(kw_only=True)
class ConfigRefused:
    """A new configuration had errors; the old one stays in force."""

    type: ClassVar[str] = "config.refused"
    by: str
    errors: tuple[str, ...]


DaemonEvent = DaemonStarted | DaemonStopping | DaemonDrained | DaemonResumed | ConfigReloaded | ConfigRefused
